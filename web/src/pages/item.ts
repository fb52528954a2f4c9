import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type ItemCard, ItemPage } from "../api/generated";
import { Query } from "../api/query";
import { patchCards } from "../app/changes";
import { followLibraryNews } from "../app/library-news";
import type { Route } from "../app/router";
import { api, changes } from "../app/services";
import "../components/grid";
import { playHref } from "../components/labels";
import "../components/row";
import "../components/state";
import { type MessageKey, t } from "../i18n";
import { clock, date } from "../i18n/format";
import { base } from "../styles/base";
import "./item/decision";
import "./item/episodes";
import "./item/files";
import "./item/head";
import "./item/seasons";
import { type PageItem, type PlayableItem, isPlayableItem } from "./item/types";

/** Everything about one item, whatever its kind. */
@customElement("foyer-item")
export class ItemView extends LitElement {
  @property({ attribute: false }) route?: Route;
  private readonly page = new Query(this, api, ItemPage, () => (this.route?.path[1] ? { id: this.route.path[1] } : null));

  static override styles = [
    base,
    css`
      :host {
        display: block;
        padding-bottom: 40px;
      }
      section {
        padding: 22px var(--f-gutter) 0;
      }
      section > h2 {
        margin-bottom: 12px;
      }
      .row-section {
        margin-top: 28px;
      }
      .people {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(190px, 1fr));
        gap: 12px 20px;
      }
      .people .small {
        display: block;
      }
      .chapters {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .skeleton {
        padding: clamp(24px, 7vw, 110px) var(--f-gutter) 0;
        display: grid;
        grid-template-columns: clamp(120px, 19vw, 240px) 1fr;
        gap: 40px;
      }
      .skeleton > :first-child {
        aspect-ratio: 2 / 3;
      }
      .skeleton div div {
        height: 26px;
        margin: 14px 0;
        max-width: 460px;
      }
    `,
  ];

  constructor() {
    super();
    followLibraryNews(this, () => void this.page.refetch());
    changes.follow(this, (id, state) => this.page.patch((data) => ({ item: data.item && patched(data.item, id, state) })));
  }

  protected override render() {
    const { data, error } = this.page;
    if (error) return html`<foyer-state .error=${error} @retry=${() => this.page.refetch()}></foyer-state>`;
    if (!data) return this.skeleton();
    const item = data.item;
    if (!item) return html`<foyer-state .heading=${t("item.gone")} .text=${t("item.goneText")}><a class="btn" href="#/">${t("nav.home")}</a></foyer-state>`;
    return html`<foyer-item-head .item=${item}></foyer-item-head>${this.contents(item)}${isPlayableItem(item) ? this.playable(item) : nothing}${this.about(item)}`;
  }

  private skeleton() {
    return html`<div class="skeleton" role="status" aria-label=${t("app.loading")}>
      <div class="bone"></div>
      <div><div class="bone"></div><div class="bone"></div><div class="bone"></div></div>
    </div>`;
  }

  private contents(item: PageItem) {
    switch (item.__typename) {
      case "Series":
        return html`<section>
          <h2>${t("item.episodes")}</h2>
          <foyer-seasons .seasons=${item.seasons.nodes} .initial=${nextSeason(item.seasons.nodes, item.nextUp?.seasonNumber ?? null)}></foyer-seasons>
        </section>`;
      case "Season":
        return html`<section><h2>${t("item.episodes")}</h2><foyer-episodes .episodes=${item.episodes.nodes.filter((one) => one.__typename === "Episode")}></foyer-episodes></section>`;
      case "Artist":
        return html`<section><h2>${t("item.videos")}</h2><foyer-grid wide nested label=${t("item.videos")} .items=${item.videos.nodes} .total=${item.videos.nodes.length}></foyer-grid></section>`;
      case "Episode": {
        const around = [item.previous, item.next].filter((one) => one !== null);
        return around.length > 0 ? html`<div class="row-section"><foyer-row nested wide .heading=${t("item.around")} .items=${around}></foyer-row></div>` : nothing;
      }
      default:
        return nothing;
    }
  }

  private playable(item: PlayableItem) {
    const titled = item.chapters.filter((chapter) => chapter.title);
    return html`
      ${titled.length > 1
        ? html`<section>
            <h2>${t("item.chapters")}</h2>
            <div class="chapters">${titled.map((chapter) => html`<a class="chip" href=${`${playHref(item)}?t=${chapter.startSeconds}`}>${chapter.title}<span class="small">${clock(chapter.startSeconds)}</span></a>`)}</div>
          </section>`
        : nothing}
      <section>
        <h2>${t("item.technical")}</h2>
        <foyer-item-files .files=${item.files}></foyer-item-files>
      </section>
      <section><h2>${t("decision.heading")}</h2><foyer-decision .item=${item.id}></foyer-decision></section>
    `;
  }

  private about(item: PageItem) {
    const people = "people" in item ? item.people : [];
    return html`
      ${people.length > 0
        ? html`<section>
            <h2>${t("item.people")}</h2>
            <ul class="people">
              ${people.map((credit) => html`<li><a class="link" href=${`#/search?q=${encodeURIComponent(credit.person.name)}`}>${credit.person.name}</a><span class="muted small">${credit.character || t(`role.${credit.role}` as MessageKey)}</span></li>`)}
            </ul>
          </section>`
        : nothing}
      <section class="muted small">${t("item.added", { date: date(item.addedAt), library: item.library.name })}</section>
    `;
  }
}

/** The season in which the next episode to watch is. */
function nextSeason(seasons: readonly ItemCard[], number: number | null): string {
  const found = seasons.find((one) => one.__typename === "Season" && one.index === number);
  const unfinished = seasons.find((one) => one.__typename === "Season" && one.index > 0 && one.unwatchedCount > 0);
  return (found ?? unfinished ?? seasons[0])?.id ?? "";
}

function patched(item: PageItem, id: string, state: Partial<ItemCard["userState"]>): PageItem {
  if (item.id === id) return { ...item, userState: { ...item.userState, ...state } };
  if (item.__typename === "Season") return { ...item, episodes: { ...item.episodes, nodes: patchCards(item.episodes.nodes, id, state) } };
  if (item.__typename === "Artist") return { ...item, videos: { ...item.videos, nodes: patchCards(item.videos.nodes, id, state) } };
  return item;
}
