import { mdiAlertCircle, mdiCheckCircle, mdiCloseCircle, mdiMinusCircleOutline } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { Health, type HealthState } from "../../api/generated";
import { Query } from "../../api/query";
import { api } from "../../app/services";
import { icon } from "../../components/icon";
import { meter, meterStyles } from "../../components/meter";
import "../../components/state";
import { t } from "../../i18n";
import { bytes, duration } from "../../i18n/format";
import { base } from "../../styles/base";
import { adminStyles } from "./styles";

const ICONS: Readonly<Record<HealthState, string>> = { OK: mdiCheckCircle, DEGRADED: mdiAlertCircle, DOWN: mdiCloseCircle, ABSENT: mdiMinusCircleOutline };
const REFRESH_MS = 10_000;

/** Whether every part works, and what the server uses. */
@customElement("foyer-admin-about")
export class AdminAbout extends LitElement {
  private readonly health = new Query(this, api, Health, () => ({}));
  private timer = 0;

  static override styles = [
    base,
    meterStyles,
    adminStyles,
    css`
      dl {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(170px, 1fr));
        gap: 18px;
      }
      dt {
        color: var(--f-muted);
        font-size: 13px;
      }
      dd {
        font-size: 18px;
        font-weight: 600;
      }
      .check {
        display: grid;
        grid-template-columns: 26px minmax(0, 1fr);
        gap: 12px;
        padding: 10px 0;
        border-top: 1px solid var(--f-line);
      }
      .check strong {
        display: inline-block;
      }
      .check strong::first-letter {
        text-transform: uppercase;
      }
      .check:first-of-type {
        border: 0;
      }
      .OK .icon {
        color: var(--f-success-ink);
      }
      .DEGRADED .icon {
        color: var(--f-warning-ink);
      }
      .DOWN .icon {
        color: var(--f-error-ink);
      }
      .ABSENT .icon {
        color: var(--f-muted);
      }
      .meter {
        margin-top: 6px;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(() => document.visibilityState === "visible" && void this.health.refetch(), REFRESH_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  protected override render() {
    const { data, error } = this.health;
    if (error && !data) return html`<foyer-state .error=${error} @retry=${() => this.health.refetch()}></foyer-state>`;
    if (!data) return html`<div class="bone"></div>`;
    const { server, health } = data;
    const fact = (name: string, value: unknown) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
    return html`
      <div class="row spread top">
        <h1>${t("admin.about")}</h1>
        <span class="chip ${health.state === "OK" ? "ok" : "warn"}">${health.state === "OK" ? t("about.allWell") : t(`health.${health.state}`)}</span>
      </div>
      <div class="list">
        <dl class="panel">
          ${fact(server.name, server.version)} ${fact(t("about.uptime"), duration(health.uptimeSeconds))} ${fact(t("about.memory"), bytes(health.memoryBytes))} ${fact(t("about.database"), bytes(health.databaseBytes))}
          ${fact(t("about.cache"), html`${bytes(health.cacheBytes)} <span class="muted small">/ ${bytes(health.cacheBudgetBytes)}</span>${meter(health.cacheBudgetBytes ? health.cacheBytes / health.cacheBudgetBytes : 0, t("about.cache"))}`)}
          ${fact("FFmpeg", health.ffmpegVersion ?? t("about.absent"))}
        </dl>
        <section class="panel" aria-label=${t("about.checks")}>
          ${health.checks.map((check) => html`<div class="check ${check.state}">${icon(ICONS[check.state])}<div><strong>${check.name}</strong> <span class="muted small">${t(`health.${check.state}`)}</span>${check.message ? html`<div class="small">${check.message}</div>` : nothing}</div></div>`)}
        </section>
      </div>
    `;
  }
}
