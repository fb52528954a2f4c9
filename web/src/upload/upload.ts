import { ApiError } from "../api/errors";

/** What the server knows of an upload. */
export interface Line {
  id: string;
  url: string;
  offsetBytes: number;
  chunkBytes: number;
}

/** What an upload's address answered. */
export interface Reply {
  status: number;
  /** Where the upload stands, in bytes. */
  offset: number | null;
  /** Why not, in a sentence. */
  problem: string | null;
}

/** How an upload talks to the server. */
export interface Server {
  create(upload: Upload): Promise<Line>;
  /** The upload with a fresh address, null when it is gone. */
  find(id: string): Promise<Line | null>;
  cancel(id: string): Promise<void>;
  where(url: string, signal: AbortSignal): Promise<Reply>;
  /** Rejects when the connection breaks. `progress` hears how many bytes of the piece are on their way. */
  patch(url: string, offset: number, piece: Blob, progress: (sent: number) => void, signal: AbortSignal): Promise<Reply>;
  wait(ms: number, signal: AbortSignal): Promise<void>;
  now(): number;
}

/** `interrupted` is one of an earlier visit, whose file has to be chosen again. */
export type UploadState = "waiting" | "sending" | "paused" | "failed" | "interrupted" | "done";

/** Where a file goes. */
export interface Place {
  library: string;
  /** Folders below the library's own, with slashes between them. */
  directory: string;
}

export const FIRST_PIECE = 1 << 20;
const QUICK_MS = 2_000;
const SLOW_MS = 10_000;
const MOST_TRIES = 6;
const WAITS_MS = [500, 1_000, 2_000, 5_000, 10_000];
/** What may go away by itself: busy, a damaged piece, a proxy whose server restarts. */
const PASSING: ReadonlySet<number> = new Set([423, 429, 460, 502, 504]);

class Refused extends Error {}

/** One file on its way, in pieces, going on after any break. Calls `changed` whenever it has something new to show. */
export class Upload {
  state: UploadState = "waiting";
  /** Why it stopped, in a sentence; empty for a connection that did not come back. */
  problem: string | null = null;
  /** Bytes that arrived, with those on their way. */
  sent = 0;
  /** Bytes a second, averaged. */
  rate = 0;
  private offset = 0;
  private step = FIRST_PIECE;
  private tries = 0;
  private isGivenUp = false;
  private stopped = new AbortController();

  constructor(
    readonly name: string,
    readonly size: number,
    readonly place: Place,
    private readonly server: Server,
    private readonly changed: () => void,
    public file: Blob | null,
    private line: Line | null = null,
  ) {
    if (line) this.offset = this.sent = line.offsetBytes;
    if (!file) this.state = "interrupted";
  }

  get id(): string | null {
    return this.line?.id ?? null;
  }

  get isActive(): boolean {
    return this.state === "waiting" || this.state === "sending";
  }

  /** Send what is missing; resolves when it is done, paused or failed. */
  async run(): Promise<void> {
    this.stopped = new AbortController();
    this.tries = 0;
    this.enter("sending");
    try {
      if (this.line) await this.locate();
      else await this.begin();
      // An empty piece at the end asks the server to make the file whole.
      do await this.piece();
      while (this.offset < this.size);
      this.enter("done");
    } catch (error) {
      if (this.stopped.signal.aborted) return;
      if (!(error instanceof Refused) && !(error instanceof ApiError)) throw error;
      this.sent = this.offset;
      const named = error instanceof ApiError ? Object.values(error.fields)[0] : undefined;
      this.enter("failed", named ?? (error instanceof ApiError && error.code === "UNREACHABLE" ? "" : error.message));
    }
  }

  pause(): void {
    this.stopped.abort();
    this.sent = this.offset;
    this.enter("paused");
  }

  /** Stop for good and let the server forget it. */
  async cancel(): Promise<void> {
    this.isGivenUp = true;
    this.stopped.abort();
    if (this.line && this.state !== "done") await this.server.cancel(this.line.id);
  }

  private async begin(): Promise<void> {
    const line = await this.server.create(this);
    if (this.isGivenUp) await this.server.cancel(line.id); // before there was anything to cancel
    this.line = line;
    this.offset = line.offsetBytes;
    this.stopped.signal.throwIfAborted();
  }

  private async piece(): Promise<void> {
    const { line, file, offset } = this;
    if (!line || !file) throw new Refused("");
    const piece = file.slice(offset, offset + Math.min(this.step, line.chunkBytes));
    const began = this.server.now();
    let reply: Reply;
    try {
      reply = await this.server.patch(line.url, offset, piece, (sent) => this.progress(offset + sent), this.stopped.signal);
    } catch {
      this.stopped.signal.throwIfAborted();
      return this.again();
    }
    const took = this.server.now() - began;
    if (reply.status === 204) {
      this.tries = 0;
      this.measure(piece.size, took);
      this.offset = reply.offset ?? offset + piece.size;
      this.progress(this.offset);
    } else if (reply.status === 409 && reply.offset !== null) {
      this.count();
      this.offset = reply.offset;
    } else if (reply.status === 403) await this.renew();
    else if (reply.status === 404 || PASSING.has(reply.status)) await this.again();
    else throw new Refused(reply.problem ?? "");
  }

  /** Larger pieces on a quick line, smaller ones on a slow line, where a break would cost more. */
  private measure(bytes: number, took: number): void {
    if (took < QUICK_MS) this.step = Math.min(this.step * 2, this.line?.chunkBytes ?? this.step);
    else if (took > SLOW_MS) this.step = Math.max(this.step / 2, FIRST_PIECE / 4);
    const rate = (bytes / Math.max(took, 1)) * 1_000;
    this.rate = this.rate === 0 ? rate : this.rate * 0.7 + rate * 0.3;
  }

  private async again(): Promise<void> {
    this.count();
    this.sent = this.offset;
    await this.server.wait(WAITS_MS[Math.min(this.tries, WAITS_MS.length) - 1] ?? 0, this.stopped.signal);
    await this.locate();
  }

  /** Ask where to go on. */
  private async locate(): Promise<void> {
    if (!this.line) return this.begin();
    let reply: Reply;
    try {
      reply = await this.server.where(this.line.url, this.stopped.signal);
    } catch {
      this.stopped.signal.throwIfAborted();
      return this.again();
    }
    if (reply.status === 403 || reply.status === 404) await this.renew();
    else if (reply.offset !== null) this.progress((this.offset = reply.offset));
    else await this.again();
  }

  /** Another address; where the upload is gone, begin anew. */
  private async renew(): Promise<void> {
    this.count();
    this.line = this.line && (await this.server.find(this.line.id));
    if (this.line) this.progress((this.offset = this.line.offsetBytes));
    else await this.begin();
  }

  private count(): void {
    this.tries += 1;
    if (this.tries > MOST_TRIES) throw new Refused("");
  }

  private progress(sent: number): void {
    this.sent = Math.min(sent, this.size);
    this.changed();
  }

  private enter(state: UploadState, problem: string | null = null): void {
    this.state = state;
    this.problem = problem;
    this.changed();
  }
}
