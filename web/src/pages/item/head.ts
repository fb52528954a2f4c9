import { mdiStar } from "@mdi/js";
import { LitElement, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { href } from "../../app/router";
import { icon } from "../../components/icon";
import { ITEM_ICONS, episodeCode, isWide, itemHref } from "../../components/labels";
import { picture, pictureStyles } from "../../components/picture";
import { plural, t } from "../../i18n";
import { date, duration, number } from "../../i18n/format";
import { base } from "../../styles/base";
import "./actions";
import { resolutionName } from "./files";
import { headStyles } from "./head-styles";
import { type PageItem, isPlayableItem } from "./types";

/** The top of an item's page: its pictures, what it is, and what can be done with it. */
@customElement("foyer-item-head")
export class ItemHead extends LitElement {
  @property({ attribute: false }) item?: PageItem;

  static override styles = [base, pictureStyles, headStyles];

  protected override render() {
    const item = this.item;
    if (!item) return nothing;
    const backdrop = item.backdrop ?? (item.__typename === "Season" ? item.series.backdrop : null) ?? (isWide(item.kind) ? item.thumb : null);
    const wide = isWide(item.kind);
    const poster = wide ? (item.thumb ?? item.poster) : item.poster;
    const tagline = item.__typename === "Movie" ? item.tagline : null;
    return html`
      <div class="backdrop" aria-hidden="true">${backdrop ? picture(backdrop, ITEM_ICONS[item.kind], [1280, 1920], "100vw") : nothing}</div>
      <div class="head ${backdrop ? "" : "bare"}">
        <div class="poster ${wide ? "wide" : ""}">${picture(poster, ITEM_ICONS[item.kind], wide ? [480, 960] : [320, 640], wide ? "340px" : "230px")}</div>
        <div class="words">
          ${this.parents(item)}
          <h1>${item.title}</h1>
          <p class="facts">${this.facts(item).map((fact) => html`<span>${fact}</span>`)}</p>
          <foyer-item-actions .item=${item}></foyer-item-actions>
          ${tagline ? html`<p class="tagline">${tagline}</p>` : nothing}
          ${item.overview ? html`<p class="overview">${item.overview}</p>` : nothing}
          ${item.genres.length > 0 ? html`<div class="chips">${item.genres.map((genre) => html`<a class="chip" href=${`${href("library", item.library.id)}?genre=${encodeURIComponent(genre.id)}`}>${genre.name}</a>`)}</div>` : nothing}
        </div>
      </div>
    `;
  }

  private parents(item: PageItem) {
    const links: Array<readonly [string, string]> = [];
    if (item.__typename === "Episode") {
      links.push([itemHref(item.series), item.series.title]);
      if (item.season) links.push([itemHref(item.season), item.season.title]);
    } else if (item.__typename === "Season") links.push([itemHref(item.series), item.series.title]);
    else if (item.__typename === "MusicVideo") for (const artist of item.artists) links.push([itemHref(artist), artist.title]);
    else links.push([href("library", item.library.id), item.library.name]);
    return html`<nav class="parents" aria-label=${t("item.belongsTo")}>${links.map(([to, name]) => html`<a class="link" href=${to}>${name}</a>`)}</nav>`;
  }

  private facts(item: PageItem) {
    const facts: unknown[] = [];
    if (item.__typename === "Episode") facts.push(episodeCode(item));
    if ("premiered" in item && item.premiered && item.__typename !== "Movie") facts.push(date(item.premiered));
    else if (item.year) facts.push(item.year);
    if (item.__typename === "Series") facts.push(plural("count.seasons", item.seasonCount), plural("count.episodes", item.episodeCount));
    if (item.__typename === "Season") facts.push(plural("count.episodes", item.episodeCount));
    if (item.__typename === "Artist") facts.push(plural("count.videos", item.videoCount));
    if (isPlayableItem(item) && item.durationSeconds) facts.push(duration(item.durationSeconds));
    if ("contentRating" in item && item.contentRating) facts.push(html`<span class="box">${item.contentRating}</span>`);
    if ("communityRating" in item && item.communityRating) facts.push(html`<span class="stars">${icon(mdiStar)}${number(item.communityRating, 1)}</span>`);
    const video = isPlayableItem(item) ? item.files[0]?.videoStreams[0] : undefined;
    if (video && resolutionName(video)) facts.push(html`<span class="box">${resolutionName(video)}</span>`);
    if (video?.hdr && video.hdr !== "SDR") facts.push(html`<span class="box">${video.hdr.replaceAll("_", " ")}</span>`);
    return facts.filter(Boolean);
  }
}
