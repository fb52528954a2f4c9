import { ApiError, type FailureCode, type Refusal, refusalToError } from "./errors";
import { type Doc, RefreshTokens } from "./generated";
import type { TokenStore } from "./tokens";

/** The payload of a mutation: its result union without the errors. */
export type Payload<R> = Exclude<R[keyof R], { code: unknown } | null>;

interface Answer<R> {
  data?: R | null;
  errors?: ReadonlyArray<{ message: string; extensions?: { code?: FailureCode } }>;
}

const INGRESS_RENEWAL_MS = 3_000;

/** Speaks GraphQL over POST, keeps the login alive, and turns every failure into an ApiError. */
export class Client {
  /** Called when the login is over and cannot be renewed. */
  onLoggedOut: () => void = () => undefined;
  /** Home Assistant says who asks; there is no login of ours to renew. */
  throughIngress = false;
  private refreshing: Promise<boolean> | null = null;

  constructor(
    readonly base: string,
    readonly tokens: TokenStore,
  ) {}

  /** An address the server gave, made absolute. */
  url(path: string): string {
    return new URL(path, this.base).href;
  }

  async query<R, V>(document: Doc<R, V>, variables: V, signal?: AbortSignal): Promise<R> {
    const used = this.tokens.access;
    try {
      return await this.post(document, variables, { signal });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "UNAUTHENTICATED") throw error;
      if (this.throughIngress) {
        // After a sleep its session is over, until the page around us has a new one: that takes a moment.
        await new Promise((resolve) => setTimeout(resolve, INGRESS_RENEWAL_MS));
        return this.post(document, variables, { signal });
      }
      if (!this.tokens.refresh) throw error;
      const renewed = this.tokens.access !== used || (await this.renew());
      if (!renewed) {
        this.onLoggedOut();
        throw error;
      }
      return this.post(document, variables, { signal });
    }
  }

  /** Run a mutation; its typed errors are thrown. */
  async mutate<R, V>(document: Doc<R, V>, variables: V): Promise<Payload<R>> {
    return payload<R>(await this.query(document, variables));
  }

  /** Fire and forget while the page goes away. */
  send<R, V>(document: Doc<R, V>, variables: V): void {
    void this.post(document, variables, { keepalive: true }).catch(() => undefined);
  }

  /** Exchange the refresh token; one exchange at a time, however many requests ask. */
  renew(): Promise<boolean> {
    this.refreshing ??= this.exchange().finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  private async exchange(): Promise<boolean> {
    const refreshToken = this.tokens.refresh;
    if (!refreshToken) return false;
    try {
      const answer = await this.post(RefreshTokens, { input: { refreshToken } }, {});
      this.tokens.save(payload(answer).tokens);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === "UNREACHABLE") throw error;
      // Another tab may have been faster: its token stands in storage now.
      if (this.tokens.refresh && this.tokens.refresh !== refreshToken) return this.exchange();
      this.tokens.clear();
      return false;
    }
  }

  private async post<R, V>(query: Doc<R, V>, variables: V, init: RequestInit): Promise<R> {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (this.tokens.access) headers.authorization = `Bearer ${this.tokens.access}`;
    let response: Response;
    try {
      response = await fetch(this.url("graphql"), { ...init, method: "POST", headers, body: JSON.stringify({ query, variables }) });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new ApiError("UNREACHABLE", String(error));
    }
    return read<R>(response);
  }
}

async function read<R>(response: Response): Promise<R> {
  const answer = (await response.json().catch(() => ({}))) as Answer<R>;
  const first = answer.errors?.[0];
  if (response.status === 401) throw new ApiError("UNAUTHENTICATED", first?.message ?? "");
  if (first) throw new ApiError(first.extensions?.code ?? "INVALID_REQUEST", first.message);
  if (!response.ok || !answer.data) throw new ApiError("UNREACHABLE", `HTTP ${response.status}`);
  return answer.data;
}

function payload<R>(answer: R): Payload<R> {
  const result = Object.values(answer as object)[0] as Refusal | Payload<R>;
  if ("code" in (result as object)) throw refusalToError(result as Refusal);
  return result as Payload<R>;
}
