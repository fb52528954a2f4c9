import type { Client } from "../api/client";
import { ApiError } from "../api/errors";
import { PlaybackInfo, type PlaybackInfoInput, type PlaybackInfoQuery } from "../api/generated";
import { Engine, type Failure } from "./engine";
import { deviceProfile } from "./profile";

export type Info = PlaybackInfoQuery["playbackInfo"];
export type Candidate = Info["candidates"][number];
export type Wishes = Pick<PlaybackInfoInput, "audioIndex" | "subtitleId" | "maxHeight" | "maxBitRate">;

const RENEW_MS = 60_000;

/** Asks how to play an item and tries the answers in order until one works. Dispatches `change` and `source`. */
export class Playback extends EventTarget {
  info: Info | null = null;
  candidate: Candidate | null = null;
  engine: Engine | null = null;
  error: Error | null = null;
  /** What failed on the way to the present candidate. */
  failures: Failure[] = [];
  wishes: Wishes = {};
  private item = "";
  private at = 0;
  private renewedAt = 0;
  private turn = 0;

  constructor(
    private readonly client: Client,
    private readonly video: HTMLVideoElement,
  ) {
    super();
  }

  /** Ask the server; nothing plays yet. */
  async prepare(item: string): Promise<Info | null> {
    this.item = item;
    return this.ask();
  }

  /** Play from a position in seconds with the best candidate. */
  async play(startAt: number): Promise<void> {
    this.at = 0;
    this.failures = [];
    await this.attempt(startAt);
  }

  /** Ask again with other wishes and go on where we are. */
  async change(wishes: Wishes): Promise<void> {
    this.wishes = { ...this.wishes, ...wishes };
    await this.again(this.video.currentTime);
  }

  async again(position: number): Promise<void> {
    const paused = this.video.paused && this.error === null;
    this.engine?.stop();
    this.engine = null;
    if (!(await this.ask())) return;
    await this.play(position);
    if (paused) this.video.pause();
  }

  stop(): void {
    this.turn++;
    this.engine?.stop();
    this.engine = null;
  }

  private async ask(): Promise<Info | null> {
    const turn = ++this.turn;
    this.error = null;
    this.announce("change");
    try {
      const input: PlaybackInfoInput = { item: this.item, profile: await deviceProfile(), ...this.wishes };
      const { playbackInfo } = await this.client.query(PlaybackInfo, { input });
      if (turn !== this.turn) return null;
      this.info = playbackInfo;
    } catch (error) {
      if (turn !== this.turn) return null;
      this.error = error instanceof Error ? error : new ApiError("INTERNAL", String(error));
    }
    this.announce("change");
    return this.error ? null : this.info;
  }

  private async attempt(startAt: number): Promise<void> {
    const candidate = this.info?.candidates[this.at];
    if (!candidate || !this.info) return this.giveUp();
    this.candidate = candidate;
    const hls = candidate.mimeType.toLowerCase().includes("mpegurl");
    const picture = this.info.file.videoStreams.length > 0;
    const source = { url: this.client.url(candidate.url), hls, startAt, picture };
    this.engine = new Engine(this.video, source, (why, position) => void this.failed(why, position));
    this.announce("source");
    await this.engine.start();
    await this.video.play().catch(() => undefined); // the browser wants a click first: the controls stay
  }

  private async failed(why: Failure, position: number): Promise<void> {
    this.failures.push(why);
    // A signed address that ran out looks like a network failure: ask for a new one, once in a while.
    if (why === "network" && Date.now() - this.renewedAt > RENEW_MS) {
      this.renewedAt = Date.now();
      return this.again(position);
    }
    this.at += 1;
    await this.attempt(position);
  }

  private giveUp(): void {
    this.candidate = null;
    this.error = new PlaybackError(this.failures.at(-1) ?? "decode");
    this.announce("change");
  }

  private announce(type: "change" | "source"): void {
    this.dispatchEvent(new Event(type));
  }
}

/** Every candidate failed. */
export class PlaybackError extends Error {
  constructor(readonly why: Failure) {
    super(why);
  }
}
