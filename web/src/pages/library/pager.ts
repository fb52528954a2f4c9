import type { ReactiveControllerHost } from "lit";
import type { Client } from "../../api/client";
import { ApiError } from "../../api/errors";
import { type ItemCard, LibraryItems, type LibraryItemsVariables } from "../../api/generated";

const PAGE = 100;
type Ask = Pick<LibraryItemsVariables, "library" | "filter" | "orderBy">;

/** Loads a library page by page as far as it was scrolled to; keyset cursors only go forward. */
export class Pager {
  items: ItemCard[] = [];
  total = 0;
  error: ApiError | undefined;
  /** Nothing of the present question has arrived yet. */
  fresh = true;
  private ask: Ask | null = null;
  private key = "";
  private cursor: string | null = null;
  private more = true;
  private wanted = 0;
  private busy: AbortController | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly client: Client,
  ) {}

  /** Ask another question; the same question keeps what is there. */
  show(ask: Ask): void {
    const key = JSON.stringify(ask);
    if (key === this.key) return;
    this.key = key;
    this.ask = ask;
    this.restart();
  }

  restart(): void {
    this.busy?.abort();
    this.busy = null;
    this.items = [];
    this.cursor = null;
    this.more = true;
    this.fresh = true;
    this.error = undefined;
    this.wanted = PAGE;
    void this.fill();
  }

  /** Cards are wanted up to this index. */
  need(index: number): void {
    this.wanted = Math.max(this.wanted, index);
    if (!this.error) void this.fill();
  }

  /** Load again what is shown without taking it away first. */
  async refresh(): Promise<void> {
    if (!this.ask || this.fresh) return;
    const known = this.items.length;
    const renewed: ItemCard[] = [];
    const key = this.key;
    let cursor: string | null = null;
    do {
      const page: Page = await this.fetch(cursor);
      if (this.key !== key) return;
      renewed.push(...page.nodes);
      cursor = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      this.total = page.totalCount ?? Math.max(this.total, renewed.length);
    } while (cursor && renewed.length < known);
    this.items = renewed;
    this.cursor = cursor;
    this.more = cursor !== null;
    this.host.requestUpdate();
  }

  private async fill(): Promise<void> {
    if (this.busy || !this.ask) return;
    const mine = (this.busy = new AbortController());
    try {
      while (this.more && this.items.length < this.wanted) {
        const page = await this.fetch(this.cursor, mine.signal);
        if (mine.signal.aborted) return;
        this.take(page);
      }
    } catch (error) {
      if (mine.signal.aborted) return;
      this.error = error instanceof ApiError ? error : new ApiError("INTERNAL", String(error));
      this.host.requestUpdate();
    }
    this.busy = null;
  }

  private take(page: Page): void {
    this.items = [...this.items, ...page.nodes];
    this.cursor = page.pageInfo.endCursor;
    this.more = page.pageInfo.hasNextPage;
    this.total = Math.max(this.more ? (page.totalCount ?? this.items.length + PAGE) : 0, this.items.length);
    this.fresh = false;
    this.host.requestUpdate();
  }

  private async fetch(after: string | null, signal?: AbortSignal): Promise<Page> {
    if (!this.ask) throw new ApiError("INTERNAL", "nothing was asked");
    const { library } = await this.client.query(LibraryItems, { ...this.ask, first: PAGE, after }, signal);
    if (!library) throw new ApiError("NOT_FOUND", "");
    return library.items;
  }
}

interface Page {
  nodes: ItemCard[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  totalCount: number | null;
}
