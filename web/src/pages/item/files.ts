import { mdiAlertCircleOutline, mdiFileVideoOutline } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { icon } from "../../components/icon";
import { t } from "../../i18n";
import { bitRate, bytes, duration, language, number } from "../../i18n/format";
import { base } from "../../styles/base";
import type { FileFacts } from "./types";

type Video = FileFacts["videoStreams"][number];
type Audio = FileFacts["audioStreams"][number];
type Subtitle = FileFacts["subtitleStreams"][number];

const CHANNELS: Readonly<Record<number, string>> = { 1: "Mono", 2: "Stereo", 6: "5.1", 8: "7.1" };
const join = (parts: ReadonlyArray<string | number | null | false | undefined>): string => parts.filter(Boolean).join(" · ");

export function resolutionName(video: { width: number | null; height: number | null }): string {
  const lines = Math.max(video.height ?? 0, Math.round(((video.width ?? 0) * 9) / 16));
  const known = [2160, 1440, 1080, 720, 576, 480, 360, 240, 144].find((step) => lines >= step * 0.92);
  return known === 2160 ? "4K" : known ? `${known}p` : lines ? `${lines}p` : "";
}

export const describeVideo = (one: Video): string =>
  join([
    one.codec.toUpperCase(),
    one.profile,
    one.width && one.height && `${one.width} × ${one.height}`,
    one.frameRate && `${number(one.frameRate, 3)} fps`,
    one.bitDepth && one.bitDepth > 8 && `${one.bitDepth} bit`,
    one.hdr && one.hdr !== "SDR" && one.hdr.replaceAll("_", " "),
    one.interlaced && t("file.interlaced"),
    one.bitRate && bitRate(one.bitRate),
  ]);

export const describeAudio = (one: Audio): string =>
  join([
    language(one.language),
    one.codec.toUpperCase(),
    one.channels && (CHANNELS[one.channels] ?? one.channelLayout ?? `${one.channels} ch`),
    one.sampleRate && `${number(one.sampleRate / 1000, 1)} kHz`,
    one.bitRate && bitRate(one.bitRate),
    one.title,
  ]);

const describeSubtitle = (one: Subtitle): string =>
  join([
    language(one.language) ?? t("track.unknown"),
    one.codec.toUpperCase(),
    one.forced && t("track.forced"),
    one.hearingImpaired && t("track.sdh"),
    one.external && t("track.external"),
    one.title,
  ]);

/** The files of an item with every stream in them. */
@customElement("foyer-item-files")
export class ItemFiles extends LitElement {
  @property({ attribute: false }) files: readonly FileFacts[] = [];

  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: 14px;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr));
      }
      header {
        display: flex;
        gap: 12px;
        align-items: flex-start;
        margin-bottom: 12px;
      }
      header .icon {
        color: var(--f-primary-ink);
        margin-top: 1px;
      }
      .name {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .path {
        overflow-wrap: anywhere;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 5px 16px;
        font-size: 14px;
      }
      dt {
        color: var(--f-muted);
      }
    `,
  ];

  protected override render() {
    return this.files.map((file) => this.file(file));
  }

  private file(file: FileFacts) {
    return html`<article class="panel">
      <header>
        ${icon(file.state === "OK" ? mdiFileVideoOutline : mdiAlertCircleOutline)}
        <div>
          <div class="name">${file.fileName}</div>
          ${file.path ? html`<div class="muted small path">${file.path}</div>` : nothing}
          <div class="muted small">${join([file.container, bytes(file.sizeBytes), file.durationSeconds && duration(file.durationSeconds), file.bitRate && bitRate(file.bitRate), file.edition, file.version])}</div>
          ${file.problem ? html`<div class="chip bad">${file.problem}</div>` : nothing}
        </div>
      </header>
      <dl>
        ${this.lines(t("file.video"), file.videoStreams.map(describeVideo))} ${this.lines(t("file.audio"), file.audioStreams.map(describeAudio))}
        ${this.lines(t("file.subtitles"), file.subtitleStreams.map(describeSubtitle))}
      </dl>
    </article>`;
  }

  private lines(name: string, values: readonly string[]) {
    return values.length > 0 ? html`<dt>${name}</dt><dd>${values.map((value) => html`<div>${value}</div>`)}</dd>` : nothing;
  }
}
