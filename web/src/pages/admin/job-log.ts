import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { JobLog, type JobLine } from "../../api/generated";
import { Query } from "../../api/query";
import { jobWatch, api } from "../../app/services";
import "../../components/dialog";
import "../../components/state";
import { t } from "../../i18n";
import { currentLocale } from "../../i18n";
import { base } from "../../styles/base";

/** What a job wrote, followed while it works. */
@customElement("foyer-job-log")
export class JobLogDialog extends LitElement {
  @property({ attribute: false }) job?: JobLine;
  private readonly log = new Query(this, api, JobLog, () => (this.job ? { id: this.job.id, first: 100 } : null));

  static override styles = [
    base,
    css`
      ol {
        font:
          13px/1.6 ui-monospace,
          "Roboto Mono",
          Menlo,
          monospace;
      }
      li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 12px;
        overflow-wrap: anywhere;
      }
      .error {
        color: var(--f-error-ink);
      }
      .warning {
        color: var(--f-warning-ink);
      }
    `,
  ];

  constructor() {
    super();
    jobWatch.follow(this, (job) => job.id === this.job?.id && void this.log.refetch());
  }

  protected override render() {
    const { data, error } = this.log;
    const lines = data?.job?.log.nodes;
    const time = new Intl.DateTimeFormat(currentLocale(), { timeStyle: "medium" });
    return html`<foyer-dialog wide .heading=${this.job?.title ?? ""}>
      ${error ? html`<foyer-state .error=${error} @retry=${() => this.log.refetch()}></foyer-state>` : nothing} ${lines?.length === 0 ? html`<p class="muted">${t("jobs.logEmpty")}</p>` : nothing}
      <ol>
        ${lines?.map((line) => html`<li class=${line.level.toLowerCase()}><span class="muted">${time.format(new Date(line.at))}</span><span>${line.message}</span></li>`)}
      </ol>
    </foyer-dialog>`;
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector("foyer-dialog")?.addEventListener("dismiss", () => this.dispatchEvent(new CustomEvent("dismiss")));
  }
}
