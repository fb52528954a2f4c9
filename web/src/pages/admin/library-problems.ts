import { mdiArrowLeft, mdiCheckCircleOutline, mdiContentDuplicate, mdiFileAlertOutline } from "@mdi/js";
import { LitElement, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { BrokenFiles, Duplicates } from "../../api/generated";
import { Query } from "../../api/query";
import { api } from "../../app/services";
import { icon } from "../../components/icon";
import { itemHref } from "../../components/labels";
import "../../components/state";
import { t } from "../../i18n";
import { bytes } from "../../i18n/format";
import { base } from "../../styles/base";
import { describeVideo } from "../item/files";
import { adminStyles } from "./styles";

/** What is wrong or twice in a library. */
@customElement("foyer-library-problems")
export class LibraryProblems extends LitElement {
  @property() library = "";
  private readonly broken = new Query(this, api, BrokenFiles, () => (this.library ? { library: this.library, first: 100 } : null));
  private readonly duplicates = new Query(this, api, Duplicates, () => (this.library ? { library: this.library, first: 100 } : null));

  static override styles = [base, adminStyles];

  protected override render() {
    const name = this.broken.data?.library?.name ?? "";
    return html`
      <div class="row top">
        <a class="icon-btn" href="#/admin/libraries" aria-label=${t("admin.libraries")}>${icon(mdiArrowLeft)}</a>
        <h1>${t("library.problemsOf", { name })}</h1>
      </div>
      <h2 style="margin:8px 0 12px">${t("library.broken")}</h2>
      ${this.brokenFiles()}
      <h2 style="margin:28px 0 12px">${t("library.duplicates")}</h2>
      ${this.duplicateGroups()}
    `;
  }

  private brokenFiles() {
    const { data, error } = this.broken;
    if (error) return html`<foyer-state .error=${error} @retry=${() => this.broken.refetch()}></foyer-state>`;
    const files = data?.library?.brokenFiles.nodes;
    if (!files) return html`<div class="bone"></div>`;
    if (files.length === 0) return html`<p class="row muted">${icon(mdiCheckCircleOutline)} ${t("library.noBroken")}</p>`;
    return html`<div class="list">
      ${files.map(
        (file) =>
          html`<article class="panel line">
            ${icon(mdiFileAlertOutline)}
            <div>
              <div class="name">${file.path ?? file.fileName}</div>
              <div class="facts"><span>${bytes(file.sizeBytes)}</span><span class="break">${file.problem ?? file.state}</span></div>
            </div>
          </article>`,
      )}
    </div>`;
  }

  private duplicateGroups() {
    const { data, error } = this.duplicates;
    if (error) return html`<foyer-state .error=${error} @retry=${() => this.duplicates.refetch()}></foyer-state>`;
    const groups = data?.library?.duplicates.nodes;
    if (!groups) return html`<div class="bone"></div>`;
    if (groups.length === 0) return html`<p class="row muted">${icon(mdiCheckCircleOutline)} ${t("library.noDuplicates")}</p>`;
    return html`<div class="list">
      ${groups.map(
        (group) =>
          html`<article class="panel line">
            ${icon(mdiContentDuplicate)}
            <div>
              <div class="row">
                ${group.item ? html`<a class="name link" href=${itemHref(group.item)}>${group.item.title}</a>` : nothing}<span class="chip">${t(`duplicate.${group.reason}`)}</span>
              </div>
              ${group.files.map((file) => html`<div class="small break">${file.path ?? file.fileName} <span class="muted">${[bytes(file.sizeBytes), ...file.videoStreams.map((stream) => describeVideo({ index: 0, profile: null, width: null, frameRate: null, interlaced: false, bitRate: null, ...stream }))].join(" · ")}</span></div>`)}
            </div>
          </article>`,
      )}
    </div>`;
  }
}
