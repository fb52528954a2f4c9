import { LitElement, css, html } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { styleMap } from "lit/directives/style-map.js";
import type { ItemCard } from "../api/generated";
import { base } from "../styles/base";
import "./card";
import { type Layout, layout, visible } from "./grid-layout";

/**
 * A grid of any length that keeps only the cards near the screen in the page. Cards that are not loaded yet are
 * placeholders; `need` says up to which index cards are wanted.
 */
@customElement("foyer-grid")
export class Grid extends LitElement {
  @property({ attribute: false }) items: readonly (ItemCard | undefined)[] = [];
  /** How many there are in all; at least the length of `items`. */
  @property({ type: Number }) total = 0;
  @property({ type: Boolean }) wide = false;
  @property({ type: Boolean }) nested = false;
  @property() label = "";
  @state() private shape: Layout = layout(0, false);
  @state() private range = { first: 0, last: 0 };
  private readonly observer = new ResizeObserver(() => this.measure());

  static override styles = [
    base,
    css`
      :host {
        display: block;
        position: relative;
      }
      ul {
        position: relative;
      }
      li {
        position: absolute;
        top: 0;
        left: 0;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this);
    addEventListener("scroll", this.measure, { passive: true });
    addEventListener("resize", this.measure);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    removeEventListener("scroll", this.measure);
    removeEventListener("resize", this.measure);
  }

  protected override render() {
    const { columns, cellWidth, rowHeight, gap } = this.shape;
    const count = Math.max(0, Math.min(this.range.last, this.total) - this.range.first);
    const indexes = Array.from({ length: count }, (_, at) => this.range.first + at);
    const height = Math.ceil(this.total / columns) * rowHeight;
    return html`<ul style=${styleMap({ height: `${height}px` })} aria-label=${this.label}>
      ${repeat(
        indexes,
        (index) => this.items[index]?.id ?? index,
        (index) =>
          html`<li
            aria-setsize=${this.total}
            aria-posinset=${index + 1}
            style=${styleMap({ width: `${cellWidth}px`, transform: `translate(${(index % columns) * (cellWidth + gap)}px, ${Math.floor(index / columns) * rowHeight}px)` })}
          >
            <foyer-card .item=${this.items[index]} ?wide=${this.wide} ?nested=${this.nested}></foyer-card>
          </li>`,
      )}
    </ul>`;
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (changed.has("total") || changed.has("wide")) this.measure();
  }

  private readonly measure = (): void => {
    const box = this.getBoundingClientRect();
    if (box.width === 0) return;
    const shape = layout(box.width, this.wide);
    if (shape.columns !== this.shape.columns || shape.cellWidth !== this.shape.cellWidth || shape.rowHeight !== this.shape.rowHeight) this.shape = shape;
    const range = visible(shape, -box.top, innerHeight, this.total);
    if (range.first !== this.range.first || range.last !== this.range.last) this.range = range;
    this.dispatchEvent(new CustomEvent("need", { detail: range.last }));
  };
}
