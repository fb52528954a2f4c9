import { type TemplateResult, html, nothing } from "lit";
import type { JobLine } from "../../api/generated";
import { meter } from "../../components/meter";
import { t } from "../../i18n";
import { duration, number, percent } from "../../i18n/format";

/** How far a job is: a bar, what it counts, how fast, how long yet. */
export function jobProgress(job: JobLine): TemplateResult {
  const { fraction, done, total, unit, rateText, etaSeconds, message } = job.progress;
  const counted = total !== null ? `${number(done)} / ${number(total)} ${unit}` : done > 0 ? `${number(done)} ${unit}` : "";
  const words = [fraction !== null && percent(fraction), counted, rateText, etaSeconds !== null && t("jobs.eta", { time: duration(etaSeconds) })].filter(Boolean);
  return html`<div class="progress">
    ${meter(fraction, job.title)}
    <div class="small muted">${words.join(" · ")}</div>
    ${message ? html`<div class="small muted break">${message}</div>` : nothing}
  </div>`;
}
