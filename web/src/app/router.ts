/** A place in the app: the parts of the hash's path and its parameters. */
export interface Route {
  path: readonly string[];
  query: URLSearchParams;
  /** The hash without `#`, the key under which a page is remembered. */
  key: string;
}

export function parse(hash: string): Route {
  const key = hash.replace(/^#/, "") || "/";
  const [path = "", search = ""] = key.split("?", 2);
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  return { path: parts, query: new URLSearchParams(search), key };
}

/** The hash of a path, for a link. */
export function href(...parts: readonly string[]): string {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

export function go(hash: string, options: { replace?: boolean } = {}): void {
  const url = new URL(hash, location.href);
  if (options.replace) history.replaceState(history.state, "", url);
  else history.pushState(null, "", url);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Change parameters of the present place without a new step in the history. */
export function setParams(changes: Readonly<Record<string, string | null>>): void {
  const route = parse(location.hash);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") route.query.delete(name);
    else route.query.set(name, value);
  }
  const search = route.query.toString();
  go(`#/${route.path.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`, { replace: true });
}
