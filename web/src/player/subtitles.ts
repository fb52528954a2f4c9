import type { Info } from "./playback";

export type SubtitleTrack = Info["subtitleTracks"][number];

/** Draws the cues of one WebVTT file over the video. In the browser's own picture-in-picture they are its to draw. */
export class Subtitles {
  chosen: SubtitleTrack | null = null;
  /** How many seconds later than written the cues appear. */
  delay = 0;
  private element: HTMLTrackElement | null = null;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly stage: HTMLElement,
    private readonly failed: () => void,
  ) {
    video.addEventListener("enterpictureinpicture", () => this.show(true));
    video.addEventListener("leavepictureinpicture", () => this.show(false));
  }

  /** Show this track from `url`, or none. */
  choose(track: SubtitleTrack | null, url: string | null): void {
    this.element?.remove();
    this.element = null;
    this.chosen = track;
    this.delay = 0;
    this.stage.replaceChildren();
    if (!track || !url) return;
    const element = document.createElement("track");
    element.kind = "subtitles";
    element.label = track.title ?? track.language ?? "";
    if (track.language) element.srclang = track.language;
    element.src = url;
    element.addEventListener("error", this.failed);
    this.video.append(element);
    element.track.mode = "hidden";
    element.track.addEventListener("cuechange", () => this.draw());
    this.element = element;
  }

  /** Move every cue by some seconds. */
  shift(by: number): void {
    this.delay = Math.round((this.delay + by) * 100) / 100;
    for (const cue of this.element?.track.cues ?? []) {
      cue.startTime += by;
      cue.endTime += by;
    }
    this.draw();
  }

  private show(native: boolean): void {
    if (this.element) this.element.track.mode = native ? "showing" : "hidden";
  }

  private draw(): void {
    const cues = [...(this.element?.track.activeCues ?? [])] as VTTCue[];
    this.stage.replaceChildren(
      ...cues.map((cue) => {
        const line = document.createElement("div");
        line.className = "cue";
        const text = document.createElement("span");
        text.append(cue.getCueAsHTML());
        line.append(text);
        return line;
      }),
    );
  }
}

/** The track to begin with: the language chosen before, or what the file marks as needed. */
export function firstTrack(tracks: readonly SubtitleTrack[], wanted: string | null): SubtitleTrack | null {
  if (wanted === "off") return tracks.find((track) => track.forced && track.default) ?? null;
  if (wanted) return tracks.find((track) => track.language === wanted && !track.forced) ?? null;
  return tracks.find((track) => track.default && track.text) ?? null;
}
