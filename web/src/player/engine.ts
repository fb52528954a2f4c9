import type Hls from "hls.js";
import type { ErrorData } from "hls.js";
import { patient } from "./patient-abr";
import { prefersNativeHls } from "./profile";

export interface Source {
  url: string;
  hls: boolean;
  startAt: number;
  /** The file has pictures: sound alone means that they cannot be decoded. */
  picture: boolean;
}

/** Why a source does not play. */
export type Failure = "network" | "decode" | "blank" | "timeout";

/** Bits per second to begin with: most viewers are at home. */
const HOME_NETWORK = 20_000_000;
/** The server holds a request while the segment is made, and answers 503 when that takes long. */
const WAIT_FOR_ENCODER = {
  default: {
    maxTimeToFirstByteMs: 30_000,
    maxLoadTimeMs: 120_000,
    timeoutRetry: { maxNumRetry: 3, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 8, retryDelayMs: 1_000, maxRetryDelayMs: 4_000 },
  },
};
const METADATA_MS = 45_000;
const BLANK_SECONDS = 1.2;

/** Plays one source in a video element, and says once if it cannot. */
export class Engine {
  private hls: Hls | null = null;
  private timer = 0;
  private over = false;
  private recovered = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly source: Source,
    /** @param position in seconds, where it failed */
    private readonly failed: (why: Failure, position: number) => void,
  ) {}

  async start(): Promise<void> {
    this.video.addEventListener("error", this.onError);
    this.video.addEventListener("timeupdate", this.onTime);
    this.timer = window.setTimeout(() => this.video.readyState === 0 && this.fail("timeout"), METADATA_MS);
    if (this.source.hls && !prefersNativeHls()) await this.startHls();
    else this.startDirect();
  }

  /** What hls.js knows of the stream, for the statistics. */
  get stream(): { bandwidth: number; level: { height: number; bitrate: number } | null } | null {
    if (!this.hls) return null;
    const level = this.hls.levels[this.hls.currentLevel];
    return { bandwidth: this.hls.bandwidthEstimate, level: level ? { height: level.height, bitrate: level.bitrate } : null };
  }

  stop(): void {
    this.over = true;
    clearTimeout(this.timer);
    this.video.removeEventListener("error", this.onError);
    this.video.removeEventListener("timeupdate", this.onTime);
    this.hls?.destroy();
    this.hls = null;
    this.video.removeAttribute("src");
    this.video.load();
  }

  private startDirect(): void {
    const { video, source } = this;
    video.src = source.url;
    if (source.startAt > 0) video.addEventListener("loadedmetadata", () => (video.currentTime = source.startAt), { once: true });
  }

  private async startHls(): Promise<void> {
    const { default: HlsPlayer, AbrController } = await import("hls.js");
    if (this.over) return;
    if (!HlsPlayer.isSupported()) return this.startDirect();
    // Subtitles are drawn by the player itself, so hls.js need not read them.
    this.hls = new HlsPlayer({
      startPosition: this.source.startAt,
      enableWebVTT: false,
      enableIMSC1: false,
      enableCEA708Captions: false,
      maxBufferLength: 40,
      backBufferLength: 60,
      abrController: patient(AbrController),
      abrEwmaDefaultEstimate: HOME_NETWORK,
      fragLoadPolicy: WAIT_FOR_ENCODER,
    });
    this.hls.on(HlsPlayer.Events.ERROR, (_, data) => this.onHlsError(data));
    this.hls.loadSource(this.source.url);
    this.hls.attachMedia(this.video);
  }

  private onHlsError(data: ErrorData): void {
    if (!data.fatal) return;
    if (data.type === "mediaError" && this.recovered++ < 2) this.hls?.recoverMediaError();
    else this.fail(data.type === "networkError" ? "network" : "decode");
  }

  private readonly onError = (): void => {
    if (this.hls) return; // hls.js sees it too and may recover
    this.fail(this.video.error?.code === MediaError.MEDIA_ERR_NETWORK ? "network" : "decode");
  };

  /** Some browsers play the sound of a video they cannot decode, and never say so. */
  private readonly onTime = (): void => {
    const { video, source } = this;
    if (source.picture && video.videoWidth === 0 && video.readyState >= 2 && video.currentTime > source.startAt + BLANK_SECONDS) this.fail("blank");
  };

  private fail(why: Failure): void {
    if (this.over) return;
    const position = Math.max(this.source.startAt, why === "blank" ? 0 : this.video.currentTime);
    this.stop();
    this.failed(why, position);
  }
}
