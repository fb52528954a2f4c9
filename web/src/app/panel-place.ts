/** The part of Home Assistant's address that is the panel itself; what follows is a place in the app. */
const PANEL = /^\/(?:(?:app|hassio\/ingress)\/[^/]+|(?:[a-z0-9]+_)?foyer)(?=\/|$)/;

interface Address {
  pathname: string;
  hash: string;
}

/** `/app/local_foyer` of `/app/local_foyer/item/ID`; null on any other page of Home Assistant, such as a dashboard. */
export const panelOf = (address: Address): string | null => PANEL.exec(address.pathname)?.[0] ?? null;

const ofPath = (address: Address, panel: string): string => `#${address.pathname.slice(panel.length).replace(/\/+$/, "") || "/"}`;

/** The hash that an address of Home Assistant asks the app to show: its own hash, else the path behind the panel. */
export function placeIn(address: Address, panel: string): string {
  return address.hash.startsWith("#/") ? address.hash : ofPath(address, panel);
}

/** The hash to give Home Assistant's address so that it leads to a place; empty where its path does so already. */
export function hashFor(address: Address, panel: string, place: string): string {
  const wanted = place || "#/";
  return wanted === ofPath(address, panel) ? "" : wanted;
}

/**
 * Keeps the place in the app in Home Assistant's address, so that a reload, a link and a step back lead there again.
 * Home Assistant routes by the path alone: its hash is free, in every version.
 */
export class PanelPlace {
  private readonly panel: string;
  private readonly ended = new AbortController();

  private constructor(
    private readonly parent: Window,
    panel: string,
  ) {
    this.panel = panel;
  }

  /** Begin where Home Assistant's address says; null where no panel of its frames us. */
  static start(parent: Window): PanelPlace | null {
    const panel = panelOf(parent.location);
    if (panel === null) return null;
    const place = new PanelPlace(parent, panel);
    if (location.hash === "") place.take();
    place.write();
    place.listen();
    return place;
  }

  /** Go where Home Assistant's address leads now. The step in the history is Home Assistant's. */
  readonly take = (): void => {
    if (panelOf(this.parent.location) !== this.panel) return; // it is leaving us
    const wanted = placeIn(this.parent.location, this.panel);
    if (wanted === (location.hash || "#/")) return;
    history.replaceState(history.state, "", wanted);
    dispatchEvent(new HashChangeEvent("hashchange"));
  };

  private listen(): void {
    const { signal } = this.ended;
    addEventListener("hashchange", () => this.write(), { signal });
    for (const name of ["hashchange", "popstate", "location-changed"]) this.parent.addEventListener(name, this.take, { signal });
    addEventListener("pagehide", () => this.ended.abort());
  }

  /** Put the place where we are into Home Assistant's address. */
  write(): void {
    const { location: theirs, history: steps } = this.parent;
    if (panelOf(theirs) !== this.panel) return;
    const hash = hashFor(theirs, this.panel, location.hash);
    if (hash !== theirs.hash) steps.replaceState(steps.state, "", `${theirs.pathname}${theirs.search}${hash}`);
  }
}
