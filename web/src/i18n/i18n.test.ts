import { describe, expect, it } from "vitest";
import { de } from "./de";
import { en } from "./en";
import { ago, bitRate, bytes, clock, duration } from "./format";
import { type MessageKey, plural, t } from "./index";

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "").sort();

describe("messages", () => {
  it("have the same values in every language", () => {
    for (const key of Object.keys(en) as MessageKey[]) {
      expect(holes(de[key]), key).toEqual(holes(en[key]));
      expect(de[key].trim(), key).not.toBe("");
    }
  });

  it("are filled and counted", () => {
    expect(t("play.named", { title: "Tide" })).toBe("Play Tide");
    expect(plural("count.items", 1)).toBe("1 item");
    expect(plural("count.items", 1200)).toBe("1,200 items");
  });
});

describe("formats", () => {
  it("say a length in words and on a clock", () => {
    expect(duration(6720)).toBe("1 h 52 min");
    expect(duration(42)).toBe("42 s");
    expect(clock(3723.9)).toBe("1:02:03");
    expect(clock(65)).toBe("1:05");
    expect(clock(Number.NaN)).toBe("0:00");
  });

  it("say sizes and rates", () => {
    expect(bytes(0)).toBe("0 B");
    expect(bytes(1536)).toBe("1.5 KiB");
    expect(bytes(4.2e9)).toBe("3.9 GiB");
    expect(bitRate(8_200_000)).toBe("8.2 Mbit/s");
    expect(bitRate(192_000)).toBe("192 kbit/s");
  });

  it("say how long ago without rounding up to the next unit", () => {
    const now = Date.parse("2026-11-20T20:00:00Z");
    expect(ago("2026-11-20T19:00:30Z", now)).toBe("59 minutes ago");
    expect(ago("2026-11-19T20:00:00Z", now)).toBe("yesterday");
    expect(ago("2026-11-20T19:59:50Z", now)).toBe("just now");
  });
});
