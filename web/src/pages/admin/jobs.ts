import { mdiCheckCircleOutline, mdiClockOutline, mdiCloseCircleOutline, mdiPlaylistCheck, mdiProgressClock, mdiRefresh, mdiStopCircleOutline, mdiTextBoxOutline } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import { BackgroundWork, CancelJob, type JobFilter, type JobLine, type JobState, Jobs, RetryJob, SetBackgroundWork } from "../../api/generated";
import { Query } from "../../api/query";
import { isOver } from "../../app/job-watch";
import { type Route, setParams } from "../../app/router";
import { api, jobWatch } from "../../app/services";
import { icon } from "../../components/icon";
import { meterStyles } from "../../components/meter";
import "../../components/state";
import { attempt } from "../../components/toast";
import { type MessageKey, t } from "../../i18n";
import { ago } from "../../i18n/format";
import { base } from "../../styles/base";
import "./job-log";
import { jobProgress } from "./job-progress";
import { adminStyles } from "./styles";

const FILTERS: Readonly<Record<string, readonly JobState[] | null>> = {
  all: null,
  active: ["QUEUED", "RUNNING", "STOPPING"],
  failed: ["FAILED"],
  done: ["SUCCEEDED", "CANCELLED"],
};
const ICONS: Readonly<Record<JobState, string>> = {
  QUEUED: mdiClockOutline,
  RUNNING: mdiProgressClock,
  STOPPING: mdiStopCircleOutline,
  SUCCEEDED: mdiCheckCircleOutline,
  FAILED: mdiCloseCircleOutline,
  CANCELLED: mdiStopCircleOutline,
};
const TONES: Readonly<Partial<Record<JobState, string>>> = { SUCCEEDED: "ok", FAILED: "bad", STOPPING: "warn" };

/** What the server does, did and will do, as it changes. */
@customElement("foyer-admin-jobs")
export class AdminJobs extends LitElement {
  @property({ attribute: false }) route?: Route;
  @state() private log: JobLine | null = null;
  @state() private first = 50;
  private readonly jobs = new Query(this, api, Jobs, () => ({ first: this.first, filter: this.filter }));
  private readonly background = new Query(this, api, BackgroundWork, () => ({}));
  private refetch = 0;

  static override styles = [
    base,
    meterStyles,
    adminStyles,
    css`
      .progress {
        display: grid;
        gap: 5px;
        margin-top: 8px;
      }
      .top {
        margin-bottom: 14px;
      }
      .chips {
        margin-bottom: 16px;
      }
      .background {
        margin-left: auto;
        font-size: 14px;
        font-weight: 600;
        cursor: pointer;
      }
      [role="switch"] {
        appearance: none;
        position: relative;
        flex: none;
        width: 44px;
        height: 26px;
        margin: 0;
        border-radius: 13px;
        background: color-mix(in oklab, var(--f-text) 46%, var(--f-bg));
        cursor: pointer;
        transition: background var(--f-fast);
      }
      [role="switch"]::before {
        content: "";
        position: absolute;
        inset: 3px auto 3px 3px;
        width: 20px;
        border-radius: 50%;
        background: #fff;
        transition: transform var(--f-fast);
      }
      [role="switch"]:checked {
        background: var(--f-fill);
      }
      [role="switch"]:checked::before {
        background: var(--f-on-fill);
        transform: translateX(18px);
      }
      [role="switch"]:focus-visible {
        border-radius: 13px;
      }
    `,
  ];

  constructor() {
    super();
    jobWatch.follow(this, (job) => this.changed(job));
  }

  private get chosen(): string {
    return this.route?.query.get("show") ?? "all";
  }

  private get filter(): JobFilter | null {
    const states = FILTERS[this.chosen];
    return states ? { states } : null;
  }

  protected override render() {
    const { data, error } = this.jobs;
    const nodes = data?.jobs.nodes;
    return html`
      <div class="row spread top"><h1>${t("admin.jobs")}</h1>${this.switch()}</div>
      <div class="chips" role="group" aria-label=${t("jobs.show")}>
        ${Object.keys(FILTERS).map((name) => html`<button class="chip" aria-pressed=${name === this.chosen} @click=${() => setParams({ show: name === "all" ? null : name })}>${t(`jobs.${name}` as MessageKey)}</button>`)}
      </div>
      ${error ? html`<foyer-state .error=${error} @retry=${() => this.jobs.refetch()}></foyer-state>` : nothing}
      ${nodes?.length === 0 ? html`<foyer-state .icon=${mdiPlaylistCheck} .heading=${t("jobs.none")} .text=${t("jobs.noneText")}></foyer-state>` : nothing}
      <div class="list">${nodes ? repeat(nodes, (one) => one.id, (one) => this.line(jobWatch.jobs.get(one.id) ?? one)) : error ? nothing : html`<div class="bone"></div><div class="bone"></div>`}</div>
      ${data?.jobs.pageInfo.hasNextPage && this.first < 100 ? html`<p style="margin-top:16px"><button class="btn" @click=${() => (this.first = 100)}>${t("action.more")}</button></p>` : nothing}
      ${this.log ? html`<foyer-job-log .job=${this.log} @dismiss=${() => (this.log = null)}></foyer-job-log>` : nothing}
    `;
  }

  /** Whether heavy work runs or waits; nothing for those who may not see it. */
  private switch() {
    const health = this.background.data?.health;
    if (!health) return nothing;
    return html`<label class="row background" title=${t("jobs.backgroundText")}>
      <input type="checkbox" role="switch" .checked=${live(health.backgroundWork)} @change=${(event: Event) => this.rest((event.target as HTMLInputElement).checked)} />
      ${t("jobs.background")}
    </label>`;
  }

  private async rest(enabled: boolean): Promise<void> {
    const answer = await attempt(() => api.mutate(SetBackgroundWork, { input: { enabled } }));
    this.background.patch((data) => ({ health: { ...data.health, backgroundWork: answer?.backgroundWork ?? data.health.backgroundWork } }));
  }

  private line(job: JobLine) {
    const over = isOver(job.state);
    return html`<article class="panel line">
      ${icon(ICONS[job.state])}
      <div>
        <div class="row"><span class="name">${job.title}</span><span class="chip ${TONES[job.state] ?? ""}">${t(`jobState.${job.state}`)}</span></div>
        <div class="facts">
          <span>${ago(job.finishedAt ?? job.startedAt ?? job.createdAt)}</span><span>${t(`lane.${job.lane}`)}</span>
          ${job.attempts > 1 ? html`<span>${t("jobs.attempt", { attempt: job.attempts, max: job.maxAttempts })}</span>` : nothing}
        </div>
        ${job.error ? html`<div class="small break chip-bad" role="note">${job.error.message}</div>` : nothing}
        ${job.state === "RUNNING" || job.state === "STOPPING" ? jobProgress(job) : nothing}
      </div>
      <div class="end">
        <button class="icon-btn" aria-label=${t("jobs.logOf", { title: job.title })} title=${t("jobs.log")} @click=${() => (this.log = job)}>${icon(mdiTextBoxOutline)}</button>
        ${over
          ? job.state === "SUCCEEDED"
            ? nothing
            : html`<button class="icon-btn" aria-label=${t("jobs.retryOf", { title: job.title })} title=${t("jobs.retry")} @click=${() => this.act(() => api.mutate(RetryJob, { input: { job: job.id } }))}>${icon(mdiRefresh)}</button>`
          : html`<button class="icon-btn" ?disabled=${job.state === "STOPPING"} aria-label=${t("jobs.cancelOf", { title: job.title })} title=${t("jobs.cancel")} @click=${() => this.act(() => api.mutate(CancelJob, { input: { job: job.id } }))}>${icon(mdiStopCircleOutline)}</button>`}
      </div>
    </article>`;
  }

  private async act(work: () => Promise<{ job: JobLine }>): Promise<void> {
    const answer = await attempt(work);
    if (!answer) return;
    jobWatch.jobs.set(answer.job.id, answer.job);
    await this.jobs.refetch();
  }

  /** A job the list does not know yet, or one that is over, makes it look again. */
  private changed(job: JobLine): void {
    const known = this.jobs.data?.jobs.nodes.some((one) => one.id === job.id);
    if (known && !isOver(job.state)) return;
    clearTimeout(this.refetch);
    this.refetch = window.setTimeout(() => void this.jobs.refetch(), 400);
  }
}
