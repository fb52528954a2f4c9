import { describe, expect, it, vi } from "vitest";
import type { Client } from "../../api/client";
import { ApiError } from "../../api/errors";
import { Pager } from "./pager";

const TOTAL = 250;
const ASK = { library: "l", filter: null, orderBy: null };

function house(fail: { at: number | null } = { at: null }) {
  const query = vi.fn(async (_: unknown, { first, after }: { first: number; after: string | null }) => {
    const start = after === null ? 0 : Number(after) + 1;
    if (start === fail.at) throw new ApiError("UNAVAILABLE", "The disk is gone.");
    const end = Math.min(TOTAL, start + first);
    const nodes = Array.from({ length: end - start }, (_, at) => ({ id: String(start + at) }));
    return { library: { items: { nodes, pageInfo: { hasNextPage: end < TOTAL, endCursor: String(end - 1) }, totalCount: TOTAL } } };
  });
  const pager = new Pager({ addController: vi.fn(), removeController: vi.fn(), requestUpdate: vi.fn(), updateComplete: Promise.resolve(true) }, { query } as unknown as Client);
  return { pager, query };
}

describe("Pager", () => {
  it("loads the first page and knows how many there are", async () => {
    const { pager, query } = house();
    pager.show(ASK);
    pager.show({ ...ASK });
    await vi.waitFor(() => expect(pager.items).toHaveLength(100));
    expect(pager.total).toBe(TOTAL);
    expect(query).toHaveBeenCalledOnce();
  });

  it("loads on, page by page, to where it was scrolled", async () => {
    const { pager, query } = house();
    pager.show(ASK);
    pager.need(230);
    await vi.waitFor(() => expect(pager.items).toHaveLength(TOTAL));
    expect(query).toHaveBeenCalledTimes(3);
    expect(new Set(pager.items.map((item) => item.id)).size).toBe(TOTAL);
    pager.need(10_000);
    expect(query).toHaveBeenCalledTimes(3);
  });

  it("stops at a failure and goes on when asked again", async () => {
    const fail: { at: number | null } = { at: 100 };
    const { pager } = house(fail);
    pager.show(ASK);
    pager.need(150);
    await vi.waitFor(() => expect(pager.error?.code).toBe("UNAVAILABLE"));
    fail.at = null;
    pager.restart();
    await vi.waitFor(() => expect(pager.items.length).toBeGreaterThan(0));
    expect(pager.error).toBeUndefined();
  });

  it("refreshes as far as it had come", async () => {
    const { pager } = house();
    pager.show(ASK);
    pager.need(150);
    await vi.waitFor(() => expect(pager.items).toHaveLength(200));
    await pager.refresh();
    expect(pager.items).toHaveLength(200);
  });
});
