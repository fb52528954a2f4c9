import type { ItemCard } from "../api/generated";
import { caption } from "../components/labels";
import type { Action } from "./actions";

/** Shows what plays on lock screens and headsets, and listens to their keys. */
export class MediaKeys {
  private readonly session = "mediaSession" in navigator ? navigator.mediaSession : null;

  constructor(private readonly perform: (action: Action) => void) {}

  show(item: ItemCard, artwork: string | null, hasNext: boolean): void {
    if (!this.session) return;
    const { title, detail } = caption(item);
    this.session.metadata = new MediaMetadata({ title, artist: detail, artwork: artwork ? [{ src: artwork, sizes: "640x360" }] : [] });
    this.on("play", () => this.perform({ do: "play" }));
    this.on("pause", () => this.perform({ do: "pause" }));
    this.on("stop", () => this.perform({ do: "close" }));
    this.on("seekbackward", (detail) => this.perform({ do: "skip", by: -(detail.seekOffset ?? 10) }));
    this.on("seekforward", (detail) => this.perform({ do: "skip", by: detail.seekOffset ?? 10 }));
    this.on("seekto", (detail) => detail.seekTime !== undefined && this.perform({ do: "seek", to: detail.seekTime }));
    this.on("nexttrack", hasNext ? () => this.perform({ do: "next" }) : null);
  }

  place(video: HTMLVideoElement): void {
    if (!this.session) return;
    this.session.playbackState = video.paused ? "paused" : "playing";
    if (Number.isFinite(video.duration) && video.currentTime <= video.duration) {
      this.session.setPositionState({ duration: video.duration, position: video.currentTime, playbackRate: video.playbackRate });
    }
  }

  clear(): void {
    if (!this.session) return;
    this.session.metadata = null;
    this.session.playbackState = "none";
    for (const action of ["play", "pause", "stop", "seekbackward", "seekforward", "seekto", "nexttrack"] as const) this.on(action, null);
  }

  private on(action: MediaSessionAction, handler: MediaSessionActionHandler | null): void {
    try {
      this.session?.setActionHandler(action, handler);
    } catch {
      return; // an action this browser does not know
    }
  }
}
