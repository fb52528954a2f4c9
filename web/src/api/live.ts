import type { Client as Socket } from "graphql-ws";
import type { Client } from "./client";
import type { Doc } from "./generated";

/** Subscriptions over one WebSocket, opened with the first and closed with the last. */
export class Live {
  private socket: Promise<Socket> | null = null;

  constructor(private readonly client: Client) {}

  /**
   * Call `next` for every event until the returned function is called. After a lost connection the subscription goes on
   * behind the last `cursor` it saw, so nothing is missed; one that cannot go on begins with all there is.
   */
  subscribe<R extends object, V extends { after?: string | null }>(document: Doc<R, V>, variables: V, next: (event: R[keyof R]) => void): () => void {
    let done = false;
    let stop = (): void => undefined;
    const asked = { ...variables };
    const resumable = document.includes("$after");
    const start = async (): Promise<void> => {
      const socket = await this.open();
      if (done) return;
      stop = socket.subscribe<R>(
        { query: document, variables: asked as Record<string, unknown> },
        {
          next: ({ data }) => {
            if (!data || done) return;
            const event = Object.values(data)[0] as R[keyof R] & { cursor?: string };
            if (resumable) asked.after = event.cursor ?? asked.after;
            next(event);
          },
          // A subscription that is not allowed leaves the page with what it loaded; a spent token is renewed.
          error: (reason) => void this.renewed(reason).then((again) => (again && !done ? start() : undefined)),
          complete: () => undefined,
        },
      );
    };
    void start();
    return () => {
      done = true;
      stop();
    };
  }

  /** Forget the connection, for example because another user logs in. */
  async close(): Promise<void> {
    const socket = this.socket;
    this.socket = null;
    await (await socket)?.dispose();
  }

  private open(): Promise<Socket> {
    this.socket ??= import("graphql-ws").then(({ createClient }) =>
      createClient({
        url: this.client.url("graphql").replace(/^http/, "ws"),
        connectionParams: () => this.authorization(),
        lazyCloseTimeout: 5_000,
        keepAlive: 20_000,
        retryAttempts: Number.POSITIVE_INFINITY,
        retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** retries, 15_000))),
        shouldRetry: () => true,
      }),
    );
    return this.socket;
  }

  /** Close code 4401 says that the token was refused. */
  private async renewed(reason: unknown): Promise<boolean> {
    if ((reason as { code?: number }).code !== 4401) return false;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return this.client.renew().catch(() => false);
  }

  private authorization(): Record<string, string> {
    const token = this.client.tokens.access;
    return token ? { authorization: `Bearer ${token}` } : {};
  }
}
