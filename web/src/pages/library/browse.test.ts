import { describe, expect, it } from "vitest";
import { decades, filterOf, kindOf, orderOf } from "./browse";

describe("what is shown of a library", () => {
  it("begins with its main kind by title", () => {
    expect(filterOf("SERIES", {})).toEqual({ kinds: ["SERIES"] });
    expect(orderOf({})).toEqual({ field: "TITLE", direction: "ASC" });
  });

  it("does not believe an address that names another library's kind", () => {
    expect(kindOf("MOVIES", { kind: "ARTIST" })).toBe("MOVIE");
    expect(kindOf("MUSIC_VIDEOS", { kind: "ARTIST" })).toBe("ARTIST");
  });

  it("follows every choice", () => {
    expect(filterOf("MOVIES", { genre: "g", decade: "1990", letter: "M", state: "unwatched" })).toEqual({
      kinds: ["MOVIE"],
      genres: { any: ["g"] },
      year: { gte: 1990, lte: 1999 },
      title: { startsWith: "M" },
      watched: false,
    });
    expect(orderOf({ sort: "ADDED_AT" }).direction).toBe("DESC");
    expect(orderOf({ sort: "ADDED_AT", dir: "asc" }).direction).toBe("ASC");
    expect(orderOf({ sort: "DROP TABLE" }).field).toBe("TITLE");
  });

  it("offers decades from the present one back", () => {
    expect(decades(2026).slice(0, 2)).toEqual([2020, 2010]);
  });
});
