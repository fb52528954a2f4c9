import { describe, expect, it } from "vitest";
import { layout, visible } from "./grid-layout";

describe("layout", () => {
  it.each([320, 390, 768, 1280, 2560])("fills %i pixels without overflowing", (width) => {
    for (const wide of [false, true]) {
      const { columns, cellWidth, gap } = layout(width, wide);
      expect(columns * cellWidth + (columns - 1) * gap).toBeLessThanOrEqual(width);
      expect(cellWidth).toBeGreaterThan(80);
    }
  });

  it("shows three posters side by side on a phone", () => {
    expect(layout(358, false).columns).toBe(3);
  });
});

describe("visible", () => {
  const shape = layout(1280, false);

  it("draws a few rows of ten thousand", () => {
    const { first, last } = visible(shape, 200_000, 800, 10_000);
    expect(last - first).toBeLessThan(shape.columns * 12);
    expect(first % shape.columns).toBe(0);
  });

  it("stays inside the list at both ends", () => {
    expect(visible(shape, -500, 800, 10).first).toBe(0);
    expect(visible(shape, 0, 800, 10).last).toBe(10);
    expect(visible(shape, 1e9, 800, 10)).toEqual({ first: 10, last: 10 });
  });
});
