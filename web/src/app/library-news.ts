import type { ReactiveControllerHost } from "lit";
import type { LibraryEventsSubscription } from "../api/generated";

export type LibraryNews = LibraryEventsSubscription["libraryEvents"];
const SETTLE_MS = 1_200;

/** Tell a page that its items changed, once the news has settled: a scan adds thousands in a row. */
export function followLibraryNews(host: ReactiveControllerHost, settled: () => void, each: (news: LibraryNews) => void = () => undefined): void {
  let timer = 0;
  const listen = (event: Event): void => {
    const news = (event as CustomEvent<LibraryNews>).detail;
    each(news);
    if (news.kind === "SNAPSHOT") return;
    clearTimeout(timer);
    timer = window.setTimeout(settled, SETTLE_MS);
  };
  host.addController({
    hostConnected: () => addEventListener("foyer-library", listen),
    hostDisconnected: () => {
      clearTimeout(timer);
      removeEventListener("foyer-library", listen);
    },
  });
}
