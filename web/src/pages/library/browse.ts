import type { ItemFilter, ItemKind, ItemOrder, ItemOrderField, LibraryKind } from "../../api/generated";
import type { MessageKey } from "../../i18n";

/** What of a library the user wants to see, as its parameters in the address. */
export type Params = Readonly<Record<string, string>>;

export const ORDERS: ReadonlyArray<{ field: ItemOrderField; label: MessageKey; descending: boolean }> = [
  { field: "TITLE", label: "sort.TITLE", descending: false },
  { field: "ADDED_AT", label: "sort.ADDED_AT", descending: true },
  { field: "PREMIERED", label: "sort.PREMIERED", descending: true },
  { field: "COMMUNITY_RATING", label: "sort.COMMUNITY_RATING", descending: true },
  { field: "DURATION", label: "sort.DURATION", descending: false },
  { field: "LAST_PLAYED_AT", label: "sort.LAST_PLAYED_AT", descending: true },
];

/** The kinds of item a library can show side by side; the first is what its page opens with. */
export const KINDS: Readonly<Record<LibraryKind, readonly ItemKind[]>> = {
  MOVIES: ["MOVIE"],
  SERIES: ["SERIES", "EPISODE"],
  MUSIC_VIDEOS: ["MUSIC_VIDEO", "ARTIST"],
  HOME_VIDEOS: ["HOME_VIDEO"],
  MUSIC: ["MUSIC_VIDEO", "ARTIST"],
  PHOTOS: ["HOME_VIDEO"],
  DOCUMENTS: ["HOME_VIDEO"],
};

export const STATES = ["unwatched", "progress", "watched", "favourite"] as const;

export function kindOf(library: LibraryKind, params: Params): ItemKind {
  const kinds = KINDS[library];
  return kinds.find((kind) => kind === params.kind) ?? (kinds[0] as ItemKind);
}

export function filterOf(library: LibraryKind, params: Params): ItemFilter {
  const filter: ItemFilter = { kinds: [kindOf(library, params)] };
  if (params.genre) filter.genres = { any: [params.genre] };
  if (params.state === "watched") filter.watched = true;
  if (params.state === "unwatched") filter.watched = false;
  if (params.state === "progress") filter.inProgress = true;
  if (params.state === "favourite") filter.favourite = true;
  if (params.decade) filter.year = { gte: Number(params.decade), lte: Number(params.decade) + 9 };
  if (params.letter) filter.title = { startsWith: params.letter };
  return filter;
}

export function orderOf(params: Params): ItemOrder {
  const order = ORDERS.find((one) => one.field === params.sort) ?? ORDERS[0];
  const descending = params.dir ? params.dir === "desc" : (order?.descending ?? false);
  return { field: order?.field ?? "TITLE", direction: descending ? "DESC" : "ASC" };
}

/** Decades from the present one back, for a menu. */
export function decades(now: number): number[] {
  const latest = Math.floor(now / 10) * 10;
  return Array.from({ length: 10 }, (_, at) => latest - at * 10);
}
