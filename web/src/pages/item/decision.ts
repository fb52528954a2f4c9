import { mdiCheckCircle, mdiCloseCircleOutline, mdiHelpCircleOutline, mdiNumeric2CircleOutline } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { PlayDecision, type PlayDecisionQuery } from "../../api/generated";
import { api } from "../../app/services";
import { icon } from "../../components/icon";
import { methodName, reasonList } from "../../components/reasons";
import { explain } from "../../components/state";
import { t } from "../../i18n";
import { bitRate } from "../../i18n/format";
import { deviceProfile } from "../../player/profile";
import { base } from "../../styles/base";

type Decision = PlayDecisionQuery["playbackInfo"];

/** Answers on demand how this device would play an item, and why not better. */
@customElement("foyer-decision")
export class PlayDecisionPanel extends LitElement {
  @property() item = "";
  @state() private decision: Decision | null = null;
  @state() private error: Error | null = null;
  @state() private busy = false;

  static override styles = [
    base,
    css`
      ol {
        display: grid;
        gap: 12px;
      }
      li.way {
        display: grid;
        grid-template-columns: 28px 1fr;
        gap: 10px;
      }
      .way .icon {
        width: 24px;
        height: 24px;
        color: var(--f-muted);
      }
      .way.first .icon {
        color: var(--f-success-ink);
      }
      ul {
        list-style: disc;
        padding-left: 18px;
        font-size: 14px;
      }
    `,
  ];

  protected override render() {
    if (this.error) return html`<p role="alert">${explain(this.error)}</p>`;
    if (!this.decision) return html`<button class="btn" ?disabled=${this.busy} @click=${this.ask}>${icon(mdiHelpCircleOutline)} ${t("decision.ask")}</button>`;
    const { candidates, rejected } = this.decision;
    return html`<ol class="panel">
      ${candidates.map(
        (one, at) => html`<li class="way ${at === 0 ? "first" : ""}">
          ${icon(at === 0 ? mdiCheckCircle : mdiNumeric2CircleOutline)}
          <div>
            <strong>${methodName(one.method)}</strong> <span class="muted small">${[one.container, one.height && `${one.height}p`, one.bitRate && bitRate(one.bitRate)].filter(Boolean).join(" · ")}</span>
            ${one.reasons.length > 0 ? reasonList(one.reasons) : at === 0 ? html`<div class="small muted">${t("decision.best")}</div>` : nothing}
          </div>
        </li>`,
      )}
      ${rejected.map((one) => html`<li class="way">${icon(mdiCloseCircleOutline)}<div><strong>${t("decision.not", { method: methodName(one.method) })}</strong>${reasonList(one.reasons)}</div></li>`)}
    </ol>`;
  }

  private async ask(): Promise<void> {
    this.busy = true;
    try {
      const input = { item: this.item, profile: await deviceProfile() };
      this.decision = (await api.query(PlayDecision, { input })).playbackInfo;
    } catch (error) {
      this.error = error as Error;
    }
    this.busy = false;
  }
}
