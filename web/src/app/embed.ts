import type { ReactiveControllerHost } from "lit";

/** What Home Assistant tells a panel about its surroundings. */
export interface Surroundings {
  narrow: boolean;
  route?: { prefix: string; path: string };
  safeAreaInsets?: Readonly<Record<"top" | "right" | "bottom" | "left", number>>;
}

/** Speaks Home Assistant's panel protocol when the app lives in its frame. */
export class Embed {
  surroundings: Surroundings | null = null;
  private readonly hosts = new Set<ReactiveControllerHost>();

  get embedded(): boolean {
    return window.parent !== window;
  }

  /** The menu button of Home Assistant is ours to draw when its sidebar is hidden. */
  get needsMenuButton(): boolean {
    return this.surroundings?.narrow ?? false;
  }

  start(): void {
    if (!this.embedded) return;
    addEventListener("message", (event) => this.receive(event));
    addEventListener("pagehide", () => this.post({ type: "home-assistant/unsubscribe-properties" }));
    this.post({ type: "home-assistant/subscribe-properties", kioskMode: true, handleSafeArea: true });
  }

  toggleMenu(): void {
    this.post({ type: "home-assistant/toggle-menu" });
  }

  follow(host: ReactiveControllerHost): void {
    host.addController({
      hostConnected: () => this.hosts.add(host),
      hostDisconnected: () => this.hosts.delete(host),
    });
  }

  private post(message: object): void {
    window.parent.postMessage(message, "*");
  }

  private receive(event: MessageEvent): void {
    const data = event.data as ({ type?: string } & Surroundings) | null;
    if (event.source !== window.parent || data?.type !== "home-assistant/properties") return;
    const first = this.surroundings === null;
    this.surroundings = data;
    for (const [side, width] of Object.entries(data.safeAreaInsets ?? {})) {
      document.documentElement.style.setProperty(`--f-safe-${side}`, `${Number(width)}px`);
    }
    if (first) this.deepLink(data.route?.path ?? "");
    for (const host of this.hosts) host.requestUpdate();
  }

  /** `/my-panel/item/ID` in Home Assistant's address opens `#/item/ID` here. */
  private deepLink(path: string): void {
    if (location.hash === "" && path.length > 1) location.hash = path;
  }
}

export const embed = new Embed();
