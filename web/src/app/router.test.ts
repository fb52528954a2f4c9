import { describe, expect, it } from "vitest";
import { href, parse } from "./router";

describe("parse", () => {
  it("takes an empty hash for the home page", () => {
    expect(parse("").path).toEqual([]);
    expect(parse("#/").path).toEqual([]);
  });

  it("gives back the parts and parameters that href wrote", () => {
    const route = parse(`${href("item", "a/b c")}?t=12.5`);
    expect(route.path).toEqual(["item", "a/b c"]);
    expect(route.query.get("t")).toBe("12.5");
  });

  it("keeps a question mark inside a parameter", () => {
    expect(parse("#/search?q=who%3F").query.get("q")).toBe("who?");
  });
});
