import type { ReactiveControllerHost } from "lit";
import { framingPage } from "./framing";
import { PanelPlace } from "./panel-place";

const SIDES = ["top", "right", "bottom", "left"] as const;

/** What Home Assistant tells a panel about its surroundings. Its `route` is read from the address instead, with the hash. */
export interface Surroundings {
  narrow: boolean;
  /** CSS lengths, from Home Assistant 2026.8 on; before it, Home Assistant keeps the frame clear of them itself. */
  safeAreaInsets?: Readonly<Partial<Record<(typeof SIDES)[number], string>>>;
}

/** Speaks Home Assistant's panel protocol when the app lives in its frame. */
export class Embed {
  surroundings: Surroundings | null = null;
  private place: PanelPlace | null = null;
  private readonly hosts = new Set<ReactiveControllerHost>();

  get embedded(): boolean {
    return window.parent !== window;
  }

  /**
   * Whether the menu button is ours to draw: Home Assistant gave up its own header for us, and its sidebar is not there
   * to be seen, because the window is narrow or the user hides it.
   */
  get needsMenuButton(): boolean {
    return this.surroundings !== null && (this.surroundings.narrow || this.fillsWindow);
  }

  private get fillsWindow(): boolean {
    const frame = window.frameElement;
    return frame !== null && frame.getBoundingClientRect().width >= window.parent.innerWidth - 1;
  }

  start(): void {
    if (!this.embedded) return;
    addEventListener("message", (event) => this.receive(event));
    addEventListener("resize", () => this.tell());
    addEventListener("pagehide", () => this.post({ type: "home-assistant/unsubscribe-properties" }));
    // A page that comes out of the back-forward cache had said goodbye.
    addEventListener("pageshow", (event) => event.persisted && this.join());
    this.join();
  }

  toggleMenu(): void {
    this.post({ type: "home-assistant/toggle-menu" });
  }

  /** Say that the place changed without a step in the history. */
  settled(): void {
    this.place?.write();
  }

  follow(host: ReactiveControllerHost): void {
    host.addController({
      hostConnected: () => this.hosts.add(host),
      hostDisconnected: () => this.hosts.delete(host),
    });
  }

  private join(): void {
    const page = framingPage();
    this.place = page && PanelPlace.start(page);
    this.post({ type: "home-assistant/subscribe-properties", kioskMode: true, handleSafeArea: true });
  }

  private post(message: object): void {
    window.parent.postMessage(message, location.origin);
  }

  private receive(event: MessageEvent): void {
    const data = event.data as ({ type?: string } & Surroundings) | null;
    if (event.source !== window.parent || data?.type !== "home-assistant/properties") return;
    this.surroundings = { narrow: data.narrow === true, safeAreaInsets: data.safeAreaInsets };
    if (data.safeAreaInsets) for (const side of SIDES) document.documentElement.style.setProperty(`--f-safe-${side}`, data.safeAreaInsets[side] || "0px");
    this.place?.take();
    this.tell();
  }

  private tell(): void {
    for (const host of this.hosts) host.requestUpdate();
  }
}

export const embed = new Embed();
