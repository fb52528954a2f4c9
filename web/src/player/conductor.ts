import { api } from "../app/services";
import { type Action, nextSpeed } from "./actions";
import type { Look } from "./controls";
import type { Playback } from "./playback";
import { loadPrefs, savePrefs } from "./prefs";
import { type Subtitles, firstTrack } from "./subtitles";

interface Stage {
  next: () => void;
  previous: () => void;
  cast: () => void;
  close: () => void;
  stats: () => void;
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Carries out what the player is told. */
export class Conductor {
  constructor(
    private readonly host: HTMLElement & { requestUpdate(): void },
    private readonly video: HTMLVideoElement,
    private readonly playback: Playback,
    private readonly subtitles: Subtitles,
    private readonly stage: Stage,
  ) {}

  get look(): Look {
    const { video } = this;
    const ranges = Array.from({ length: video.buffered.length }, (_, at) => [video.buffered.start(at), video.buffered.end(at)] as const);
    return {
      paused: video.paused,
      position: video.currentTime,
      duration: this.duration,
      buffered: ranges,
      volume: video.volume,
      muted: video.muted,
      speed: video.playbackRate,
      fullscreen: document.fullscreenElement === this.host,
      subtitle: this.subtitles.chosen?.id ?? this.playback.wishes.subtitleId ?? null,
      delay: this.subtitles.delay,
    };
  }

  private get duration(): number {
    return Number.isFinite(this.video.duration) && this.video.duration > 0 ? this.video.duration : (this.playback.info?.durationSeconds ?? 0);
  }

  chooseFirstSubtitle(): void {
    const track = firstTrack(this.playback.info?.subtitleTracks ?? [], loadPrefs().subtitles);
    this.subtitles.choose(track?.url ? track : null, track?.url ? api.url(track.url) : null);
  }

  perform(action: Action): void {
    const { video } = this;
    switch (action.do) {
      case "toggle":
        return this.play(video.paused);
      case "play":
      case "pause":
        return this.play(action.do === "play");
      case "seek":
        return this.seek(action.to);
      case "skip":
        return this.seek(video.currentTime + action.by);
      case "jump":
        return this.seek(this.duration * action.part);
      case "mute":
        return this.volume(video.volume, !video.muted);
      case "volume":
        return this.volume(action.to, action.to === 0);
      case "louder":
        return this.volume(video.volume + action.by, false);
      case "speed":
        video.playbackRate = action.to;
        return;
      case "faster":
        video.playbackRate = nextSpeed(video.playbackRate, action.by);
        return;
      case "quality":
        return void this.playback.change({ maxHeight: action.height, maxBitRate: action.bitRate });
      case "audio":
        return void this.playback.change({ audioIndex: action.index });
      case "subtitle":
        return this.subtitle(action.id);
      case "captions":
        return this.toggleCaptions();
      case "delay":
        this.subtitles.shift(action.by);
        return this.host.requestUpdate();
      case "fullscreen":
        return this.fullscreen();
      case "pip":
        return void (document.pictureInPictureElement ? document.exitPictureInPicture() : video.requestPictureInPicture()).catch(() => undefined);
      default:
        return this.stage[action.do]();
    }
  }

  private play(yes: boolean): void {
    if (yes) void this.video.play().catch(() => undefined);
    else this.video.pause();
  }

  private seek(to: number): void {
    this.video.currentTime = clamp(to, 0, Math.max(0, this.duration - 0.1));
    this.host.requestUpdate();
  }

  private volume(volume: number, muted: boolean): void {
    this.video.volume = clamp(volume, 0, 1);
    this.video.muted = muted;
    savePrefs({ volume: this.video.volume, muted });
  }

  private subtitle(id: string | null): void {
    const track = this.playback.info?.subtitleTracks.find((one) => one.id === id) ?? null;
    savePrefs({ subtitles: track ? track.language : "off" });
    this.subtitles.choose(track?.url ? track : null, track?.url ? api.url(track.url) : null);
    // Pictures cannot be drawn here: the server burns them in, and stops when they are no longer wanted.
    const burnt = track && !track.url ? track.id : null;
    if (burnt !== (this.playback.wishes.subtitleId ?? null)) void this.playback.change({ subtitleId: burnt });
    this.host.requestUpdate();
  }

  private toggleCaptions(): void {
    if (this.look.subtitle) return this.subtitle(null);
    const tracks = this.playback.info?.subtitleTracks ?? [];
    const wanted = loadPrefs().subtitles;
    const track = tracks.find((one) => one.language === wanted) ?? tracks.find((one) => one.default) ?? tracks[0];
    if (track) this.subtitle(track.id);
  }

  private fullscreen(): void {
    const phone = this.video as HTMLVideoElement & { webkitEnterFullscreen?: () => void };
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (this.host.requestFullscreen) void this.host.requestFullscreen().catch(() => undefined);
    else phone.webkitEnterFullscreen?.();
  }
}
