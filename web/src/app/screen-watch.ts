import { ScreenEvents, type ScreenLine } from "../api/generated";
import type { Live } from "../api/live";
import { Watch } from "./watch";

/** Follows the screens of Home Assistant. */
export class ScreenWatch extends Watch<string> {
  readonly screens = new Map<string, ScreenLine>();

  constructor(private readonly live: Live) {
    super();
  }

  protected begin(): () => void {
    return this.live.subscribe(ScreenEvents, {}, ({ screenId, screen }) => {
      if (screen) this.screens.set(screenId, screen);
      else this.screens.delete(screenId);
      this.tell(screenId);
    });
  }

  protected forget(): void {
    this.screens.clear();
  }
}

/** By room, then by name; those in no room after those, and last what cannot be reached. */
export function inOrder(screens: Iterable<ScreenLine>): ScreenLine[] {
  const away = (one: ScreenLine): number => Number(one.state === "UNAVAILABLE");
  const rank = (a: ScreenLine, b: ScreenLine): number => away(a) - away(b) || Number(a.area === null) - Number(b.area === null);
  return [...screens].sort((a, b) => rank(a, b) || (a.area ?? "").localeCompare(b.area ?? "") || a.name.localeCompare(b.name));
}
