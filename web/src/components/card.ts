import { mdiCheckBold, mdiHeart, mdiPlay } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { styleMap } from "lit/directives/style-map.js";
import type { ItemCard } from "../api/generated";
import { t } from "../i18n";
import { number, percent } from "../i18n/format";
import { base } from "../styles/base";
import { icon } from "./icon";
import { ITEM_ICONS, caption, isPlayable, itemHref, playHref } from "./labels";
import { type Picture, picture, pictureStyles } from "./picture";

/** A poster or still with its title, how far it was watched, and a way to play it at once. */
@customElement("foyer-card")
export class Card extends LitElement {
  @property({ attribute: false }) item?: ItemCard | undefined;
  @property({ type: Boolean, reflect: true }) wide = false;
  /** In a list of its own series or artist. */
  @property({ type: Boolean }) nested = false;

  static override styles = [
    base,
    pictureStyles,
    css`
      :host {
        display: block;
        position: relative;
        contain: layout style;
      }
      .art {
        position: relative;
        border-radius: var(--f-radius);
        box-shadow: 0 1px 3px rgba(0, 0, 0, 0.18);
        transition:
          transform var(--f-slow) var(--f-ease),
          box-shadow var(--f-slow) var(--f-ease);
      }
      .pic {
        aspect-ratio: 2 / 3;
        border-radius: inherit;
      }
      :host([wide]) .pic {
        aspect-ratio: 16 / 9;
      }
      a.cover {
        display: block;
        border-radius: var(--f-radius);
      }
      a.cover::after {
        content: "";
        position: absolute;
        inset: 0;
        border-radius: var(--f-radius);
      }
      .words {
        padding: 9px 2px 0;
        min-height: 50px;
      }
      .words > * {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        line-height: 1.35;
      }
      .title {
        font-weight: 600;
        font-size: 14px;
      }
      .detail {
        font-size: 13px;
        color: var(--f-muted);
      }
      .badges {
        position: absolute;
        top: 8px;
        right: 8px;
        display: flex;
        gap: 6px;
        pointer-events: none;
      }
      .badge {
        min-width: 24px;
        height: 24px;
        padding: 0 7px;
        border-radius: 12px;
        display: grid;
        place-items: center;
        background: rgba(10, 12, 15, 0.78);
        color: #fff;
        font-size: 12px;
        font-weight: 700;
      }
      .badge .icon {
        width: 14px;
        height: 14px;
      }
      .badge:has(.icon) {
        padding: 0 5px;
      }
      .bar {
        position: absolute;
        left: 8px;
        right: 8px;
        bottom: 8px;
        height: 4px;
        border-radius: 2px;
        background: rgba(255, 255, 255, 0.42);
        box-shadow: 0 0 3px rgba(0, 0, 0, 0.5);
        overflow: hidden;
        pointer-events: none;
      }
      .bar i {
        display: block;
        height: 100%;
        background: var(--f-primary);
      }
      .play {
        position: absolute;
        left: 50%;
        top: 50%;
        width: 52px;
        height: 52px;
        margin: -26px 0 0 -26px;
        border-radius: 50%;
        display: grid;
        place-items: center;
        background: rgba(10, 12, 15, 0.72);
        color: #fff;
        opacity: 0;
        transform: scale(0.86);
        transition: all var(--f-fast) var(--f-ease);
      }
      .play:focus-visible {
        border-radius: 50%;
        opacity: 1;
      }
      .play:hover {
        background: var(--f-fill);
        color: var(--f-on-fill);
      }
      @media (hover: hover) {
        .art:hover {
          transform: translateY(-3px);
          box-shadow: var(--f-shadow-high);
        }
        .art:hover .play {
          opacity: 1;
          transform: none;
        }
      }
      @media (hover: none) {
        .play:not(:focus-visible) {
          display: none;
        }
      }
      .bone.line {
        height: 13px;
        margin-top: 6px;
        width: 70%;
        border-radius: 4px;
      }
    `,
  ];

  protected override render() {
    const item = this.item;
    if (!item) {
      return html`<div class="art"><span class="pic bone"></span></div>
        <div class="words"><div class="bone line"></div></div>`;
    }
    const { title, detail } = caption(item, !this.nested);
    return html`
      <div class="art">
        <a class="cover" href=${itemHref(item)} aria-label=${[title, detail].filter(Boolean).join(", ")}>${picture(this.art(item), ITEM_ICONS[item.kind], this.wide ? [480, 960] : [320, 640], this.wide ? "300px" : "180px")}</a>
        ${this.badges(item)} ${this.progress(item)}
        ${isPlayable(item.kind) ? html`<a class="play" href=${playHref(item)} aria-label=${t("play.named", { title })}>${icon(mdiPlay)}</a>` : nothing}
      </div>
      <div class="words" aria-hidden="true">
        <div class="title" title=${title}>${title}</div>
        <div class="detail" title=${detail}>${detail || "\u00a0"}</div>
      </div>
    `;
  }

  private art(item: ItemCard): Picture | null {
    const series = item.__typename === "Episode" ? item.series.poster : null;
    return this.wide ? (item.thumb ?? item.poster) : (item.poster ?? series ?? item.thumb);
  }

  private badges(item: ItemCard) {
    const { watched, favourite } = item.userState;
    const unwatched = item.__typename === "Series" || item.__typename === "Season" ? item.unwatchedCount : 0;
    return html`<div class="badges">
      ${favourite ? html`<span class="badge" role="img" aria-label=${t("item.favourite")}>${icon(mdiHeart)}</span>` : nothing}
      ${unwatched > 0 && !watched ? html`<span class="badge" role="img" aria-label=${t("card.unwatched", { count: unwatched })}>${number(unwatched)}</span>` : nothing}
      ${watched ? html`<span class="badge" role="img" aria-label=${t("item.watched")}>${icon(mdiCheckBold)}</span>` : nothing}
    </div>`;
  }

  private progress(item: ItemCard) {
    const { progress, watched } = item.userState;
    if (watched || progress <= 0) return nothing;
    return html`<div class="bar" role="img" aria-label=${t("card.progress", { part: percent(progress) })}>
      <i style=${styleMap({ width: `${Math.max(3, progress * 100)}%` })}></i>
    </div>`;
  }
}
