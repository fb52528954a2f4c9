import { mdiInformationOutline, mdiPlay } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { Hero, type ItemCard, Latest } from "../api/generated";
import { Query } from "../api/query";
import { api } from "../app/services";
import { t } from "../i18n";
import { clock, duration } from "../i18n/format";
import { base } from "../styles/base";
import { icon } from "./icon";
import { ITEM_ICONS, caption, isPlayable, itemHref, playHref } from "./labels";
import { picture, pictureStyles } from "./picture";

/** The large picture on top of the home page: what to go on with, or the newest item of a library. */
@customElement("foyer-hero")
export class HeroPicture extends LitElement {
  @property({ attribute: false }) item?: ItemCard | undefined;
  /** The library whose newest item stands in when there is nothing to go on with. */
  @property() fallback?: string | undefined;
  private readonly newest = new Query(this, api, Latest, () => (!this.item && this.fallback ? { library: this.fallback, first: 1 } : null));
  private readonly hero = new Query(this, api, Hero, () => {
    const id = this.item?.id ?? this.newest.data?.latest.nodes[0]?.id;
    return id ? { id } : null;
  });

  static override styles = [
    base,
    pictureStyles,
    css`
      :host {
        display: block;
        /* In the dark the picture melts into the page; in the light it ends. */
        --edge: light-dark(rgba(8, 10, 14, 0.8), var(--primary-background-color, #101215));
      }
      section {
        position: relative;
        display: grid;
        align-items: end;
        height: clamp(300px, 46vw, min(58vh, 560px));
        overflow: hidden;
        isolation: isolate;
        background: var(--f-sunken);
        --f-bg: #0c0e12;
        --f-text: #fff;
        color: #fff;
      }
      .btn:not(.primary) {
        background: rgba(255, 255, 255, 0.2);
        backdrop-filter: blur(10px);
      }
      .btn:not(.primary):hover {
        background: rgba(255, 255, 255, 0.3);
      }
      .pic {
        position: absolute;
        inset: 0;
        z-index: -2;
      }
      .pic img {
        object-position: 50% 25%;
      }
      section::after {
        content: "";
        position: absolute;
        inset: 0;
        z-index: -1;
        background:
          linear-gradient(0deg, var(--edge) 0, rgba(8, 10, 14, 0.5) 36%, transparent 72%), linear-gradient(90deg, rgba(8, 10, 14, 0.72) 0, transparent 62%);
      }
      .words {
        padding: 0 var(--f-gutter) clamp(16px, 3vw, 34px);
        max-width: 760px;
        display: grid;
        gap: 10px;
      }
      h2 {
        font-size: clamp(26px, 4.2vw, 46px);
        line-height: 1.08;
        font-weight: 750;
        letter-spacing: -0.02em;
        text-wrap: balance;
      }
      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 14px;
        font-weight: 550;
        color: color-mix(in oklab, var(--f-text) 88%, var(--f-bg));
      }
      .overview {
        display: -webkit-box;
        -webkit-line-clamp: 2;
        -webkit-box-orient: vertical;
        overflow: hidden;
        max-width: 60ch;
        color: color-mix(in oklab, var(--f-text) 90%, var(--f-bg));
      }
      .row {
        margin-top: 6px;
      }
      @media (max-width: 560px) {
        .overview {
          display: none;
        }
        section::after {
          background: linear-gradient(0deg, var(--edge) 0, rgba(8, 10, 14, 0.55) 45%, transparent 85%);
        }
      }
    `,
  ];

  protected override render() {
    const item = this.hero.data?.item;
    if (this.hero.error || (!this.hero.loading && !this.newest.loading && !item)) return nothing;
    if (!item) return html`<section class="bone" aria-hidden="true"></section>`;
    const { title, detail } = caption(item);
    const position = item.userState.positionSeconds;
    return html`<section aria-label=${title}>
      ${picture(item.backdrop ?? item.thumb ?? item.poster, ITEM_ICONS[item.kind], [1280, 1920], "100vw")}
      <div class="words">
        <h2>${title}</h2>
        <p class="facts">
          <span>${detail}</span>${item.durationSeconds ? html`<span>${duration(item.durationSeconds)}</span>` : nothing}${item.genres.slice(0, 3).map((genre) => html`<span>${genre.name}</span>`)}
        </p>
        ${item.overview ? html`<p class="overview">${item.overview}</p>` : nothing}
        <div class="row">
          ${isPlayable(item.kind) ? html`<a class="btn primary big" href=${position > 0 ? `${playHref(item)}?t=${position}` : playHref(item)}>${icon(mdiPlay)} ${position > 0 ? t("play.resumeAt", { time: clock(position) }) : t("play.play")}</a>` : nothing}
          <a class="btn big" href=${itemHref(item)}>${icon(mdiInformationOutline)} ${t("item.details")}</a>
        </div>
      </div>
    </section>`;
  }
}
