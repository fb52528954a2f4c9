import { mdiAccountMusic, mdiFileDocument, mdiFilm, mdiFolder, mdiImage, mdiMovieOpen, mdiMusic, mdiMusicBoxMultiple, mdiTelevisionClassic, mdiVideo } from "@mdi/js";
import type { ItemCard, ItemKind, LibraryKind } from "../api/generated";
import { href } from "../app/router";
import { plural, t } from "../i18n";

export const LIBRARY_ICONS: Readonly<Record<LibraryKind, string>> = {
  MOVIES: mdiMovieOpen,
  SERIES: mdiTelevisionClassic,
  MUSIC_VIDEOS: mdiMusicBoxMultiple,
  HOME_VIDEOS: mdiVideo,
  MUSIC: mdiMusic,
  PHOTOS: mdiImage,
  DOCUMENTS: mdiFileDocument,
};

export const ITEM_ICONS: Readonly<Record<ItemKind, string>> = {
  MOVIE: mdiFilm,
  SERIES: mdiTelevisionClassic,
  SEASON: mdiFolder,
  EPISODE: mdiTelevisionClassic,
  MUSIC_VIDEO: mdiMusicBoxMultiple,
  ARTIST: mdiAccountMusic,
  HOME_VIDEO: mdiVideo,
};

export const isPlayable = (kind: ItemKind): boolean => kind === "MOVIE" || kind === "EPISODE" || kind === "MUSIC_VIDEO" || kind === "HOME_VIDEO";

/** Kinds whose pictures are wide. */
export const isWide = (kind: ItemKind): boolean => kind === "EPISODE" || kind === "MUSIC_VIDEO" || kind === "HOME_VIDEO";

/** "S2 E5", or "S2 E5–6" where a file holds two. */
export function episodeCode(item: { seasonNumber: number | null; number: number | null; lastNumber?: number | null }): string {
  const season = item.seasonNumber === null ? "" : `S${item.seasonNumber}`;
  const last = item.lastNumber && item.lastNumber !== item.number ? `–${item.lastNumber}` : "";
  const episode = item.number === null ? "" : `E${item.number}${last}`;
  return [season, episode].filter(Boolean).join(" ");
}

export interface Caption {
  title: string;
  detail: string;
}

/** What stands under a card. In its own series an episode needs no series' name. */
export function caption(item: ItemCard, alone = true): Caption {
  switch (item.__typename) {
    case "Episode": {
      const code = episodeCode(item);
      return alone ? { title: item.series.title, detail: [code, item.title].filter(Boolean).join(" · ") } : { title: item.title, detail: code };
    }
    case "Series":
      return { title: item.title, detail: [item.year, plural("count.episodes", item.episodeCount)].filter(Boolean).join(" · ") };
    case "Season":
      return { title: item.title, detail: plural("count.episodes", item.episodeCount) };
    case "MusicVideo":
      return { title: item.title, detail: item.artists.map((artist) => artist.title).join(", ") || String(item.year ?? "") };
    case "Artist":
      return { title: item.title, detail: plural("count.videos", item.videoCount) };
    default:
      return { title: item.title, detail: String(item.year ?? "") };
  }
}

/** One line that names an item wherever it stands alone. */
export function fullTitle(item: ItemCard): string {
  const { title, detail } = caption(item);
  return item.__typename === "Episode" || item.__typename === "MusicVideo" ? `${title} – ${detail}` : title;
}

export const itemHref = (item: { id: string }): string => href("item", item.id);
export const playHref = (item: { id: string }): string => href("play", item.id);

export const kindName = (kind: ItemKind): string => t(`kind.${kind}`);
export const libraryKindName = (kind: LibraryKind): string => t(`libraryKind.${kind}`);
