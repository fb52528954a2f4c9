import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Client } from "./client";
import { ApiError } from "./errors";
import type { Doc } from "./generated";

/** Keeps the answer of one operation for a component: loads when its variables change, remembers while it reloads. */
export class Query<R, V> implements ReactiveController {
  data: R | undefined;
  error: ApiError | undefined;
  loading = false;
  private key: string | null = null;
  private running: AbortController | null = null;
  private away = false;

  /** @param ask the variables to ask with, or null to wait */
  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly client: Client,
    private readonly document: Doc<R, V>,
    private readonly ask: () => V | null,
  ) {
    host.addController(this);
  }

  hostUpdate(): void {
    const variables = this.ask();
    const key = variables === null ? null : JSON.stringify(variables);
    if (key === this.key) return;
    this.key = key;
    this.data = undefined;
    if (variables !== null) void this.load(variables);
  }

  /** A page that comes back shows what it had and looks again. */
  hostConnected(): void {
    if (this.away) void this.refetch();
    this.away = false;
  }

  hostDisconnected(): void {
    this.away = true;
    this.running?.abort();
  }

  async refetch(): Promise<void> {
    const variables = this.ask();
    if (variables !== null) await this.load(variables);
  }

  /** Change the remembered answer in place, after a mutation or an event. */
  patch(change: (data: R) => R): void {
    if (this.data !== undefined) this.data = change(this.data);
    this.host.requestUpdate();
  }

  private async load(variables: V): Promise<void> {
    this.running?.abort();
    const mine = (this.running = new AbortController());
    this.loading = true;
    this.host.requestUpdate();
    try {
      const data = await this.client.query(this.document, variables, mine.signal);
      if (mine.signal.aborted) return;
      this.data = data;
      this.error = undefined;
    } catch (error) {
      if (mine.signal.aborted) return;
      this.error = error instanceof ApiError ? error : new ApiError("INTERNAL", String(error));
    }
    this.loading = false;
    this.host.requestUpdate();
  }
}
