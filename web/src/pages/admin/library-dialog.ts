import { mdiClose, mdiFolderPlus } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ApiError } from "../../api/errors";
import { CreateLibrary, type LibraryAdmin, type LibraryKind, UpdateLibrary } from "../../api/generated";
import { api } from "../../app/services";
import "../../components/dialog";
import { icon } from "../../components/icon";
import { LIBRARY_ICONS, libraryKindName } from "../../components/labels";
import { explain } from "../../components/state";
import { t } from "../../i18n";
import { base } from "../../styles/base";
import { forms } from "../../styles/forms";
import "./folder-picker";

/** A folder's name with a capital, as a first suggestion. */
const titled = (name: string): string => name.charAt(0).toLocaleUpperCase() + name.slice(1);

const KINDS: readonly LibraryKind[] = ["MOVIES", "SERIES", "MUSIC_VIDEOS", "HOME_VIDEOS"];

/** Add a library or change one. Says `done` with the library and its scan, or null. */
@customElement("foyer-library-dialog")
export class LibraryDialog extends LitElement {
  @property({ attribute: false }) library: LibraryAdmin | null = null;
  @state() private kind: LibraryKind = "MOVIES";
  @state() private name = "";
  @state() private folders: readonly string[] = [];
  @state() private picking = false;
  @state() private busy = false;
  @state() private error: Error | null = null;
  private readonly idempotencyKey = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  static override styles = [
    base,
    forms,
    css`
      .kinds {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(104px, 1fr));
        gap: 8px;
      }
      .kinds button {
        display: grid;
        justify-items: center;
        gap: 6px;
        padding: 12px 6px;
        border-radius: 12px;
        border: 1px solid var(--f-line);
        background: none;
        font-size: 13px;
        font-weight: 600;
      }
      .kinds button[aria-checked="true"] {
        border-color: var(--f-primary-ink);
        background: var(--f-tint);
        color: var(--f-primary-ink);
      }
      .folder {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 2px 4px 2px 12px;
        border-radius: 10px;
        background: var(--f-sunken);
        margin-bottom: 6px;
      }
      .folder span {
        flex: 1;
        overflow-wrap: anywhere;
      }
    `,
  ];

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("library") && this.library) {
      this.name = this.library.name;
      this.kind = this.library.kind;
      this.folders = this.library.folders.map((folder) => folder.path);
    }
  }

  protected override render() {
    const heading = this.library ? t("library.editHeading", { name: this.library.name }) : t("library.add");
    return html`<foyer-dialog wide .heading=${this.picking ? t("folders.heading") : heading} @dismiss=${() => (this.picking ? (this.picking = false) : this.finish(null))}>
      ${this.picking ? html`<foyer-folder-picker @pick=${this.picked} @dismiss=${() => (this.picking = false)}></foyer-folder-picker>` : this.form()}
    </foyer-dialog>`;
  }

  private form() {
    const fields = this.error instanceof ApiError ? this.error.fields : {};
    return html`<form @submit=${this.submit}>
      ${this.error ? html`<p class="failure" role="alert">${explain(this.error)}</p>` : nothing} ${this.library ? nothing : this.kinds()}
      <div class="field">
        <span class="label">${t("library.folders")}</span>
        <div>
          ${this.folders.map((path) => html`<div class="folder"><span>${path}</span><button type="button" class="icon-btn" aria-label=${t("folders.remove", { path })} @click=${() => (this.folders = this.folders.filter((one) => one !== path))}>${icon(mdiClose)}</button></div>`)}
        </div>
        <button type="button" class="btn" style="justify-self:start" @click=${() => (this.picking = true)}>${icon(mdiFolderPlus)} ${t("library.addFolder")}</button>
        ${fields.folders ? html`<span class="wrong">${fields.folders}</span>` : nothing}
      </div>
      <div class="field">
        <label for="name">${t("library.name")}</label>
        <input id="name" required maxlength="100" autocomplete="off" .value=${this.name} placeholder=${libraryKindName(this.kind)} aria-invalid=${fields.name ? "true" : "false"} @input=${(event: Event) => (this.name = (event.target as HTMLInputElement).value)} />
        ${fields.name ? html`<span class="wrong">${fields.name}</span>` : nothing}
      </div>
      <div class="actions">
        <button type="button" class="btn" @click=${() => this.finish(null)}>${t("action.cancel")}</button>
        <button class="btn primary" ?disabled=${this.busy || this.folders.length === 0 || !this.name.trim()}>${this.library ? t("action.save") : t("library.addAndScan")}</button>
      </div>
    </form>`;
  }

  private kinds() {
    return html`<div class="field">
      <span class="label" id="kind">${t("library.kind")}</span>
      <div class="kinds" role="radiogroup" aria-labelledby="kind">
        ${KINDS.map((kind) => html`<button type="button" role="radio" aria-checked=${this.kind === kind} @click=${() => (this.kind = kind)}>${icon(LIBRARY_ICONS[kind])}${libraryKindName(kind)}</button>`)}
      </div>
    </div>`;
  }

  private picked(event: CustomEvent<string>): void {
    const path = event.detail;
    this.picking = false;
    if (!this.folders.includes(path)) this.folders = [...this.folders, path];
    if (!this.name) this.name = titled(path.split("/").findLast(Boolean) ?? "");
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    this.busy = true;
    this.error = null;
    try {
      this.finish(await this.save());
    } catch (error) {
      this.error = error as Error;
    }
    this.busy = false;
  }

  private async save() {
    const [name, folders] = [this.name.trim(), this.folders];
    if (this.library) {
      const { id, version } = this.library;
      return { ...(await api.mutate(UpdateLibrary, { input: { library: id, name, folders, expectedVersion: version } })), job: null };
    }
    return api.mutate(CreateLibrary, { input: { name, kind: this.kind, folders, idempotencyKey: this.idempotencyKey } });
  }

  private finish(detail: unknown): void {
    this.dispatchEvent(new CustomEvent("done", { detail }));
  }
}
