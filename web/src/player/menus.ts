import type { MenuItem } from "../components/menu";
import { t } from "../i18n";
import { bitRate, clock, language } from "../i18n/format";
import { type Action, SPEEDS } from "./actions";
import type { Info, Wishes } from "./playback";

type Perform = (action: Action) => void;

export function qualityMenu(info: Info, wishes: Wishes, perform: Perform): MenuItem[] {
  const chosen = wishes.maxHeight ?? null;
  return [
    { label: t("player.original"), checked: chosen === null, run: () => perform({ do: "quality", height: null, bitRate: null }) },
    ...info.qualities.map((one) => ({
      label: one.label,
      detail: bitRate(one.bitRate),
      checked: chosen === one.height && wishes.maxBitRate === one.bitRate,
      run: () => perform({ do: "quality", height: one.height, bitRate: one.bitRate }),
    })),
  ];
}

const join = (parts: ReadonlyArray<string | null | false>): string => parts.filter(Boolean).join(" · ");

export function audioMenu(info: Info, wishes: Wishes, perform: Perform): MenuItem[] {
  const chosen = wishes.audioIndex ?? info.audioTracks.find((track) => track.default)?.index ?? info.audioTracks[0]?.index;
  return info.audioTracks.map((track) => ({
    label: language(track.language) ?? track.title ?? t("track.numbered", { number: track.index }),
    detail: join([track.codec.toUpperCase(), track.channels !== null && (({ 1: "Mono", 2: "Stereo", 6: "5.1", 8: "7.1" })[track.channels] ?? `${track.channels} ch`)]),
    checked: track.index === chosen,
    run: () => perform({ do: "audio", index: track.index }),
  }));
}

export function subtitleMenu(info: Info, chosen: string | null, delay: number, perform: Perform): MenuItem[] {
  const items: MenuItem[] = [{ label: t("player.subtitlesOff"), checked: chosen === null, run: () => perform({ do: "subtitle", id: null }) }];
  for (const track of info.subtitleTracks) {
    items.push({
      label: language(track.language) ?? track.title ?? t("track.unknown"),
      detail: join([track.forced && t("track.forced"), track.hearingImpaired && t("track.sdh"), !track.text && t("track.burnIn")]),
      checked: track.id === chosen,
      run: () => perform({ do: "subtitle", id: track.id }),
    });
  }
  if (chosen === null) return items;
  const shown = `${delay > 0 ? "+" : ""}${delay.toFixed(2)} s`;
  return [
    ...items,
    { label: t("player.earlier"), detail: shown, separated: true, run: () => perform({ do: "delay", by: -0.25 }) },
    { label: t("player.later"), run: () => perform({ do: "delay", by: 0.25 }) },
  ];
}

export function moreMenu(info: Info, speed: number, perform: Perform): MenuItem[] {
  return [
    ...SPEEDS.map((one) => ({ label: one === 1 ? t("player.normalSpeed") : `${one}×`, checked: one === speed, run: () => perform({ do: "speed", to: one }) })),
    ...("pictureInPictureEnabled" in document && document.pictureInPictureEnabled ? [{ label: t("player.pip"), separated: true, run: () => perform({ do: "pip" }) } as MenuItem] : []),
    { label: t("player.stats"), separated: !document.pictureInPictureEnabled, run: () => perform({ do: "stats" }) },
    ...info.chapters
      .filter((chapter) => chapter.title)
      .map((chapter, at) => ({ label: chapter.title ?? "", detail: clock(chapter.startSeconds), separated: at === 0, run: () => perform({ do: "seek", to: chapter.startSeconds }) })),
  ];
}
