import { mdiCheckCircle, mdiCheckCircleOutline, mdiPlay } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { type EpisodeRow, SetWatched } from "../../api/generated";
import { api, changes } from "../../app/services";
import { icon } from "../../components/icon";
import { ITEM_ICONS, itemHref, playHref } from "../../components/labels";
import { meter, meterStyles } from "../../components/meter";
import { picture, pictureStyles } from "../../components/picture";
import { attempt } from "../../components/toast";
import { t } from "../../i18n";
import { date, duration } from "../../i18n/format";
import { base } from "../../styles/base";

/** The episodes of a season, one below the other with what happens in them. */
@customElement("foyer-episodes")
export class Episodes extends LitElement {
  @property({ attribute: false }) episodes: readonly EpisodeRow[] = [];

  static override styles = [
    base,
    pictureStyles,
    meterStyles,
    css`
      ol {
        display: grid;
        gap: 6px;
      }
      li {
        display: grid;
        grid-template-columns: clamp(128px, 19vw, 220px) 1fr auto;
        gap: 4px 18px;
        padding: 10px;
        border-radius: var(--f-radius-l);
        align-items: start;
      }
      li:hover {
        background: var(--f-hover);
      }
      .still {
        position: relative;
        display: block;
        border-radius: var(--f-radius);
        overflow: hidden;
      }
      .pic {
        aspect-ratio: 16 / 9;
      }
      .still .over {
        position: absolute;
        inset: 0;
        display: grid;
        place-items: center;
        color: #fff;
        background: rgba(0, 0, 0, 0.35);
        opacity: 0;
        transition: opacity var(--f-fast);
      }
      .still .over .icon {
        width: 40px;
        height: 40px;
      }
      .still:hover .over,
      .still:focus-visible .over {
        opacity: 1;
      }
      .meter {
        position: absolute;
        left: 8px;
        right: 8px;
        bottom: 8px;
        height: 4px;
        background: rgba(255, 255, 255, 0.42);
      }
      h3 a:hover {
        color: var(--f-primary-ink);
      }
      .text {
        min-width: 0;
      }
      .overview {
        display: -webkit-box;
        -webkit-line-clamp: 3;
        -webkit-box-orient: vertical;
        overflow: hidden;
        margin-top: 4px;
        max-width: 74ch;
      }
      @media (max-width: 620px) {
        li {
          padding: 8px 0;
          gap: 4px 12px;
        }
        .overview {
          -webkit-line-clamp: 2;
          font-size: 13px;
        }
      }
    `,
  ];

  protected override render() {
    return html`<ol>
      ${repeat(this.episodes, (one) => one.id, (one) => this.line(one))}
    </ol>`;
  }

  private line(one: EpisodeRow) {
    const { watched, progress } = one.userState;
    return html`<li>
      <a class="still" href=${playHref(one)} aria-label=${t("play.named", { title: one.title })}>
        ${picture(one.thumb ?? one.poster, ITEM_ICONS.EPISODE, [480, 960], "220px")}<span class="over">${icon(mdiPlay)}</span>
        ${progress > 0 && !watched ? meter(progress, t("card.progressLabel")) : nothing}
      </a>
      <div class="text">
        <h3><a href=${itemHref(one)}>${one.number === null ? "" : `${one.number}${one.lastNumber && one.lastNumber !== one.number ? `–${one.lastNumber}` : ""}. `}${one.title}</a></h3>
        <div class="muted small">${[one.premiered && date(one.premiered), one.durationSeconds && duration(one.durationSeconds)].filter(Boolean).join(" · ")}</div>
        ${one.overview ? html`<p class="overview">${one.overview}</p>` : nothing}
      </div>
      <button class="icon-btn ${watched ? "on" : ""}" aria-pressed=${watched} aria-label=${t("item.watchedNamed", { title: one.title })} title=${watched ? t("item.markUnwatched") : t("item.markWatched")} @click=${() => this.toggle(one)}>
        ${icon(watched ? mdiCheckCircle : mdiCheckCircleOutline)}
      </button>
    </li>`;
  }

  private async toggle(one: EpisodeRow): Promise<void> {
    const done = await attempt(() => api.mutate(SetWatched, { input: { item: one.id, watched: !one.userState.watched } }));
    if (done) changes.announce(one.id, done.item.userState);
  }
}
