import { describe, expect, it } from "vitest";
import type { Doc, SessionLine } from "../api/generated";
import type { Live } from "../api/live";
import { Elsewhere, positionNow } from "./elsewhere";
import { inOrder } from "./screen-watch";
import type { Session } from "./session";

const line = (id: string, more: Partial<SessionLine> = {}) =>
  ({ id, user: { id: "me" }, state: "PLAYING", positionSeconds: 100, durationSeconds: 200, startedAt: `2026-01-0${id}T00:00:00Z`, screenId: null, ...more }) as SessionLine;

/** An Elsewhere that somebody follows, and the server's voice. */
function followed() {
  let tell: (event: object) => void = () => undefined;
  const live = { subscribe: (_: Doc<unknown, unknown>, __: unknown, next: typeof tell) => ((tell = next), () => undefined) } as unknown as Live;
  const elsewhere = new Elsewhere(live, { viewer: { id: "me" } } as unknown as Session);
  let connect: () => void = () => undefined;
  const changes: string[] = [];
  elsewhere.follow({ addController: (one) => (connect = () => one.hostConnected?.()), removeController: () => undefined, requestUpdate: () => undefined, updateComplete: Promise.resolve(true) }, (id) => changes.push(id));
  connect();
  return { elsewhere, changes, tell: (kind: string, session: SessionLine) => tell({ kind, session }), ids: () => elsewhere.all.map((one) => one.session.id) };
}

describe("what plays elsewhere", () => {
  it("is one's own, newest first, until it stops", () => {
    const { tell, ids, changes } = followed();
    tell("SNAPSHOT", line("1"));
    tell("STARTED", line("2"));
    tell("STARTED", line("3", { user: { id: "other", name: "", displayName: "" } }));
    expect(ids()).toEqual(["2", "1"]);
    tell("STOPPED", line("2"));
    tell("FINISHED", line("1"));
    expect(ids()).toEqual([]);
    expect(changes).toEqual(["1", "2", "2", "1"]);
  });

  it("is not what this page plays itself", () => {
    const { elsewhere, tell, ids } = followed();
    elsewhere.isHere("1");
    tell("STARTED", line("1"));
    expect(ids()).toEqual([]);
  });

  it("shows what was asked before the server tells of it", () => {
    const { elsewhere, tell } = followed();
    tell("STARTED", line("1"));
    const told = elsewhere.all[0]?.toldAt ?? 0;
    elsewhere.expect("1", { state: "PAUSED" }, told + 5_000);
    const [playing] = elsewhere.all;
    expect(playing && positionNow(playing, told + 60_000)).toBe(105);
    elsewhere.expect("gone", { state: "PAUSED" });
    expect(elsewhere.all).toHaveLength(1);
  });
});

describe("a position", () => {
  it("goes on while it plays, and no further than the end", () => {
    const playing = { session: line("1"), toldAt: 1_000 };
    expect(positionNow(playing, 1_000)).toBe(100);
    expect(positionNow(playing, 11_500)).toBe(110.5);
    expect(positionNow(playing, 1e9)).toBe(200);
    expect(positionNow(playing, 0)).toBe(100);
  });

  it("stands still in any other state", () => {
    expect(positionNow({ session: line("1", { state: "BUFFERING" }), toldAt: 0 }, 60_000)).toBe(100);
  });
});

describe("screens", () => {
  it("are told by room and name, those that cannot be reached last", () => {
    const screen = (name: string, area: string | null, state = "IDLE") => ({ name, area, state }) as never;
    const sorted = inOrder([screen("B", null), screen("Z", "Attic", "UNAVAILABLE"), screen("C", "Kitchen"), screen("A", "Kitchen"), screen("D", "Bath")]);
    expect(sorted.map((one) => one.name)).toEqual(["D", "A", "C", "B", "Z"]);
  });
});
