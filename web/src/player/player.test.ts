import { describe, expect, it, vi } from "vitest";
import { actionOfKey, nextSpeed } from "./actions";
import { loadPrefs, savePrefs } from "./prefs";
import { type Abilities, profileOf } from "./profile";
import { firstTrack } from "./subtitles";
import { Taps } from "./taps";
import { tileAt } from "./trickplay";

const key = (name: string, more = {}) => actionOfKey({ key: name, ctrlKey: false, metaKey: false, altKey: false, ...more });

describe("keys", () => {
  it.each([
    [" ", { do: "toggle" }],
    ["k", { do: "toggle" }],
    ["K", { do: "toggle" }],
    ["j", { do: "skip", by: -10 }],
    ["ArrowRight", { do: "skip", by: 5 }],
    ["0", { do: "jump", part: 0 }],
    ["9", { do: "jump", part: 0.9 }],
    [">", { do: "faster", by: 1 }],
    ["q", null],
  ])("%s means what players agree on", (name, action) => {
    expect(key(name)).toEqual(action);
  });

  it("are the browser's own with a modifier", () => {
    expect(key("f", { ctrlKey: true })).toBeNull();
  });

  it("step through the speeds and stop at the ends", () => {
    expect(nextSpeed(1, 1)).toBe(1.25);
    expect(nextSpeed(2, 1)).toBe(2);
    expect(nextSpeed(0.25, -1)).toBe(0.25);
  });
});

describe("tileAt", () => {
  const sheets = { url: "", urlTemplate: "s/{sheet}.jpg", tileWidth: 160, tileHeight: 90, columns: 5, rows: 2, count: 13, intervalSeconds: 10 };

  it("finds the tile in its sheet", () => {
    expect(tileAt(sheets, 0)).toMatchObject({ url: "s/0.jpg", x: 0, y: 0 });
    expect(tileAt(sheets, 75)).toMatchObject({ url: "s/0.jpg", x: 320, y: 90 });
    expect(tileAt(sheets, 101)).toMatchObject({ url: "s/1.jpg", x: 0, y: 0 });
  });

  it("stays with the last tile behind the end", () => {
    expect(tileAt(sheets, 9999)).toMatchObject({ url: "s/1.jpg", x: 320, y: 0 });
  });
});

describe("firstTrack", () => {
  const track = (id: string, language: string, more = {}) => ({ id, language, title: null, forced: false, hearingImpaired: false, default: false, text: true, url: "u", ...more });
  const tracks = [track("1", "eng"), track("2", "deu", { default: true }), track("3", "eng", { forced: true, default: true })];

  it("takes the language chosen before, and none when it is missing", () => {
    expect(firstTrack(tracks, "eng")?.id).toBe("1");
    expect(firstTrack(tracks, "fra")).toBeNull();
  });

  it("takes the default when nothing was ever chosen, and only what is forced when they are off", () => {
    expect(firstTrack(tracks, null)?.id).toBe("2");
    expect(firstTrack(tracks, "off")?.id).toBe("3");
    expect(firstTrack([track("1", "eng")], null)).toBeNull();
  });
});

describe("Taps", () => {
  it("tells a double tap at the side from two single ones in the middle", () => {
    vi.useFakeTimers();
    const [single, double] = [vi.fn(), vi.fn()];
    const taps = new Taps(single, double);
    taps.tap(0.9, 1000);
    taps.tap(0.95, 1200);
    vi.runAllTimers();
    expect(double).toHaveBeenCalledExactlyOnceWith(1);
    expect(single).not.toHaveBeenCalled();
    taps.tap(0.5, 2000);
    taps.tap(0.5, 2100);
    vi.runAllTimers();
    expect(single).toHaveBeenCalledTimes(2);
    vi.useRealTimers();
  });
});

describe("prefs", () => {
  it("survive what somebody else wrote", () => {
    localStorage.setItem("foyer.player", "not json");
    expect(loadPrefs().volume).toBe(1);
    localStorage.removeItem("foyer.player");
    savePrefs({ volume: 0.4 });
    expect(loadPrefs()).toMatchObject({ volume: 0.4, muted: false });
  });
});

describe("profileOf", () => {
  const abilities = (more: Partial<Abilities>): Abilities => ({
    canPlay: (type) => /avc1|vp|av01|mp4a|opus|^video\/mp4$|^audio\/mpeg$/.test(type),
    canStream: (type) => /avc1|mp4a/.test(type),
    canDecode: async () => true,
    hdrScreen: false,
    surround: false,
    nativeHls: false,
    ...more,
  });

  it("names only what the browser said yes to", async () => {
    const profile = await profileOf(abilities({}));
    expect(profile.directVideo?.map((one) => one.codec)).toEqual(["h264", "vp8", "vp9", "av1"]);
    expect(profile.hlsVideo.map((one) => one.codec)).toEqual(["h264"]);
    expect(profile.hlsAudio.map((one) => one.codec)).toContain("aac");
    expect(profile.directContainers).toContain("mp4");
    expect(profile.supportsHls).toBe(true);
  });

  it("leaves out a codec that says yes and then cannot decode", async () => {
    const profile = await profileOf(abilities({ canDecode: async (type) => !type.includes("av01") }));
    expect(profile.directVideo?.map((one) => one.codec)).not.toContain("av1");
  });

  it("limits the size to what can be decoded", async () => {
    const profile = await profileOf(abilities({ canDecode: async (_, width) => width <= 1920 }));
    expect(profile.hlsVideo[0]).toMatchObject({ codec: "h264", maxWidth: 1920 });
  });

  it("promises HDR only to a screen that shows it", async () => {
    const ten = { canPlay: (type: string) => type.includes("vp09.02") || type.includes("vp09.00") };
    expect((await profileOf(abilities(ten))).directVideo?.[0]?.hdr).toEqual(["SDR"]);
    expect((await profileOf(abilities({ ...ten, hdrScreen: true }))).directVideo?.[0]?.hdr).toContain("HDR10");
  });
});
