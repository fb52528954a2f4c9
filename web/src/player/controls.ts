import {
  mdiCogOutline,
  mdiFastForward10,
  mdiFullscreen,
  mdiFullscreenExit,
  mdiPause,
  mdiPlay,
  mdiRewind10,
  mdiSkipNext,
  mdiSubtitlesOutline,
  mdiTuneVariant,
  mdiVolumeHigh,
  mdiVolumeLow,
  mdiVolumeOff,
  mdiWaveform,
} from "@mdi/js";
import { LitElement, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { icon } from "../components/icon";
import "../components/menu";
import { t } from "../i18n";
import { clock } from "../i18n/format";
import { base } from "../styles/base";
import type { Action } from "./actions";
import { controlStyles } from "./control-styles";
import { audioMenu, moreMenu, qualityMenu, subtitleMenu } from "./menus";
import type { Info, Wishes } from "./playback";
import "./seekbar";

/** What the controls show of the player. */
export interface Look {
  paused: boolean;
  position: number;
  duration: number;
  buffered: ReadonlyArray<readonly [number, number]>;
  volume: number;
  muted: boolean;
  speed: number;
  fullscreen: boolean;
  subtitle: string | null;
  delay: number;
}

/** The bar at the bottom of the player. Says `act` with an Action. */
@customElement("foyer-controls")
export class Controls extends LitElement {
  @property({ attribute: false }) look?: Look;
  @property({ attribute: false }) info: Info | null = null;
  @property({ attribute: false }) wishes: Wishes = {};

  static override styles = [base, controlStyles];

  protected override render() {
    const { look, info } = this;
    if (!look) return nothing;
    return html`
      <foyer-seekbar
        .position=${look.position}
        .duration=${look.duration}
        .buffered=${look.buffered}
        .chapters=${info?.chapters ?? []}
        .trickplay=${info?.trickplay ?? null}
        @seek=${(event: CustomEvent<number>) => this.act({ do: "seek", to: event.detail })}
      ></foyer-seekbar>
      <div class="bar">
        ${this.button(look.paused ? mdiPlay : mdiPause, look.paused ? t("play.play") : t("player.pause"), { do: "toggle" }, "main")}
        ${this.button(mdiRewind10, t("player.back10"), { do: "skip", by: -10 })} ${this.button(mdiFastForward10, t("player.forward10"), { do: "skip", by: 10 })}
        ${info?.next ? this.button(mdiSkipNext, t("player.next"), { do: "next" }) : nothing} ${this.volume(look)}
        <span class="time">${clock(look.position)} <span class="of">/ ${clock(look.duration)}</span></span>
        <span class="gap"></span>
        ${info ? this.menus(info, look) : nothing}
        ${this.button(look.fullscreen ? mdiFullscreenExit : mdiFullscreen, look.fullscreen ? t("player.fullscreenOff") : t("player.fullscreen"), { do: "fullscreen" })}
      </div>
    `;
  }

  private menus(info: Info, look: Look) {
    const perform = (action: Action): void => this.act(action);
    return html`
      ${info.subtitleTracks.length > 0
        ? html`<foyer-menu up class=${look.subtitle ? "set" : ""} label=${t("file.subtitles")} .items=${subtitleMenu(info, look.subtitle, look.delay, perform)}>${icon(mdiSubtitlesOutline)}</foyer-menu>`
        : nothing}
      ${info.audioTracks.length > 1 ? html`<foyer-menu up label=${t("file.audio")} .items=${audioMenu(info, this.wishes, perform)}>${icon(mdiWaveform)}</foyer-menu>` : nothing}
      ${info.qualities.length > 0 ? html`<foyer-menu up label=${t("player.quality")} .items=${qualityMenu(info, this.wishes, perform)}>${icon(mdiTuneVariant)}</foyer-menu>` : nothing}
      <foyer-menu up label=${t("player.more")} .items=${moreMenu(info, look.speed, perform)}>${icon(mdiCogOutline)}</foyer-menu>
    `;
  }

  private volume(look: Look) {
    const level = look.muted ? 0 : look.volume;
    return html`<span class="volume">
      ${this.button(level === 0 ? mdiVolumeOff : level < 0.5 ? mdiVolumeLow : mdiVolumeHigh, look.muted ? t("player.unmute") : t("player.mute"), { do: "mute" })}
      <input type="range" min="0" max="1" step="0.01" aria-label=${t("player.volume")} .value=${String(level)} @input=${(event: Event) => this.act({ do: "volume", to: Number((event.target as HTMLInputElement).value) })} />
    </span>`;
  }

  private button(path: string, label: string, action: Action, look = "") {
    return html`<button class="icon-btn ${look}" aria-label=${label} title=${label} @click=${() => this.act(action)}>${icon(path)}</button>`;
  }

  private act(detail: Action): void {
    this.dispatchEvent(new CustomEvent("act", { detail }));
  }
}
