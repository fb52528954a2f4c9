import type { AudioSupportInput, CodecSupportInput, DeviceProfileInput, HdrKind } from "../api/generated";
import { deviceName } from "../app/device";

/** Codecs by libav's name with the RFC 6381 strings to ask the browser with, the most capable last. */
const VIDEO: ReadonlyArray<{ codec: string; asks: ReadonlyArray<{ string: string; depth: number; level?: number }> }> = [
  { codec: "h264", asks: [{ string: "avc1.640028", depth: 8, level: 40 }, { string: "avc1.640033", depth: 8, level: 51 }, { string: "avc1.6e0033", depth: 10, level: 51 }] },
  { codec: "hevc", asks: [{ string: "hvc1.1.6.L120.B0", depth: 8, level: 120 }, { string: "hvc1.2.4.L153.B0", depth: 10, level: 153 }] },
  { codec: "vp8", asks: [{ string: "vp8", depth: 8 }] },
  { codec: "vp9", asks: [{ string: "vp09.00.51.08", depth: 8 }, { string: "vp09.02.51.10", depth: 10 }] },
  { codec: "av1", asks: [{ string: "av01.0.13M.08", depth: 8 }, { string: "av01.0.13M.10", depth: 10 }] },
  { codec: "mpeg2video", asks: [{ string: "mp2v", depth: 8 }] },
];
const AUDIO: ReadonlyArray<readonly [codec: string, string: string]> = [
  ["aac", "mp4a.40.2"],
  ["mp3", "mp4a.69"],
  ["ac3", "ac-3"],
  ["eac3", "ec-3"],
  ["opus", "opus"],
  ["flac", "flac"],
  ["vorbis", "vorbis"],
  ["alac", "alac"],
  ["dts", "dtsc"],
];
const CONTAINERS: ReadonlyArray<readonly [container: string, type: string]> = [
  ["mp4", "video/mp4"],
  ["mov", "video/mp4"],
  ["webm", 'video/webm; codecs="vp8"'],
  ["matroska", 'video/x-matroska; codecs="avc1.640028"'],
  ["mp3", "audio/mpeg"],
  ["ogg", 'audio/ogg; codecs="vorbis"'],
];
const IN_WEBM: ReadonlySet<string> = new Set(["vp8", "vorbis"]);
const SIZES: ReadonlyArray<readonly [number, number]> = [
  [1920, 1080],
  [3840, 2160],
];

/** What the profile is computed from; the real browser, or a stand-in in tests. */
export interface Abilities {
  canPlay: (type: string) => boolean;
  canStream: (type: string) => boolean;
  /** Whether a stream of this type and size can be decoded. */
  canDecode: (type: string, width: number, height: number, hdr: HdrKind | null) => Promise<boolean>;
  hdrScreen: boolean;
  surround: boolean;
  nativeHls: boolean;
}

const mime = (codec: string, string: string, audio = false): string => `${audio ? "audio" : "video"}/${IN_WEBM.has(codec) ? "webm" : "mp4"}; codecs="${string}"`;

async function videoSupport(abilities: Abilities, can: (type: string) => boolean): Promise<CodecSupportInput[]> {
  const found = await Promise.all(
    VIDEO.map(async ({ codec, asks }): Promise<CodecSupportInput | null> => {
      const able = asks.filter((ask) => can(mime(codec, ask.string)));
      const best = able.at(-1);
      if (!best) return null;
      const type = mime(codec, best.string);
      const sizes = await Promise.all(SIZES.map(async (size) => ((await abilities.canDecode(type, ...size, null)) ? size : null)));
      const size = sizes.findLast((one) => one !== null) ?? null;
      if (!size) return null;
      const hdr: HdrKind[] = ["SDR"];
      if (best.depth > 8 && abilities.hdrScreen && (await abilities.canDecode(type, ...size, "HDR10"))) hdr.push("HDR10", "HLG");
      return { codec, maxBitDepth: best.depth, maxLevel: best.level ?? null, maxWidth: Math.max(...size), maxHeight: Math.max(...size), hdr };
    }),
  );
  return found.filter((one) => one !== null);
}

function audioSupport(abilities: Abilities, can: (type: string) => boolean): AudioSupportInput[] {
  const maxChannels = abilities.surround ? 8 : null;
  return AUDIO.filter(([codec, string]) => can(mime(codec, string, true)) || (codec === "mp3" && can("audio/mpeg"))).map(([codec]) => ({ codec, maxChannels }));
}

/** What this browser can play, by asking it rather than by its name. */
export async function profileOf(abilities: Abilities): Promise<DeviceProfileInput> {
  const streams = (type: string): boolean => (abilities.nativeHls ? abilities.canPlay(type) : abilities.canStream(type));
  const [directVideo, hlsVideo] = await Promise.all([videoSupport(abilities, abilities.canPlay), videoSupport(abilities, streams)]);
  return {
    name: deviceName(),
    directContainers: CONTAINERS.filter(([, type]) => abilities.canPlay(type)).map(([container]) => container),
    directVideo,
    directAudio: audioSupport(abilities, abilities.canPlay),
    // VP8 and Vorbis have no place in fragmented MP4.
    hlsVideo: hlsVideo.filter((one) => !IN_WEBM.has(one.codec)),
    hlsAudio: audioSupport(abilities, streams).filter((one) => !IN_WEBM.has(one.codec)),
    canSwitchAudioTracks: false,
    textSubtitles: true,
    supportsHls: abilities.nativeHls || hlsVideo.length > 0,
  };
}

/** Native HLS only where the browser's own is the better one; elsewhere "maybe" means trouble. */
export const prefersNativeHls = (): boolean => "ManagedMediaSource" in window && !("MediaSource" in window);

function browserAbilities(): Abilities {
  const probe = document.createElement("video");
  const source = window.MediaSource ?? (window as { ManagedMediaSource?: typeof MediaSource }).ManagedMediaSource;
  return {
    canPlay: (type) => probe.canPlayType(type) !== "",
    canStream: (type) => source?.isTypeSupported(type) ?? false,
    canDecode: async (contentType, width, height, hdr) => {
      if (!("mediaCapabilities" in navigator)) return true;
      const video: VideoConfiguration = { contentType, width, height, bitrate: 20_000_000, framerate: 30 };
      if (hdr) Object.assign(video, { hdrMetadataType: "smpteSt2086", colorGamut: "rec2020", transferFunction: "pq" });
      try {
        return (await navigator.mediaCapabilities.decodingInfo({ type: "file", video })).supported;
      } catch {
        return false; // a type the browser does not even know
      }
    },
    hdrScreen: matchMedia("(dynamic-range: high)").matches,
    surround: false,
    nativeHls: prefersNativeHls(),
  };
}

let known: Promise<DeviceProfileInput> | null = null;

/** The profile of this device; asked once. */
export function deviceProfile(): Promise<DeviceProfileInput> {
  known ??= profileOf(browserAbilities());
  return known;
}
