import { mdiAlert, mdiDelete, mdiDotsVertical, mdiFileAlertOutline, mdiFileMultipleOutline, mdiFolderMultiple, mdiPencil, mdiPlus, mdiRefresh, mdiSync } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { CancelJob, DeleteLibrary, type JobLine, LibrariesAdmin, type LibraryAdmin, ScanLibrary } from "../../api/generated";
import { Query } from "../../api/query";
import { isOver } from "../../app/job-watch";
import { followLibraryNews } from "../../app/library-news";
import { type Route, go, href, setParams } from "../../app/router";
import { api, jobWatch } from "../../app/services";
import { ask } from "../../components/ask";
import { icon } from "../../components/icon";
import { LIBRARY_ICONS, libraryKindName } from "../../components/labels";
import "../../components/menu";
import { meterStyles } from "../../components/meter";
import "../../components/state";
import { attempt, toast } from "../../components/toast";
import { plural, t } from "../../i18n";
import { ago, bytes, duration } from "../../i18n/format";
import { base } from "../../styles/base";
import { jobProgress } from "./job-progress";
import "./library-dialog";
import "./library-problems";
import { adminStyles } from "./styles";

/** The libraries with their folders, problems and the scan at work. */
@customElement("foyer-admin-libraries")
export class AdminLibraries extends LitElement {
  @property({ attribute: false }) route?: Route;
  @state() private editing: LibraryAdmin | "new" | null = null;
  @state() private scans = new Map<string, JobLine>();
  private readonly libraries = new Query(this, api, LibrariesAdmin, () => ({}));

  static override styles = [
    base,
    meterStyles,
    adminStyles,
    css`
      .folder {
        display: flex;
        gap: 8px;
        align-items: baseline;
        font-size: 14px;
        overflow-wrap: anywhere;
      }
      .progress {
        margin-top: 12px;
        display: grid;
        gap: 5px;
        grid-column: 1 / -1;
      }
      .chips {
        margin-top: 8px;
      }
    `,
  ];

  constructor() {
    super();
    followLibraryNews(this, () => void this.libraries.refetch(), ({ library }) => library && this.replace(library));
    jobWatch.follow(this, (job) => this.follow(job));
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("route") && this.route?.query.has("new")) this.editing = "new";
  }

  protected override render() {
    const problems = this.route?.path[2];
    if (problems) return html`<foyer-library-problems .library=${problems}></foyer-library-problems>`;
    const { data, error } = this.libraries;
    const nodes = data?.libraries.nodes;
    return html`
      <div class="row spread top">
        <h1>${t("admin.libraries")}</h1>
        <button class="btn primary" @click=${() => (this.editing = "new")}>${icon(mdiPlus)} ${t("library.add")}</button>
      </div>
      ${error ? html`<foyer-state .error=${error} @retry=${() => this.libraries.refetch()}></foyer-state>` : nothing}
      ${nodes?.length === 0 ? html`<foyer-state .icon=${mdiFolderMultiple} .heading=${t("library.none")} .text=${t("library.noneText")}></foyer-state>` : nothing}
      <div class="list">${nodes ? repeat(nodes, (one) => one.id, (one) => this.library(one)) : error ? nothing : html`<div class="bone"></div><div class="bone"></div>`}</div>
      ${this.editing ? html`<foyer-library-dialog .library=${this.editing === "new" ? null : this.editing} @done=${this.done}></foyer-library-dialog>` : nothing}
    `;
  }

  private library(one: LibraryAdmin) {
    const scan = this.scans.get(one.id) ?? one.activeScan;
    return html`<article class="panel">
      <div class="line">
        ${icon(LIBRARY_ICONS[one.kind])}
        <div>
          <div class="name"><a href=${href("library", one.id)}>${one.name}</a></div>
          <div class="facts">
            <span>${libraryKindName(one.kind)}</span><span>${plural("count.items", one.itemCount)}</span><span>${plural("count.files", one.fileCount)}</span><span>${bytes(one.sizeBytes)}</span>
            ${one.durationSeconds > 0 ? html`<span>${duration(one.durationSeconds)}</span>` : nothing}
            <span>${one.scannedAt ? t("library.scanned", { when: ago(one.scannedAt) }) : t("library.neverScanned")}</span>
          </div>
          ${one.folders.map((folder) => html`<div class="folder ${folder.available ? "muted" : ""}">${folder.path}${folder.available ? nothing : html`<span class="chip bad">${folder.problem ?? t("library.folderGone")}</span>`}</div>`)}
          <div class="chips">
            ${one.state === "UNAVAILABLE" ? html`<span class="chip bad">${icon(mdiAlert)} ${t("library.unavailable")}</span>` : nothing}
            ${one.brokenFileCount > 0 ? html`<a class="chip warn" href=${href("admin", "libraries", one.id)}>${icon(mdiFileAlertOutline)} ${plural("count.broken", one.brokenFileCount)}</a>` : nothing}
          </div>
        </div>
        <div class="end">
          <button class="icon-btn" ?disabled=${Boolean(scan)} aria-label=${t("library.scanNamed", { name: one.name })} title=${t("library.scan")} @click=${() => this.scan(one, false)}>${icon(mdiSync)}</button>
          <foyer-menu label=${t("library.menu", { name: one.name })} .items=${this.menu(one)}>${icon(mdiDotsVertical)}</foyer-menu>
        </div>
      </div>
      ${scan ? html`<div class="row"><div style="flex:1">${jobProgress(scan)}</div><button class="btn" @click=${() => attempt(() => api.mutate(CancelJob, { input: { job: scan.id } }))}>${t("jobs.cancel")}</button></div>` : nothing}
    </article>`;
  }

  private menu(one: LibraryAdmin) {
    return [
      { label: t("library.edit"), icon: mdiPencil, run: () => (this.editing = one) },
      { label: t("library.fullScan"), icon: mdiRefresh, run: () => void this.scan(one, true) },
      { label: t("library.problems"), icon: mdiFileMultipleOutline, run: () => go(href("admin", "libraries", one.id)) },
      { label: t("library.delete"), icon: mdiDelete, separated: true, run: () => void this.erase(one) },
    ];
  }

  private async scan(one: LibraryAdmin, full: boolean): Promise<void> {
    const answer = await attempt(() => api.mutate(ScanLibrary, { input: { library: one.id, full } }));
    if (answer) this.scans = new Map(this.scans).set(one.id, answer.job);
  }

  private async erase(one: LibraryAdmin): Promise<void> {
    const sure = await ask({ heading: t("library.deleteHeading", { name: one.name }), text: t("library.deleteText"), action: t("library.delete") });
    if (!sure || !(await attempt(() => api.mutate(DeleteLibrary, { input: { library: one.id } })))) return;
    toast(t("library.deleted", { name: one.name }));
    await this.libraries.refetch();
  }

  /** The scan a library waits for goes on or is over. */
  private follow(job: JobLine): void {
    const library = [...this.scans].find(([, scan]) => scan.id === job.id)?.[0] ?? this.libraries.data?.libraries.nodes.find((one) => one.activeScan?.id === job.id)?.id;
    if (!library) return;
    const scans = new Map(this.scans);
    if (isOver(job.state)) scans.delete(library);
    else scans.set(library, job);
    this.scans = scans;
    if (isOver(job.state)) void this.libraries.refetch();
  }

  private replace(library: LibraryAdmin): void {
    this.libraries.patch((data) => ({ libraries: { nodes: data.libraries.nodes.map((one) => (one.id === library.id ? library : one)) } }));
  }

  private done(event: CustomEvent<{ library: LibraryAdmin; job: JobLine | null } | null>): void {
    this.editing = null;
    if (this.route?.query.has("new")) setParams({ new: null });
    if (!event.detail) return;
    const { library, job } = event.detail;
    if (job) this.scans = new Map(this.scans).set(library.id, job);
    void this.libraries.refetch();
  }
}
