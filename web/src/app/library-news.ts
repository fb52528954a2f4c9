import type { ReactiveControllerHost } from "lit";
import type { LibraryEventsSubscription } from "../api/generated";

export type LibraryNews = LibraryEventsSubscription["libraryEvents"];
const SETTLE_MS = 1_200;
/** A scan of an hour shows what it found so far this often. */
const LATEST_MS = 5_000;

/** Tell a page that its items changed, once the news has settled or goes on for long: a scan adds thousands in a row. */
export function followLibraryNews(host: ReactiveControllerHost, settled: () => void, each: (news: LibraryNews) => void = () => undefined): void {
  let timer = 0;
  let since: number | null = null;
  const tell = (): void => {
    since = null;
    settled();
  };
  const listen = (event: Event): void => {
    const news = (event as CustomEvent<LibraryNews>).detail;
    each(news);
    if (news.kind === "SNAPSHOT") return;
    clearTimeout(timer);
    since ??= performance.now();
    timer = window.setTimeout(tell, Math.max(0, Math.min(SETTLE_MS, since + LATEST_MS - performance.now())));
  };
  host.addController({
    hostConnected: () => addEventListener("foyer-library", listen),
    hostDisconnected: () => {
      clearTimeout(timer);
      since = null;
      removeEventListener("foyer-library", listen);
    },
  });
}
