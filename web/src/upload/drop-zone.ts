import { mdiTrayArrowUp } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { icon } from "../components/icon";
import { t } from "../i18n";
import { base } from "../styles/base";
import { type Dropped, filesOf } from "./dropped";
import { uploadQueue } from "./queue";
import { showTray } from "./tray";

const KINDS = "video/*,image/*,.mkv,.m2ts,.ts,.vob,.iso,.srt,.ass,.ssa,.vtt,.sub,.idx,.sup";

/** A button that takes files into a library, and the whole page as a place to drop them. */
@customElement("foyer-drop-zone")
export class DropZone extends LitElement {
  @property() library = "";
  @property() name = "";
  @state() private over = false;
  private depth = 0;

  static override styles = [
    base,
    css`
      :host {
        display: contents;
      }
      @media (max-width: 560px) {
        .btn {
          width: 44px;
          min-height: 44px;
          padding: 0;
        }
        .btn .icon {
          margin: 0;
        }
        .btn span {
          display: none;
        }
      }
      .zone {
        position: fixed;
        inset: 12px;
        z-index: 40;
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 12px;
        border: 3px dashed var(--f-primary-ink);
        border-radius: 24px;
        background: color-mix(in oklab, var(--f-bg) 88%, transparent);
        backdrop-filter: blur(6px);
        color: var(--f-primary-ink);
        font-size: 20px;
        font-weight: 650;
        text-align: center;
        pointer-events: none;
      }
      .zone .icon {
        width: 56px;
        height: 56px;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("dragenter", this.enter);
    addEventListener("dragleave", this.leave);
    addEventListener("dragover", this.hover);
    addEventListener("drop", this.drop);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("dragenter", this.enter);
    removeEventListener("dragleave", this.leave);
    removeEventListener("dragover", this.hover);
    removeEventListener("drop", this.drop);
    this.land();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    // Nothing is said where it fails: the uploads of an earlier visit wait, and come with the next.
    if (changed.has("library") && this.library) void uploadQueue.recall(this.library).then(showTray, () => undefined);
  }

  protected override render() {
    return html`<button class="btn" aria-label=${t("upload.add")} title=${t("upload.add")} @click=${() => this.renderRoot.querySelector("input")?.click()}>${icon(mdiTrayArrowUp)}<span>${t("upload.add")}</span></button>
      <input type="file" multiple hidden accept=${KINDS} @change=${this.chosen} />
      ${this.over ? html`<div class="zone">${icon(mdiTrayArrowUp)}<span>${t("upload.drop", { library: this.name })}</span></div>` : nothing}`;
  }

  private chosen(event: Event): void {
    const input = event.target as HTMLInputElement;
    this.send([...(input.files ?? [])].map((file) => ({ file, directory: "" })));
    input.value = "";
  }

  private send(files: readonly Dropped[]): void {
    if (files.length === 0) return;
    uploadQueue.add(this.library, files);
    showTray();
  }

  private readonly enter = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    this.depth += 1;
    this.over = true;
  };

  private readonly leave = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    this.depth -= 1;
    if (this.depth <= 0) this.land();
  };

  private readonly hover = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  };

  private readonly drop = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.land();
    void filesOf(event.dataTransfer).then((files) => this.send(files));
  };

  private land(): void {
    this.depth = 0;
    this.over = false;
  }
}
