import { PlaybackEvents, type SessionLine } from "../api/generated";
import type { Live } from "../api/live";
import type { Session } from "./session";
import { Watch } from "./watch";

/** What plays, as it was told at a moment of this browser's clock. */
export interface Playing {
  session: SessionLine;
  toldAt: number;
}

/** Where it is by now, in seconds. */
export function positionNow({ session, toldAt }: Playing, now: number): number {
  const passed = session.state === "PLAYING" ? (now - toldAt) / 1000 : 0;
  const position = session.positionSeconds + Math.max(0, passed);
  return session.durationSeconds > 0 ? Math.min(position, session.durationSeconds) : position;
}

/** What the viewer has playing on other devices: screens of Home Assistant, other browsers. */
export class Elsewhere extends Watch<string> {
  private readonly playing = new Map<string, Playing>();
  private readonly here = new Set<string>();

  constructor(
    private readonly live: Live,
    private readonly who: Session,
  ) {
    super();
  }

  /** The newest first. */
  get all(): Playing[] {
    return [...this.playing.values()].filter(({ session }) => !this.here.has(session.id)).sort((a, b) => b.session.startedAt.localeCompare(a.session.startedAt));
  }

  /** A session of this page's own player. */
  isHere(id: string): void {
    this.here.add(id);
    this.tell(id);
  }

  /** Take over what the viewer just asked for, before the server tells of it. */
  expect(id: string, change: Partial<SessionLine>, now = performance.now()): void {
    const known = this.playing.get(id);
    if (!known) return;
    const positionSeconds = positionNow(known, now);
    this.playing.set(id, { session: { ...known.session, positionSeconds, ...change }, toldAt: now });
    this.tell(id);
  }

  /** The server knows the session no more: its end was told while this page did not hear. */
  forgetOne(id: string): void {
    if (this.playing.delete(id)) this.tell(id);
  }

  protected begin(): () => void {
    return this.live.subscribe(PlaybackEvents, {}, ({ kind, session }) => {
      if (!session || session.user.id !== this.who.viewer?.id || kind === "COMMAND") return;
      if (kind === "STOPPED" || kind === "FINISHED") this.playing.delete(session.id);
      else this.playing.set(session.id, { session, toldAt: performance.now() });
      this.tell(session.id);
    });
  }

  protected forget(): void {
    this.playing.clear();
  }
}
