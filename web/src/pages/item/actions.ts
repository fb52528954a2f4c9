import { mdiCast, mdiCheckCircle, mdiCheckCircleOutline, mdiHeart, mdiHeartOutline, mdiPlay, mdiReplay } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { SetFavourite, SetRating, SetWatched } from "../../api/generated";
import { href } from "../../app/router";
import { api, changes, session } from "../../app/services";
import { icon } from "../../components/icon";
import { isPlayable, playHref } from "../../components/labels";
import "../../components/rating";
import { attempt } from "../../components/toast";
import { t } from "../../i18n";
import { clock } from "../../i18n/format";
import { base } from "../../styles/base";
import type { PageItem } from "./types";

type State = PageItem["userState"];

/** Play, watched, favourite, rating. Says `state` with what the server made of it. */
@customElement("foyer-item-actions")
export class ItemActions extends LitElement {
  @property({ attribute: false }) item?: PageItem;

  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      .row {
        gap: 8px;
      }
    `,
  ];

  protected override render() {
    const item = this.item;
    if (!item) return nothing;
    const { watched, favourite, rating } = item.userState;
    return html`<div class="row">
      ${this.play(item)} ${this.elsewhere(item)}
      <button class="icon-btn ${watched ? "on" : ""}" aria-pressed=${watched} aria-label=${t("item.watched")} title=${watched ? t("item.markUnwatched") : t("item.markWatched")} @click=${() => this.setWatched(!watched)}>
        ${icon(watched ? mdiCheckCircle : mdiCheckCircleOutline)}
      </button>
      <button class="icon-btn ${favourite ? "on" : ""}" aria-pressed=${favourite} aria-label=${t("item.favourite")} title=${t("item.favourite")} @click=${() => this.setFavourite(!favourite)}>
        ${icon(favourite ? mdiHeart : mdiHeartOutline)}
      </button>
      <foyer-rating .value=${rating} @rate=${(event: CustomEvent<number | null>) => this.setRating(event.detail)}></foyer-rating>
    </div>`;
  }

  private play(item: PageItem) {
    if (isPlayable(item.kind)) {
      const position = item.userState.positionSeconds;
      if (position <= 0) return html`<a class="btn primary big" href=${playHref(item)}>${icon(mdiPlay)} ${t("play.play")}</a>`;
      return html`<a class="btn primary big" href=${`${playHref(item)}?t=${position}`}>${icon(mdiPlay)} ${t("play.resumeAt", { time: clock(position) })}</a>
        <a class="icon-btn" href=${`${playHref(item)}?t=0`} aria-label=${t("play.startOver")} title=${t("play.startOver")}>${icon(mdiReplay)}</a>`;
    }
    if (item.__typename === "Series" && item.nextUp) {
      const code = item.nextUp.number === null ? item.nextUp.title : `S${item.nextUp.seasonNumber ?? 1} E${item.nextUp.number}`;
      return html`<a class="btn primary big" href=${playHref(item.nextUp)}>${icon(mdiPlay)} ${t("play.named", { title: code })}</a>`;
    }
    const first = this.target(item);
    return first ? html`<a class="btn primary big" href=${href("play", first.id)}>${icon(mdiPlay)} ${t("play.play")}</a>` : nothing;
  }

  /** What is played when this is: itself, or one of what it holds. */
  private target(item: PageItem): { id: string } | null | undefined {
    if (isPlayable(item.kind)) return item;
    if (item.__typename === "Series") return item.nextUp;
    if (item.__typename === "Season") return item.episodes.nodes.find((one) => !one.userState.watched) ?? item.episodes.nodes[0];
    return item.__typename === "Artist" ? item.videos.nodes[0] : null;
  }

  private elsewhere(item: PageItem) {
    const target = this.target(item);
    if (!target || !session.may("PLAY")) return nothing;
    const choose = async (): Promise<boolean> => (await import("../../remote/choose")).playSomewhere(target.id);
    return html`<button class="icon-btn" aria-haspopup="dialog" aria-label=${t("screens.heading")} title=${t("screens.heading")} @click=${choose}>${icon(mdiCast)}</button>`;
  }

  private setWatched(watched: boolean): void {
    void this.change(async (item) => (await api.mutate(SetWatched, { input: { item, watched } })).item.userState);
  }

  private setFavourite(favourite: boolean): void {
    void this.change(async (item) => (await api.mutate(SetFavourite, { input: { item, favourite } })).item.userState);
  }

  private setRating(rating: number | null): void {
    void this.change(async (item) => (await api.mutate(SetRating, { input: { item, rating } })).item.userState);
  }

  private async change(work: (item: string) => Promise<State>): Promise<void> {
    const id = this.item?.id;
    if (!id) return;
    const state = await attempt(() => work(id));
    if (!state) return;
    changes.announce(id, state);
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
