import { mdiArrowUp, mdiFolder, mdiFolderLock } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { Directories } from "../../api/generated";
import { Query } from "../../api/query";
import { api } from "../../app/services";
import { icon } from "../../components/icon";
import "../../components/state";
import { plural, t } from "../../i18n";
import { base } from "../../styles/base";
import { forms } from "../../styles/forms";

/** Walk through the server's folders and choose one. Says `pick` with its path, or `dismiss`. */
@customElement("foyer-folder-picker")
export class FolderPicker extends LitElement {
  @state() private path: string | null = null;
  private readonly listing = new Query(this, api, Directories, () => ({ path: this.path }));

  static override styles = [
    base,
    forms,
    css`
      :host {
        display: grid;
        gap: 12px;
      }
      .path {
        font-weight: 600;
        overflow-wrap: anywhere;
        flex: 1;
      }
      ul {
        border: 1px solid var(--f-line);
        border-radius: 12px;
        height: min(46vh, 380px);
        overflow-y: auto;
        padding: 4px;
      }
      li button {
        display: flex;
        align-items: center;
        gap: 12px;
        width: 100%;
        min-height: 44px;
        padding: 6px 12px;
        border: 0;
        border-radius: 9px;
        background: none;
        text-align: left;
      }
      li button:hover:not(:disabled) {
        background: var(--f-hover);
      }
      li .icon {
        color: var(--f-primary-ink);
      }
      li span {
        flex: 1;
        overflow-wrap: anywhere;
      }
    `,
  ];

  protected override render() {
    const { data, error } = this.listing;
    const here = data?.directories;
    return html`
      <div class="row">
        <button class="icon-btn" ?disabled=${!here || here.parent === null} aria-label=${t("folders.up")} title=${t("folders.up")} @click=${() => (this.path = here?.parent ?? null)}>${icon(mdiArrowUp)}</button>
        <span class="path" role="status">${here?.path ?? this.path ?? ""}</span>
      </div>
      ${error ? html`<foyer-state .error=${error} @retry=${() => this.up()}></foyer-state>` : this.list(here?.entries)}
      ${here?.truncated ? html`<p class="hint">${t("folders.truncated")}</p>` : nothing}
      <div class="actions">
        <button class="btn" @click=${() => this.dispatchEvent(new CustomEvent("dismiss"))}>${t("action.cancel")}</button>
        <button class="btn primary" ?disabled=${!here?.path} @click=${() => this.dispatchEvent(new CustomEvent("pick", { detail: here?.path }))}>${t("folders.choose")}</button>
      </div>
    `;
  }

  private list(entries: ReadonlyArray<{ name: string; path: string; readable: boolean; mediaFileCount: number | null }> | undefined) {
    if (!entries) return html`<ul aria-busy="true"></ul>`;
    return html`<ul aria-label=${t("folders.heading")}>
      ${entries.length === 0 ? html`<li class="muted" style="padding:14px">${t("folders.empty")}</li>` : nothing}
      ${entries.map(
        (entry) =>
          html`<li>
            <button ?disabled=${!entry.readable} @click=${() => (this.path = entry.path)}>
              ${icon(entry.readable ? mdiFolder : mdiFolderLock)}<span>${entry.name}</span>
              ${entry.mediaFileCount ? html`<span class="muted small" style="flex:none">${plural("count.files", entry.mediaFileCount)}</span>` : nothing}
            </button>
          </li>`,
      )}
    </ul>`;
  }

  /** A folder that cannot be read leads back to where the server begins. */
  private up(): void {
    if (this.path === null) void this.listing.refetch();
    this.path = null;
  }
}
