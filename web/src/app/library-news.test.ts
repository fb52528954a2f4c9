import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { followLibraryNews } from "./library-news";

function follow(settled: () => void): () => void {
  let controller: ReactiveController | undefined;
  followLibraryNews({ addController: (one: ReactiveController) => (controller = one) } as unknown as ReactiveControllerHost, settled);
  controller?.hostConnected?.();
  return () => controller?.hostDisconnected?.();
}
const say = (kind: string): boolean => dispatchEvent(new CustomEvent("foyer-library", { detail: { kind } }));

describe("news of libraries", () => {
  let leave: () => void;
  const settled = vi.fn();
  beforeEach(() => {
    vi.useFakeTimers();
    settled.mockClear();
    leave = follow(settled);
  });
  afterEach(() => {
    leave();
    vi.useRealTimers();
  });

  it("are told once when they come together", () => {
    say("ITEM_ADDED");
    vi.advanceTimersByTime(500);
    say("ITEM_ADDED");
    vi.advanceTimersByTime(1_000);
    expect(settled).not.toHaveBeenCalled();
    vi.advanceTimersByTime(300);
    expect(settled).toHaveBeenCalledOnce();
  });

  it("are told now and then while a scan goes on", () => {
    for (let second = 0; second < 12; second++) {
      say("ITEMS_CHANGED");
      vi.advanceTimersByTime(1_000);
    }
    expect(settled).toHaveBeenCalledTimes(2);
  });

  it("are nothing new in a snapshot, nor to a page that was left", () => {
    say("SNAPSHOT");
    vi.advanceTimersByTime(9_000);
    say("ITEM_ADDED");
    leave();
    vi.advanceTimersByTime(9_000);
    expect(settled).not.toHaveBeenCalled();
  });
});
