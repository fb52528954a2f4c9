import { describe, expect, it } from "vitest";
import { distance } from "./spatial";

const box = (left: number, top: number, size = 100) => ({ left, top, right: left + size, bottom: top + size });

describe("distance", () => {
  it("is nothing for what lies behind", () => {
    expect(distance(box(200, 0), box(0, 0), "ArrowRight")).toBeNull();
    expect(distance(box(0, 200), box(0, 0), "ArrowDown")).toBeNull();
  });

  it("prefers the neighbour in the row to the one below it", () => {
    const here = box(0, 0);
    const right = distance(here, box(120, 0), "ArrowRight");
    const below = distance(here, box(120, 120), "ArrowRight");
    expect(right).toBeLessThan(below ?? 0);
  });
});
