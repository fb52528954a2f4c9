import { mdiAlertCircleOutline, mdiRefresh } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ApiError } from "../api/errors";
import { t } from "../i18n";
import { base } from "../styles/base";
import { icon } from "./icon";

/** An error in words the user can act on. */
export function explain(error: Error): string {
  const code = (error as Partial<ApiError>).code;
  if (code === "UNREACHABLE") return t("error.unreachable");
  if (code === "INTERNAL") return t("error.internal");
  return error.message || t("error.internal");
}

/** Instead of a page's content: nothing there, or it failed. With `retry` it offers to try again by an event. */
@customElement("foyer-state")
export class State extends LitElement {
  @property() icon = mdiAlertCircleOutline;
  @property() heading = "";
  @property() text = "";
  @property({ attribute: false }) error: Error | undefined;

  static override styles = [
    base,
    css`
      :host {
        display: grid;
        justify-items: center;
        text-align: center;
        gap: 10px;
        padding: clamp(32px, 9vh, 96px) var(--f-gutter);
        max-width: 620px;
        margin: 0 auto;
      }
      .mark {
        display: grid;
        place-items: center;
        width: 72px;
        height: 72px;
        border-radius: 50%;
        background: var(--f-tint);
        color: var(--f-primary-ink);
        margin-bottom: 6px;
      }
      .mark .icon {
        width: 34px;
        height: 34px;
      }
      .end {
        margin-top: 10px;
      }
    `,
  ];

  protected override render() {
    const text = this.error ? explain(this.error) : this.text;
    return html`
      <div class="mark">${icon(this.icon)}</div>
      <h2>${this.error ? t("error.heading") : this.heading}</h2>
      ${text ? html`<p class="muted" role=${this.error ? "alert" : nothing}>${text}</p>` : nothing}
      <div class="row end">
        ${this.error ? html`<button class="btn" @click=${() => this.dispatchEvent(new CustomEvent("retry"))}>${icon(mdiRefresh)} ${t("action.retry")}</button>` : nothing}
        <slot></slot>
      </div>
    `;
  }
}
