import { mdiStar, mdiStarHalfFull, mdiStarOutline } from "@mdi/js";
import { LitElement, css, html } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { t } from "../i18n";
import { base } from "../styles/base";
import { icon } from "./icon";

/** Five stars in halves for a rating from 1 to 10; a slider to the keyboard. Says `rate` with the number or null. */
@customElement("foyer-rating")
export class Rating extends LitElement {
  @property({ type: Number }) value: number | null = null;
  @state() private hover: number | null = null;

  static override styles = [
    base,
    css`
      :host {
        display: inline-flex;
      }
      div {
        display: flex;
        align-items: center;
        height: 40px;
        padding: 0 8px;
        color: var(--f-star);
        cursor: pointer;
        border-radius: 999px;
      }
      span {
        padding: 8px 1px;
      }
      .icon {
        width: 22px;
        height: 22px;
      }
    `,
  ];

  protected override render() {
    const shown = this.hover ?? this.value ?? 0;
    return html`<div
      role="slider"
      tabindex="0"
      aria-label=${t("item.rate")}
      aria-valuemin="0"
      aria-valuemax="10"
      aria-valuenow=${this.value ?? 0}
      aria-valuetext=${this.value ? t("item.rated", { rating: this.value }) : t("item.unrated")}
      @keydown=${this.key}
      @pointerleave=${() => (this.hover = null)}
    >
      ${[2, 4, 6, 8, 10].map((full) => html`<span @pointermove=${(event: PointerEvent) => (this.hover = half(event, full))} @click=${(event: PointerEvent) => this.rate(half(event, full))}>${icon(shown >= full ? mdiStar : shown === full - 1 ? mdiStarHalfFull : mdiStarOutline)}</span>`)}
    </div>`;
  }

  private key(event: KeyboardEvent): void {
    const step: Record<string, number> = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
    const by = step[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.rate(Math.min(10, Math.max(0, (this.value ?? 0) + by)));
  }

  /** Choosing the present rating again takes it back. */
  private rate(value: number): void {
    const detail = value === 0 || value === this.value ? null : value;
    this.hover = null;
    this.dispatchEvent(new CustomEvent("rate", { detail }));
  }
}

function half(event: PointerEvent, full: number): number {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return event.clientX - box.left < box.width / 2 ? full - 1 : full;
}
