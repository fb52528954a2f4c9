import { mdiArrowLeft, mdiCast, mdiFastForward10, mdiPause, mdiPlay, mdiRewind10 } from "@mdi/js";
import { LitElement, html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { ItemPage } from "../api/generated";
import { deviceName } from "../app/device";
import { embed } from "../app/embed";
import { type Route, go, href } from "../app/router";
import { api, changes, elsewhere, live } from "../app/services";
import { icon } from "../components/icon";
import { caption, fullTitle, itemHref } from "../components/labels";
import { attempt, toast } from "../components/toast";
import { t } from "../i18n";
import { base } from "../styles/base";
import { type Action, actionOfKey } from "./actions";
import "./controls";
import { Conductor } from "./conductor";
import { MediaKeys } from "./media-session";
import "./next-card";
import { Playback } from "./playback";
import { playerStyles } from "./player-styles";
import { loadPrefs } from "./prefs";
import { failurePrompt, resumePrompt } from "./prompts";
import { type RemoteCommand, Reporter } from "./reporter";
import "./stats";
import { Subtitles } from "./subtitles";
import { Taps } from "./taps";

const IDLE_MS = 3_000;
const NEXT_SECONDS = 30;
const WORTH_RESUMING = 10;
const WORTH_STARTING_OVER = 10;

/** The whole player: video, controls and everything that listens to it. */
@customElement("foyer-player")
export class Player extends LitElement {
  @property({ attribute: false }) route?: Route;
  @query("video") private readonly video!: HTMLVideoElement;
  @query(".subtitles") private readonly stage!: HTMLElement;
  @state() private resumeAt: number | null = null;
  @state() private awake = true;
  @state() private waiting = true;
  @state() private showStats = false;
  @state() private flash = 0;
  @state() private message = "";
  @state() private declined = "";
  private menuOpen = false;
  private closed = false;
  private idleTimer = 0;
  private conductor!: Conductor;
  private playback!: Playback;
  private reporter!: Reporter;
  private readonly keys = new MediaKeys((action) => this.perform(action));
  private readonly taps = new Taps(
    () => this.tapped(),
    (side) => this.doubleTapped(side),
  );

  static override styles = [base, playerStyles];

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.key);
    document.addEventListener("fullscreenchange", this.redraw);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("keydown", this.key);
    document.removeEventListener("fullscreenchange", this.redraw);
    clearTimeout(this.idleTimer);
    this.keys.clear();
    void this.reporter.dispose();
    this.playback.stop();
    if (document.fullscreenElement) void document.exitFullscreen();
  }

  protected override firstUpdated(): void {
    this.playback = new Playback(api, this.video);
    this.reporter = new Reporter(api, live, changes, (command) => this.obey(command), () => (this.video.readyState > 0 ? this.video.currentTime : null));
    const subtitles = new Subtitles(this.video, this.stage, () => toast(t("player.subtitlesFailed")));
    this.conductor = new Conductor(this, this.video, this.playback, subtitles, { next: () => this.next(), previous: () => void this.previous(), cast: () => void this.cast(), close: () => this.close(), stats: () => (this.showStats = !this.showStats) });
    this.playback.addEventListener("change", this.redraw);
    this.playback.addEventListener("source", () => void this.report());
    const { volume, muted } = loadPrefs();
    Object.assign(this.video, { volume, muted });
    void this.open();
    this.wake();
  }

  /** Ask how to play the item of the route; offer to resume unless the route says where to begin or nobody is there to ask. */
  private async open(resume: "ask" | "at once" = "ask"): Promise<void> {
    const item = this.route?.path[1];
    if (!item) return;
    this.resumeAt = null;
    this.declined = "";
    const info = await this.playback.prepare(item);
    if (!info) return;
    this.keys.show(info.item, info.item.thumb ? api.url(info.item.thumb.url) : null, info.next !== null);
    document.title = `${fullTitle(info.item)} – Foyer`;
    const asked = this.route?.query.get("t");
    if (asked === null && resume === "ask" && info.resumeSeconds > WORTH_RESUMING) {
      this.resumeAt = info.resumeSeconds;
      await this.updateComplete;
      this.renderRoot.querySelector<HTMLElement>(".card .primary")?.focus();
    } else await this.begin(Number(asked ?? (resume === "ask" ? 0 : info.resumeSeconds)) || 0);
  }

  private async begin(position: number): Promise<void> {
    this.resumeAt = null;
    this.conductor.chooseFirstSubtitle();
    await this.playback.play(position);
  }

  private readonly redraw = (): void => this.requestUpdate();

  private async report(): Promise<void> {
    const { info, candidate, wishes } = this.playback;
    if (!info || !candidate) return;
    await this.reporter.start({
      item: info.item.id,
      file: info.file.id,
      method: candidate.method,
      url: candidate.url,
      positionSeconds: this.video.currentTime,
      client: "Foyer Web",
      device: deviceName(),
      audioIndex: wishes.audioIndex,
      subtitleId: wishes.subtitleId,
    });
    if (this.reporter.session) elsewhere.isHere(this.reporter.session);
  }

  protected override render() {
    const idle = !this.awake && !this.menuOpen;
    this.classList.toggle("idle", idle);
    return html`<div class=${idle ? "idle" : ""} @pointermove=${this.moved} @menu=${this.menu}>
      <video
        playsinline
        preload="auto"
        @timeupdate=${this.progress}
        @play=${this.stateChanged}
        @pause=${this.stateChanged}
        @seeked=${() => this.told(true)}
        @waiting=${() => this.wait(true)}
        @playing=${() => this.wait(false)}
        @canplay=${() => this.wait(false)}
        @durationchange=${this.redraw}
        @progress=${this.redraw}
        @volumechange=${this.redraw}
        @ratechange=${this.redraw}
        @ended=${this.ended}
      ></video>
      <div class="touch" @pointerup=${this.tap} @dblclick=${this.doubleClicked}></div>
      <div class="shade"></div>
      <div class="subtitles" aria-live="off"></div>
      ${this.top()} ${this.centre()}
      <div class="bottom">
        <foyer-controls .info=${this.playback?.info ?? null} .wishes=${this.playback?.wishes ?? {}} .look=${this.conductor?.look} @act=${(event: CustomEvent<Action>) => this.perform(event.detail)}></foyer-controls>
      </div>
      ${this.overlays()}
    </div>`;
  }

  private top() {
    const item = this.playback?.info?.item;
    const words = item ? caption(item) : null;
    return html`<div class="top">
      <button class="icon-btn" aria-label=${t("player.close")} title=${t("player.close")} @click=${() => this.close()}>${icon(mdiArrowLeft)}</button>
      ${words ? html`<div><h1>${words.title}</h1><p>${words.detail}</p></div>` : nothing}
      <button class="icon-btn cast" aria-haspopup="dialog" aria-label=${t("screens.heading")} title=${t("screens.heading")} @click=${() => this.perform({ do: "cast" })}>${icon(mdiCast)}</button>
    </div>`;
  }

  private centre() {
    const { error } = this.playback ?? {};
    if (error) return failurePrompt(error, () => void this.playback.again(this.video.currentTime), () => this.close());
    if (this.resumeAt !== null) return resumePrompt(this.resumeAt, (position) => void this.begin(position));
    const paused = this.conductor?.look.paused ?? true;
    return html`<div class="centre">
      ${this.waiting && !paused ? html`<div class="spinner spin" role="status" aria-label=${t("app.loading")}></div>` : nothing}
      <div class="mid ${this.waiting && !paused ? "" : "on"}">
        <button aria-label=${t("player.back10")} @click=${() => this.perform({ do: "skip", by: -10 })}>${icon(mdiRewind10)}</button>
        <button class="big" aria-label=${paused ? t("play.play") : t("player.pause")} @click=${() => this.perform({ do: "toggle" })}>${icon(paused ? mdiPlay : mdiPause)}</button>
        <button aria-label=${t("player.forward10")} @click=${() => this.perform({ do: "skip", by: 10 })}>${icon(mdiFastForward10)}</button>
      </div>
    </div>`;
  }

  private overlays() {
    const info = this.playback?.info;
    const left = info && this.video.duration ? this.video.duration - this.video.currentTime : Number.POSITIVE_INFINITY;
    const nextShown = info?.next && left <= NEXT_SECONDS && info.durationSeconds > NEXT_SECONDS * 2 && this.declined !== info.item.id;
    return html`
      ${this.flash ? html`<div class="flash ${this.flash < 0 ? "left" : "right"}" aria-hidden="true">${this.flash < 0 ? "−10 s" : "+10 s"}</div>` : nothing}
      ${nextShown ? html`<div class="next"><foyer-next-card .item=${info.next} .seconds=${left} @next=${() => this.next()} @dismiss=${() => (this.declined = info.item.id)}></foyer-next-card></div>` : nothing}
      ${this.showStats ? html`<div class="stats"><foyer-stats .playback=${this.playback} .video=${this.video} .encoder=${this.reporter.encoder ?? ""}></foyer-stats></div>` : nothing}
      ${this.message ? html`<div class="message" role="alert">${this.message}</div>` : nothing}
    `;
  }

  private perform(action: Action): void {
    this.wake();
    this.conductor.perform(action);
  }

  private obey(command: RemoteCommand): void {
    switch (command.kind) {
      case "PLAY":
        return this.perform({ do: "play" });
      case "PAUSE":
        return this.perform({ do: "pause" });
      case "SEEK":
        return this.perform({ do: "seek", to: command.positionSeconds ?? 0 });
      case "STOP":
        return this.close();
      case "NEXT":
        return this.perform({ do: "next" });
      case "PREVIOUS":
        return this.perform({ do: "previous" });
      case "SET_VOLUME":
        return this.perform({ do: "volume", to: command.volume ?? 1 });
      case "PLAY_ITEM":
        return command.itemId ? this.change(command.itemId, command.positionSeconds) : undefined;
      case "MESSAGE":
        this.message = command.text ?? "";
        setTimeout(() => (this.message = ""), 8_000);
    }
  }

  private readonly progress = (): void => {
    this.told();
    this.requestUpdate();
  };

  private readonly stateChanged = (): void => {
    this.told();
    this.keys.place(this.video);
    this.wake();
  };

  private wait(waiting: boolean): void {
    this.waiting = waiting;
    this.told();
  }

  private told(now = false): void {
    const playing = this.waiting ? "BUFFERING" : "PLAYING";
    this.reporter.tell(this.video.paused ? "PAUSED" : playing, this.video.currentTime, now);
  }

  private readonly ended = (): void => {
    this.told(true);
    if (this.playback.info?.next && this.declined !== this.playback.info.item.id) this.next();
    else this.close();
  };

  private next(): void {
    const next = this.playback.info?.next;
    if (next) this.change(next.id, 0);
  }

  /** Start over, or near the beginning play what comes before. */
  private async previous(): Promise<void> {
    const id = this.playback.info?.item.id;
    const near = id && this.video.currentTime < WORTH_STARTING_OVER;
    const item = near ? (await attempt(() => api.query(ItemPage, { id })))?.item : null;
    const before = item?.__typename === "Episode" ? item.previous : null;
    if (before) this.change(before.id, 0);
    else this.perform({ do: "seek", to: 0 });
  }

  /** Play another item in this player, null for where its viewer left off. */
  private change(item: string, position: number | null): void {
    this.reporter.tell("STOPPED", this.video.currentTime);
    this.playback.stop();
    const query = new URLSearchParams(position === null ? "" : `t=${position}`);
    const hash = `${href("play", item)}${position === null ? "" : `?${query}`}`;
    this.route = { path: ["play", item], query, key: hash.slice(1) };
    history.replaceState(history.state, "", hash);
    embed.settled();
    void this.reporter.stop().then(() => this.open("at once"));
  }

  /** Go on at another screen; this player is told to stop once that one plays. */
  private async cast(): Promise<void> {
    const { moveSomewhere, playSomewhere } = await import("../remote/choose");
    const { session } = this.reporter;
    const item = this.playback.info?.item.id;
    const moved = session ? await moveSomewhere(session, null) : item ? await playSomewhere(item) : false;
    if (moved && this.isConnected) this.close();
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    const item = this.playback.info?.item;
    if (history.length > 1 && history.state !== "opened") history.back();
    else go(item ? itemHref(item) : "#/", { replace: true });
  }

  private readonly key = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0] as HTMLElement;
    const own = target.matches?.("button, a") && (event.key === " " || event.key === "Enter");
    const ranged = target.matches?.("input") && event.key.startsWith("Arrow");
    const action = own || ranged || event.defaultPrevented ? null : actionOfKey(event);
    this.wake();
    if (!action || this.resumeAt !== null || document.querySelector("foyer-chooser")) return;
    event.preventDefault();
    this.perform(action);
  };

  private moved(event: PointerEvent): void {
    if (event.pointerType === "mouse") this.wake();
  }

  private wake(): void {
    this.awake = true;
    clearTimeout(this.idleTimer);
    this.idleTimer = window.setTimeout(() => (this.awake = this.video.paused || this.resumeAt !== null || this.playback.error !== null), IDLE_MS);
  }

  private menu(event: CustomEvent<boolean>): void {
    this.menuOpen = event.detail;
    this.wake();
    this.requestUpdate();
  }

  private tap(event: PointerEvent): void {
    if (event.pointerType === "mouse") {
      if (event.button === 0) this.perform({ do: "toggle" });
      return;
    }
    this.taps.tap(event.clientX / this.clientWidth, event.timeStamp);
  }

  private tapped(): void {
    if (this.awake && !this.video.paused) this.awake = false;
    else this.wake();
  }

  private doubleTapped(side: -1 | 1): void {
    this.conductor.perform({ do: "skip", by: side * 10 });
    this.flash = 0;
    requestAnimationFrame(() => (this.flash = side));
    setTimeout(() => (this.flash = 0), 500);
  }

  private doubleClicked(event: MouseEvent): void {
    event.preventDefault();
    if (matchMedia("(hover: hover)").matches) this.perform({ do: "fullscreen" });
  }
}
