import type { Permission } from "../api/generated";

/** A page: which element draws it, what loads it, and what of the path it is given. */
export interface Page {
  tag: string;
  load: () => Promise<unknown>;
  /** Covers everything, without the shell's bars. */
  immersive?: boolean;
  needs?: Permission;
}

const PAGES: Readonly<Record<string, Page>> = {
  "": { tag: "foyer-home", load: () => import("../pages/home") },
  library: { tag: "foyer-library", load: () => import("../pages/library") },
  libraries: { tag: "foyer-libraries", load: () => import("../pages/libraries") },
  item: { tag: "foyer-item", load: () => import("../pages/item") },
  search: { tag: "foyer-search", load: () => import("../pages/search") },
  profile: { tag: "foyer-profile", load: () => import("../pages/profile") },
  play: { tag: "foyer-player", load: () => import("../player/player"), immersive: true },
  admin: { tag: "foyer-admin", load: () => import("../pages/admin/admin") },
};

export const pageOf = (path: readonly string[]): Page | undefined => PAGES[path[0] ?? ""];
