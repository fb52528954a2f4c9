import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Client } from "./client";
import { ApiError } from "./errors";
import { Libraries, Login, RefreshTokens } from "./generated";
import { TokenStore } from "./tokens";

interface Call {
  query: string;
  authorization: string | null;
}

const calls: Call[] = [];
let answer: (call: Call) => Response | Promise<Response>;
const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });
const unauthenticated = (): Response => json({ errors: [{ message: "Log in.", extensions: { code: "UNAUTHENTICATED" } }] });
const renewed = (): Response => json({ data: { refreshTokens: { __typename: "RefreshTokensPayload", tokens: { accessToken: "new", refreshToken: "r2" } } } });

function client(): Client {
  const tokens = new TokenStore("http://foyer/prefix/", localStorage);
  return new Client("http://foyer/prefix/", tokens);
}

beforeEach(() => {
  localStorage.clear();
  calls.length = 0;
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    expect(url).toBe("http://foyer/prefix/graphql");
    const headers = new Headers(init.headers);
    const call = { query: (JSON.parse(String(init.body)) as { query: string }).query, authorization: headers.get("authorization") };
    calls.push(call);
    return answer(call);
  });
});
afterEach(() => vi.unstubAllGlobals());

describe("Client", () => {
  it("renews a spent login once for all requests that ran into it, and asks again", async () => {
    const api = client();
    api.tokens.save({ accessToken: "old", refreshToken: "r1" });
    answer = (call) => {
      if (call.query === RefreshTokens) return renewed();
      return call.authorization === "Bearer new" ? json({ data: { libraries: { nodes: [] } } }) : unauthenticated();
    };
    const both = await Promise.all([api.query(Libraries, {}), api.query(Libraries, {})]);
    expect(both).toEqual([{ libraries: { nodes: [] } }, { libraries: { nodes: [] } }]);
    expect(calls.filter((call) => call.query === RefreshTokens)).toHaveLength(1);
    expect(api.tokens.refresh).toBe("r2");
  });

  it("says that the login is over when it cannot be renewed", async () => {
    const api = client();
    api.tokens.save({ accessToken: "old", refreshToken: "r1" });
    answer = () => unauthenticated();
    const over = vi.fn();
    api.onLoggedOut = over;
    await expect(api.query(Libraries, {})).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(over).toHaveBeenCalledOnce();
    expect(api.tokens.refresh).toBeNull();
  });

  it("keeps the login when the server cannot be reached while renewing", async () => {
    const api = client();
    api.tokens.save({ accessToken: "old", refreshToken: "r1" });
    answer = (call) => (call.query === RefreshTokens ? Promise.reject(new TypeError("offline")) : unauthenticated());
    await expect(api.query(Libraries, {})).rejects.toMatchObject({ code: "UNREACHABLE" });
    expect(api.tokens.refresh).toBe("r1");
  });

  it("uses the token that another tab was faster to get", async () => {
    const api = client();
    api.tokens.save({ accessToken: "old", refreshToken: "r1" });
    const spent: string[] = [];
    answer = (call) => {
      if (call.query !== RefreshTokens) return call.authorization === "Bearer new" ? json({ data: { libraries: { nodes: [] } } }) : unauthenticated();
      spent.push(String(api.tokens.refresh));
      if (spent.length > 1) return renewed();
      localStorage.setItem("foyer.refresh:/prefix/", "from-the-other-tab");
      return json({ data: { refreshTokens: { __typename: "Unauthenticated", code: "UNAUTHENTICATED", message: "Spent." } } });
    };
    await api.query(Libraries, {});
    expect(spent).toEqual(["r1", "from-the-other-tab"]);
  });

  it("waits for Home Assistant to let it in again after a sleep", async () => {
    vi.useFakeTimers();
    const api = client();
    api.throughIngress = true;
    const over = vi.fn();
    api.onLoggedOut = over;
    answer = () => (calls.length === 1 ? new Response("401: Unauthorized", { status: 401 }) : json({ data: { libraries: { nodes: [] } } }));
    const asked = api.query(Libraries, {});
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    expect(await asked).toEqual({ libraries: { nodes: [] } });
    expect([calls.length, over.mock.calls.length]).toEqual([2, 0]);
  });

  it("throws a mutation's typed error with its fields", async () => {
    const api = client();
    const fields = [{ field: "name", message: "Taken." }];
    answer = () => json({ data: { login: { __typename: "ValidationFailed", code: "VALIDATION_FAILED", message: "Check the fields.", fields } } });
    const error = await api.mutate(Login, { input: { name: "a", password: "b" } }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: "VALIDATION_FAILED", message: "Check the fields.", fields: { name: "Taken." } });
  });

  it.each([
    ["a page instead of JSON", () => new Response("<h1>Bad gateway</h1>", { status: 502 }), "UNREACHABLE"],
    ["an error without a code", () => json({ errors: [{ message: "Cannot query field" }] }, 400), "INVALID_REQUEST"],
    ["no connection", () => Promise.reject(new TypeError("failed")), "UNREACHABLE"],
  ])("names %s", async (_, reply, code) => {
    answer = reply;
    await expect(client().query(Libraries, {})).rejects.toMatchObject({ code });
  });
});
