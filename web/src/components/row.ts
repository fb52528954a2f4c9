import { mdiChevronLeft, mdiChevronRight } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { ItemCard } from "../api/generated";
import { t } from "../i18n";
import { base } from "../styles/base";
import "./card";
import { icon } from "./icon";
import { isWide } from "./labels";

/** A titled shelf of cards that scrolls sideways; without `items` it shows its skeleton. */
@customElement("foyer-row")
export class Row extends LitElement {
  @property() heading = "";
  @property() link = "";
  @property({ attribute: false }) items: readonly ItemCard[] | undefined;
  @property({ type: Boolean }) wide: boolean | undefined;
  @property({ type: Boolean }) nested = false;
  @state() private ends = { start: true, end: true };
  @query(".shelf") private readonly shelf!: HTMLElement;

  static override styles = [
    base,
    css`
      :host {
        display: block;
        position: relative;
        margin-bottom: 30px;
      }
      header {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 0 var(--f-gutter);
        min-height: 40px;
      }
      h2 {
        flex: 1;
      }
      h2 a {
        display: inline-flex;
        align-items: center;
        gap: 2px;
      }
      h2 a:hover {
        color: var(--f-primary-ink);
      }
      h2 .icon {
        width: 20px;
        height: 20px;
        opacity: 0.6;
      }
      .shelf {
        display: grid;
        grid-auto-flow: column;
        grid-auto-columns: var(--card, clamp(118px, 15vw, 176px));
        gap: clamp(12px, 1.4vw, 20px);
        overflow-x: auto;
        overscroll-behavior-x: contain;
        scroll-snap-type: x proximity;
        scroll-padding-inline: var(--f-gutter);
        padding: 8px var(--f-gutter) 4px;
        scrollbar-width: none;
      }
      .shelf.wide {
        --card: clamp(220px, 25vw, 310px);
      }
      .shelf > li {
        scroll-snap-align: start;
      }
      .arrows {
        display: flex;
      }
      @media (hover: none) {
        .arrows {
          display: none;
        }
      }
    `,
  ];

  protected override render() {
    const items = this.items;
    const wide = this.wide ?? (items ? items.some((item) => isWide(item.kind)) : false);
    return html`
      <header>
        <h2>${this.link ? html`<a href=${this.link}>${this.heading}${icon(mdiChevronRight)}</a>` : this.heading}</h2>
        ${this.ends.start && this.ends.end
          ? nothing
          : html`<div class="arrows">
              <button class="icon-btn" ?disabled=${this.ends.start} aria-label=${t("row.back")} @click=${() => this.turn(-1)}>${icon(mdiChevronLeft)}</button>
              <button class="icon-btn" ?disabled=${this.ends.end} aria-label=${t("row.forward")} @click=${() => this.turn(1)}>${icon(mdiChevronRight)}</button>
            </div>`}
      </header>
      <ul class="shelf ${wide ? "wide" : ""}" aria-label=${this.heading} aria-busy=${items ? "false" : "true"} @scroll=${this.measure}>
        ${items
          ? repeat(items, (item) => item.id, (item) => html`<li><foyer-card .item=${item} ?wide=${wide} ?nested=${this.nested}></foyer-card></li>`)
          : Array.from({ length: 9 }, () => html`<li><foyer-card ?wide=${wide}></foyer-card></li>`)}
      </ul>
    `;
  }

  protected override firstUpdated(): void {
    new ResizeObserver(() => this.measure()).observe(this.shelf);
  }

  protected override updated(): void {
    this.measure();
  }

  private readonly measure = (): void => {
    const { scrollLeft, clientWidth, scrollWidth } = this.shelf;
    const ends = { start: scrollLeft < 4, end: scrollLeft + clientWidth > scrollWidth - 4 };
    if (ends.start !== this.ends.start || ends.end !== this.ends.end) this.ends = ends;
  };

  private turn(direction: 1 | -1): void {
    this.shelf.scrollBy({ left: direction * this.shelf.clientWidth * 0.85, behavior: "smooth" });
  }
}
