import { LitElement, css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { methodName } from "../components/reasons";
import { t } from "../i18n";
import { bitRate, number } from "../i18n/format";
import { describeAudio, describeVideo } from "../pages/item/files";
import { base } from "../styles/base";
import type { Playback } from "./playback";

/** What really happens: how it plays and why, what is decoded, how far ahead. */
@customElement("foyer-stats")
export class Stats extends LitElement {
  @property({ attribute: false }) playback?: Playback;
  @property({ attribute: false }) video?: HTMLVideoElement;
  @property() encoder = "";
  @state() private tick = 0;
  private timer = 0;

  static override styles = [
    base,
    css`
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 3px 14px;
        padding: 14px 18px;
        max-width: min(560px, calc(100vw - 32px));
        max-height: 60vh;
        overflow-y: auto;
        border-radius: 14px;
        background: rgba(10, 12, 15, 0.84);
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      dt {
        color: #b8c0c8;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(() => this.tick++, 500);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  protected override render() {
    const { playback, video } = this;
    const { info, candidate, engine } = playback ?? {};
    if (!video || !info || !candidate) return nothing;
    const quality = video.getVideoPlaybackQuality();
    const end = [...Array(video.buffered.length).keys()].map((at) => video.buffered.end(at)).find((one) => one >= video.currentTime) ?? video.currentTime;
    const stream = engine?.stream;
    const rows: Array<readonly [string, unknown]> = [
      [t("stats.method"), methodName(candidate.method)],
      [t("stats.why"), candidate.reasons.map((reason) => html`<div>${reason.message}</div>`)],
      [t("stats.encoder"), this.encoder],
      [t("stats.source"), [info.file.container, ...info.file.videoStreams.map(describeVideo)].filter(Boolean).join(" · ")],
      [t("file.audio"), info.file.audioStreams.map(describeAudio)[0]],
      [t("stats.sent"), [candidate.container, candidate.codecs, candidate.bitRate && bitRate(candidate.bitRate)].filter(Boolean).join(" · ")],
      [t("stats.level"), stream?.level ? `${stream.level.height}p · ${bitRate(stream.level.bitrate)}` : ""],
      [t("stats.bandwidth"), stream ? bitRate(stream.bandwidth) : ""],
      [t("stats.decoded"), `${video.videoWidth} × ${video.videoHeight}`],
      [t("stats.frames"), t("stats.dropped", { dropped: number(quality.droppedVideoFrames), total: number(quality.totalVideoFrames) })],
      [t("stats.buffer"), `${number(end - video.currentTime, 1)} s`],
    ];
    return html`<dl data-tick=${this.tick}>${rows.filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value)).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
  }
}
