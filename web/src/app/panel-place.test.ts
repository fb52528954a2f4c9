import { describe, expect, it } from "vitest";
import { hashFor, panelOf, placeIn } from "./panel-place";

const at = (pathname: string, hash = "") => ({ pathname, hash });

describe("Home Assistant's address", () => {
  it.each([
    ["/app/local_foyer", "/app/local_foyer"],
    ["/app/a1b2c3d4_foyer/item/1", "/app/a1b2c3d4_foyer"],
    ["/hassio/ingress/local_foyer", "/hassio/ingress/local_foyer"],
    ["/local_foyer/item/1", "/local_foyer"],
    ["/foyer", "/foyer"],
    ["/lovelace/foyer", null],
    ["/dashboard-foyer/0", null],
    ["/config/apps", null],
  ])("%s is the panel %s", (path, panel) => {
    expect(panelOf(at(path))).toBe(panel);
  });

  it("leads by its hash, else by its path", () => {
    expect(placeIn(at("/app/foyer"), "/app/foyer")).toBe("#/");
    expect(placeIn(at("/app/foyer/item/abc/"), "/app/foyer")).toBe("#/item/abc");
    expect(placeIn(at("/app/foyer/item/abc", "#/library/x?sort=TITLE"), "/app/foyer")).toBe("#/library/x?sort=TITLE");
    expect(placeIn(at("/app/foyer/item/abc", "#something"), "/app/foyer")).toBe("#/item/abc");
  });

  it("gets no hash where its path says it", () => {
    expect(hashFor(at("/app/foyer"), "/app/foyer", "")).toBe("");
    expect(hashFor(at("/app/foyer/item/abc"), "/app/foyer", "#/item/abc")).toBe("");
    expect(hashFor(at("/app/foyer/item/abc"), "/app/foyer", "")).toBe("#/");
    expect(hashFor(at("/app/foyer"), "/app/foyer", "#/item/abc")).toBe("#/item/abc");
  });
});
