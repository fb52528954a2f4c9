import type { Client } from "../api/client";
import { Heartbeat, PlaybackEvents, type PlaybackEventsSubscription, type PlaybackState, StartPlayback, type StartPlaybackInput, StopPlayback } from "../api/generated";
import type { Live } from "../api/live";
import type { Changes } from "../app/changes";

export type RemoteCommand = NonNullable<PlaybackEventsSubscription["playbackEvents"]["command"]>;

const BEAT_MS = 10_000;

/** Tells the server what plays and where, and hears what others want of this player. */
export class Reporter {
  session: string | null = null;
  encoder: string | null = null;
  private item = "";
  private timer = 0;
  private unsubscribe: (() => void) | null = null;
  private readonly obeyed = new Set<string>();
  private state: PlaybackState = "BUFFERING";
  private position = 0;

  constructor(
    private readonly client: Client,
    private readonly live: Live,
    private readonly changes: Changes,
    private readonly obey: (command: RemoteCommand) => void,
    /** The position in seconds at this moment, or null when nothing is loaded. */
    private readonly where: () => number | null,
  ) {
    addEventListener("pagehide", this.leave);
  }

  /** A source begins to play; what played before has stopped. */
  async start(input: StartPlaybackInput): Promise<void> {
    await this.stop();
    this.item = input.item;
    this.position = input.positionSeconds ?? 0;
    try {
      const { session } = await this.client.mutate(StartPlayback, { input });
      this.session = session.id;
    } catch {
      return; // watching goes on where reporting is refused
    }
    this.timer = window.setInterval(() => void this.beat(), BEAT_MS);
    this.unsubscribe = this.live.subscribe(PlaybackEvents, {}, ({ command, session }) => {
      if (command && session?.id === this.session) this.take(command);
    });
    void this.beat();
  }

  /** What is going on; told at once when the state changed. */
  tell(state: PlaybackState, position: number, now = false): void {
    const changed = state !== this.state;
    this.state = state;
    this.position = position;
    if ((changed || now) && this.session) void this.beat();
  }

  async stop(): Promise<void> {
    const session = this.end();
    if (!session) return;
    try {
      const { userState } = await this.client.mutate(StopPlayback, { input: { session, positionSeconds: this.position } });
      this.changes.announce(this.item, userState);
    } catch {
      return; // the server ends a silent session by itself
    }
  }

  async dispose(): Promise<void> {
    removeEventListener("pagehide", this.leave);
    await this.stop();
  }

  private readonly leave = (): void => {
    const session = this.end();
    if (session) this.client.send(StopPlayback, { input: { session, positionSeconds: this.position } });
  };

  private end(): string | null {
    const session = this.session;
    this.position = this.where() ?? this.position;
    this.session = null;
    clearInterval(this.timer);
    this.unsubscribe?.();
    this.unsubscribe = null;
    return session;
  }

  private async beat(): Promise<void> {
    const session = this.session;
    if (!session) return;
    try {
      const answer = await this.client.mutate(Heartbeat, { input: { session, state: this.state, positionSeconds: this.position } });
      this.encoder = answer.session.encoder;
      if (session === this.session) answer.commands.forEach((command) => this.take(command));
    } catch {
      return; // the next beat may get through
    }
  }

  private take(command: RemoteCommand): void {
    if (this.obeyed.has(command.id)) return;
    this.obeyed.add(command.id);
    this.obey(command);
  }
}
