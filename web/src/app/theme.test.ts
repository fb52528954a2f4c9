import { describe, expect, it } from "vitest";
import { contrast, luminance, parseColour, readable, surface } from "./theme";

type Rgb = readonly [number, number, number];
const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

describe("colours", () => {
  it("agree with the corners of WCAG", () => {
    expect(luminance(WHITE)).toBeCloseTo(1);
    expect(contrast(BLACK, WHITE)).toBeCloseTo(21);
    expect(contrast(WHITE, WHITE)).toBe(1);
  });

  it.each(["#009ac7", "#ffeb3b", "#111111", "#ffffff", "#7b1fa2", "#ff9800"])("%s becomes readable on light and dark ground", (text) => {
    const colour = parseColour(text);
    if (!colour) throw new Error(text);
    for (const ground of [WHITE, [250, 250, 250], [17, 17, 17], BLACK] as const) {
      expect(contrast(readable(colour, ground), ground)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("leaves a colour alone that is readable already", () => {
    expect(readable(BLACK, WHITE)).toEqual(BLACK);
  });

  it("of a surface that its text cannot be read on give way to the ground's", () => {
    const [ground, text]: [Rgb, Rgb] = [[15, 17, 26], [225, 225, 225]];
    expect(contrast(surface([229, 229, 229], text, ground), text)).toBeGreaterThanOrEqual(4.5);
    expect(surface([40, 44, 52], text, ground)).toEqual([40, 44, 52]);
  });

  it("are read in every notation a theme uses", () => {
    expect(parseColour("#fff")).toEqual(WHITE);
    expect(parseColour(" rgb(1, 2, 3)")).toEqual([1, 2, 3]);
    expect(parseColour("rgba(1 2 3 / 0.5)")).toEqual([1, 2, 3]);
    expect(parseColour("var(--x)")).toBeNull();
    expect(parseColour("")).toBeNull();
  });
});
