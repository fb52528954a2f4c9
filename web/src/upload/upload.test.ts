import { describe, expect, it } from "vitest";
import { ApiError } from "../api/errors";
import { FIRST_PIECE, type Line, type Reply, type Server, Upload } from "./upload";

const MIB = 1 << 20;
const PIECE = 8 * MIB;

/** A server that keeps the bytes it is sent, and answers what a test wants instead. */
class Fake implements Server {
  received = 0;
  lines = 0;
  cancelled: string[] = [];
  waits: number[] = [];
  pieces: Array<[number, number]> = [];
  took = 100;
  clock = 0;
  /** Answers in place of the honest ones, first to last; an Error breaks the connection. */
  replies: Array<Partial<Reply> | Error | null> = [];
  heads: Array<Partial<Reply>> = [];
  line: Line | null = null;
  refusal: ApiError | null = null;
  whilePatching: () => void = () => undefined;

  async create(): Promise<Line> {
    if (this.refusal) throw this.refusal;
    this.received = 0;
    return (this.line = { id: `up-${++this.lines}`, url: "media/upload/a", offsetBytes: 0, chunkBytes: PIECE });
  }
  async find(): Promise<Line | null> {
    return this.line && { ...this.line, url: "media/upload/b", offsetBytes: this.received };
  }
  async cancel(id: string): Promise<void> {
    this.cancelled.push(id);
  }
  async where(): Promise<Reply> {
    return { status: 200, offset: this.received, problem: null, ...this.heads.shift() };
  }
  async patch(_url: string, offset: number, piece: Blob, progress: (sent: number) => void): Promise<Reply> {
    this.pieces.push([offset, piece.size]);
    progress(piece.size / 2);
    this.clock += this.took;
    this.whilePatching();
    const reply = this.replies.shift();
    if (reply instanceof Error) throw reply;
    if (reply) return { status: 500, offset: null, problem: null, ...reply };
    this.received = offset + piece.size;
    return { status: 204, offset: this.received, problem: null };
  }
  async wait(ms: number): Promise<void> {
    this.waits.push(ms);
  }
  now = () => this.clock;
}

const blob = (size: number) => ({ size, slice: (from: number, to: number) => ({ size: Math.min(to, size) - from }) }) as unknown as Blob;

function upload(server: Fake, size: number, line: Line | null = null, file: Blob | null = blob(size)) {
  const shown: number[] = [];
  const one: Upload = new Upload("Heat.mkv", size, { library: "films", directory: "" }, server, () => shown.push(one?.sent ?? 0), file, line);
  return { one, shown };
}

describe("an upload", () => {
  it("goes in pieces that grow while the line is quick", async () => {
    const server = new Fake();
    const { one, shown } = upload(server, 40 * MIB);
    await one.run();
    expect(one.state).toBe("done");
    expect(server.pieces.map(([, size]) => size / MIB)).toEqual([1, 2, 4, 8, 8, 8, 8, 1]);
    expect(shown.at(-1)).toBe(40 * MIB);
    expect(one.rate).toBeGreaterThan(0);
  });

  it("goes in smaller pieces on a slow line", async () => {
    const server = Object.assign(new Fake(), { took: 20_000 });
    await upload(server, 2 * MIB).one.run();
    expect(server.pieces.map(([, size]) => size)).toEqual([FIRST_PIECE, FIRST_PIECE / 2, FIRST_PIECE / 4, FIRST_PIECE / 4]);
  });

  it("that is given up before the server answered is taken back there", async () => {
    const server = new Fake();
    const { one } = upload(server, MIB);
    const running = one.run();
    await one.cancel();
    await running;
    expect([server.cancelled, server.pieces]).toEqual([["up-1"], []]);
  });

  it("of nothing is one empty piece", async () => {
    const server = new Fake();
    const { one } = upload(server, 0);
    await one.run();
    expect([one.state, server.pieces]).toEqual(["done", [[0, 0]]]);
  });

  it("asks where to go on after the connection broke", async () => {
    const server = new Fake();
    server.replies = [null, new Error("broke"), { status: 502 }];
    const { one } = upload(server, 4 * MIB);
    await one.run();
    expect(one.state).toBe("done");
    expect(server.pieces.map(([offset]) => offset / MIB)).toEqual([0, 1, 1, 1, 3]);
    expect(server.waits).toEqual([500, 1_000]);
  });

  it("gives up for now after several tries, and goes on when asked", async () => {
    const server = new Fake();
    server.replies = [null, ...Array.from({ length: 7 }, () => new Error("broke"))];
    const { one } = upload(server, 4 * MIB);
    await one.run();
    expect([one.state, one.problem, one.sent]).toEqual(["failed", "", MIB]);
    server.replies = [];
    await one.run();
    expect([one.state, server.lines]).toEqual(["done", 1]);
  });

  it("believes the server about the offset", async () => {
    const server = new Fake();
    server.replies = [null, { status: 409, offset: MIB / 2 }];
    const { one } = upload(server, 3 * MIB);
    await one.run();
    expect(one.state).toBe("done");
    expect(server.pieces[2]?.[0]).toBe(MIB / 2);
  });

  it.each([
    [409, "There is a file called Heat.mkv already."],
    [507, "The disk is full."],
    [503, "The folder is not there now."],
  ])("says what %i means and keeps what was sent", async (status, problem) => {
    const server = new Fake();
    server.replies = [null, { status, problem }];
    const { one } = upload(server, 4 * MIB);
    await one.run();
    expect([one.state, one.problem]).toEqual(["failed", problem]);
    await one.run();
    expect([one.state, server.pieces.at(-1)]).toEqual(["done", [3 * MIB, MIB]]);
  });

  it("gets another address when its own has ended", async () => {
    const server = new Fake();
    server.replies = [null, { status: 403 }];
    const { one } = upload(server, 2 * MIB);
    await one.run();
    expect([one.state, server.lines]).toEqual(["done", 1]);
  });

  it("begins anew when the server has forgotten it", async () => {
    const server = new Fake();
    const { one } = upload(server, 2 * MIB, { id: "old", url: "media/upload/old", offsetBytes: MIB, chunkBytes: PIECE });
    server.heads = [{ status: 404, offset: null }];
    await one.run();
    expect([one.state, one.id, server.pieces[0]]).toEqual(["done", "up-1", [0, MIB]]);
  });

  it("of an earlier visit goes on where it stopped once its file is there again", async () => {
    const server = new Fake();
    server.received = 2 * MIB;
    const { one } = upload(server, 3 * MIB, { id: "old", url: "media/upload/old", offsetBytes: 2 * MIB, chunkBytes: PIECE }, null);
    expect([one.state, one.sent]).toEqual(["interrupted", 2 * MIB]);
    one.file = blob(3 * MIB);
    await one.run();
    expect([one.state, server.pieces]).toEqual(["done", [[2 * MIB, MIB]]]);
  });

  it("pauses in the middle of a piece and goes on", async () => {
    const server = new Fake();
    const { one } = upload(server, 4 * MIB);
    server.whilePatching = () => {
      if (server.pieces.length !== 2) return;
      one.pause();
      server.replies = [new Error("stopped")];
    };
    await one.run();
    expect([one.state, one.sent, server.waits]).toEqual(["paused", MIB, []]);
    server.whilePatching = () => undefined;
    await one.run();
    expect(one.state).toBe("done");
  });

  it("is forgotten by the server when it is given up", async () => {
    const server = new Fake();
    server.replies = [null, { status: 507 }];
    const { one } = upload(server, 4 * MIB);
    await one.run();
    await one.cancel();
    expect(server.cancelled).toEqual(["up-1"]);
  });

  it("that may not begin says why, by the field where there is one", async () => {
    const server = new Fake();
    server.refusal = new ApiError("VALIDATION_FAILED", "Check the fields.", { filename: "Only videos can be uploaded." });
    const { one } = upload(server, 4);
    await one.run();
    expect([one.state, one.problem]).toEqual(["failed", "Only videos can be uploaded."]);
  });
});
