import type { FileFacts, ItemPageQuery } from "../../api/generated";

export type PageItem = NonNullable<ItemPageQuery["item"]>;
export type PlayableItem = Extract<PageItem, { files: unknown }>;
export type { FileFacts };

export const isPlayableItem = (item: PageItem): item is PlayableItem => "files" in item;
