import { mdiCast, mdiChevronUp, mdiFastForward10, mdiMonitorArrowDown, mdiPause, mdiPlay, mdiRewind10, mdiStop, mdiSwapHorizontal, mdiVolumeHigh } from "@mdi/js";
import { LitElement, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { styleMap } from "lit/directives/style-map.js";
import { ApiError } from "../api/errors";
import { SendCommand, type SendCommandInput, type SessionLine } from "../api/generated";
import { type Playing, positionNow } from "../app/elsewhere";
import { api, elsewhere, screenWatch } from "../app/services";
import "../components/dialog";
import { icon } from "../components/icon";
import { ITEM_ICONS, caption, itemHref } from "../components/labels";
import { picture, pictureStyles } from "../components/picture";
import { attempt, toastError } from "../components/toast";
import { t } from "../i18n";
import { clock } from "../i18n/format";
import { base } from "../styles/base";
import { barStyles } from "./bar-styles";
import { moveHere, moveSomewhere } from "./choose";

const TICK_MS = 500;
const SKIP_SECONDS = 10;

/** What can be asked of the player at the moment. */
interface Abilities {
  pause: boolean;
  seek: boolean;
  volume: number | null;
}

/** At the bottom of every page: what the viewer has playing elsewhere, and a remote control for it. */
@customElement("foyer-remote-bar")
export class RemoteBar extends LitElement {
  @state() private chosen: string | null = null;
  @state() private open = false;
  /** Where the slider is held, in seconds. */
  @state() private held: number | null = null;
  private timer = 0;

  static override styles = [base, pictureStyles, barStyles];

  constructor() {
    super();
    elsewhere.follow(this);
    screenWatch.follow(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("hashchange", this.leave);
    this.timer = window.setInterval(() => this.playing?.session.state === "PLAYING" && this.requestUpdate(), TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("hashchange", this.leave);
    clearInterval(this.timer);
    document.documentElement.style.removeProperty("--f-remote");
  }

  /** A step back closes the sheet with its page. */
  private readonly leave = (): void => {
    this.open = false;
  };

  private get playing(): Playing | undefined {
    const { all } = elsewhere;
    return all.find(({ session }) => session.id === this.chosen) ?? all[0];
  }

  protected override updated(): void {
    // Pages and notes keep clear of the bar.
    document.documentElement.style.setProperty("--f-remote", this.playing ? "84px" : "0px");
  }

  protected override render() {
    const { playing } = this;
    if (!playing) return nothing;
    const { session } = playing;
    const { title, detail } = caption(session.item);
    const position = this.held ?? positionNow(playing, performance.now());
    const part = session.durationSeconds > 0 ? position / session.durationSeconds : 0;
    const can = this.abilities(session);
    return html`
      <section aria-label=${t("remote.label", { device: this.device(session) })}>
        <i class="line" style=${styleMap({ width: `${part * 100}%` })} aria-hidden="true"></i>
        <a class="art" href=${itemHref(session.item)} tabindex="-1" aria-hidden="true">${this.art(session)}</a>
        <div class="words">
          <a class="name" href=${itemHref(session.item)}>${title}</a>
          <span class="muted small">${icon(mdiCast)}<span>${this.device(session)}${detail ? html`<span class="detail"> · ${detail}</span>` : nothing}</span></span>
        </div>
        <div class="middle">${this.buttons(session, can, position)}</div>
        <div class="seek">${this.slider(session, can, position)}</div>
        <div class="end">${this.volume(session, can)} ${this.others()}
          <button class="icon-btn" aria-label=${t("remote.move")} title=${t("remote.move")} @click=${() => this.move(session)}>${icon(mdiSwapHorizontal)}</button>
          <button class="icon-btn" aria-label=${t("remote.stop")} title=${t("remote.stop")} @click=${() => this.send(session, { kind: "STOP" })}>${icon(mdiStop)}</button>
          <button class="btn" @click=${() => this.watchHere(session)}>${icon(mdiMonitorArrowDown)} ${t("remote.here")}</button>
        </div>
        <button class="icon-btn more" aria-label=${t("remote.more")} title=${t("remote.more")} aria-haspopup="dialog" @click=${() => (this.open = true)}>${icon(mdiChevronUp)}</button>
      </section>
      ${this.open ? this.sheet(playing, can, position) : nothing}
    `;
  }

  /** On a phone the bar is small: everything stands in here. */
  private sheet({ session }: Playing, can: Abilities, position: number) {
    const { title, detail } = caption(session.item);
    return html`<foyer-dialog .heading=${this.device(session)} @dismiss=${() => (this.open = false)}>
      <div class="sheet">
        <div class="art">${this.art(session)}</div>
        <div class="centred"><h3>${title}</h3>${detail ? html`<p class="muted small">${detail}</p>` : nothing}</div>
        <div class="seek">${this.slider(session, can, position)}</div>
        <div class="middle">${this.buttons(session, can, position)}</div>
        ${this.volume(session, can)}
        <button class="btn primary big" @click=${() => this.watchHere(session)}>${icon(mdiMonitorArrowDown)} ${t("remote.here")}</button>
        <div class="pair">
          <button class="btn" @click=${() => this.move(session)}>${icon(mdiSwapHorizontal)} ${t("remote.move")}</button>
          <button class="btn" @click=${() => this.stop(session)}>${icon(mdiStop)} ${t("remote.stop")}</button>
        </div>
      </div>
    </foyer-dialog>`;
  }

  private art(session: SessionLine) {
    return picture(session.item.thumb ?? session.item.poster, ITEM_ICONS[session.item.kind], [480, 960], "120px");
  }

  private buttons(session: SessionLine, can: Abilities, position: number) {
    const paused = session.state === "PAUSED";
    const button = (path: string, label: string, act: () => void, on: boolean, look = "") =>
      html`<button class="icon-btn ${look}" aria-label=${label} title=${label} ?disabled=${!on} @click=${act}>${icon(path)}</button>`;
    const skip = (by: number) => () => this.seek(session, position + by);
    return html`${button(mdiRewind10, t("player.back10"), skip(-SKIP_SECONDS), can.seek, "skip")}
    ${button(paused ? mdiPlay : mdiPause, paused ? t("play.play") : t("player.pause"), () => this.toggle(session), can.pause, "main")}
    ${button(mdiFastForward10, t("player.forward10"), skip(SKIP_SECONDS), can.seek, "skip")}`;
  }

  private slider(session: SessionLine, can: Abilities, position: number) {
    const { durationSeconds: duration } = session;
    const valueOf = (event: Event): number => Number((event.target as HTMLInputElement).value);
    return html`<span class="time">${clock(position)}</span>
      <input
        type="range"
        min="0"
        max=${Math.ceil(duration)}
        step="1"
        aria-label=${t("player.position")}
        aria-valuetext=${t("player.positionOf", { position: clock(position), duration: clock(duration) })}
        ?disabled=${!can.seek || duration === 0}
        .value=${live(String(Math.floor(position)))}
        @input=${(event: Event) => (this.held = valueOf(event))}
        @change=${(event: Event) => this.seek(session, valueOf(event))}
      /><span class="time">${clock(duration)}</span>`;
  }

  private volume(session: SessionLine, can: Abilities) {
    if (can.volume === null) return nothing;
    return html`<label class="volume" title=${t("player.volume")}>${icon(mdiVolumeHigh)}<input
        type="range"
        min="0"
        max="1"
        step="0.02"
        aria-label=${t("player.volume")}
        .value=${String(can.volume)}
        @change=${(event: Event) => this.send(session, { kind: "SET_VOLUME", volume: Number((event.target as HTMLInputElement).value) })}
      /></label>`;
  }

  /** With several at once, the button goes to the next. */
  private others() {
    const { all } = elsewhere;
    if (all.length < 2) return nothing;
    const at = all.findIndex(({ session }) => session.id === this.playing?.session.id);
    return html`<button class="chip" aria-label=${t("remote.next")} title=${t("remote.next")} @click=${() => (this.chosen = all[(at + 1) % all.length]?.session.id ?? null)}>${at + 1} / ${all.length}</button>`;
  }

  private device(session: SessionLine): string {
    return (session.screenId && screenWatch.screens.get(session.screenId)?.name) || session.device;
  }

  private abilities(session: SessionLine): Abilities {
    const screen = session.screenId ? screenWatch.screens.get(session.screenId) : undefined;
    if (!session.screenId) return { pause: true, seek: true, volume: null };
    return { pause: screen?.canPause ?? false, seek: screen?.canSeek ?? false, volume: screen?.canSetVolume ? screen.volume : null };
  }

  private toggle(session: SessionLine): void {
    const paused = session.state === "PAUSED";
    void this.send(session, { kind: paused ? "PLAY" : "PAUSE" }, { state: paused ? "PLAYING" : "PAUSED" });
  }

  private seek(session: SessionLine, to: number): void {
    const positionSeconds = Math.max(0, session.durationSeconds > 0 ? Math.min(to, session.durationSeconds - 1) : to);
    this.held = null;
    void this.send(session, { kind: "SEEK", positionSeconds }, { positionSeconds });
  }

  private stop(session: SessionLine): void {
    this.open = false;
    void this.send(session, { kind: "STOP" });
  }

  /** What is asked shows at once; when it is refused, what was shows again. */
  private async send(session: SessionLine, command: Omit<SendCommandInput, "session">, expected: Partial<SessionLine> = {}): Promise<void> {
    elsewhere.expect(session.id, expected);
    try {
      await api.mutate(SendCommand, { input: { session: session.id, ...command } });
    } catch (error) {
      toastError(error);
      if (error instanceof ApiError && error.code === "NOT_FOUND") elsewhere.forgetOne(session.id);
      else elsewhere.expect(session.id, { state: session.state, positionSeconds: session.positionSeconds });
    }
  }

  private async move(session: SessionLine): Promise<void> {
    this.open = false;
    await moveSomewhere(session.id, session.screenId ?? undefined);
  }

  private async watchHere(session: SessionLine): Promise<void> {
    this.open = false;
    await attempt(() => moveHere(session.id));
  }
}
