import type { ReactiveControllerHost } from "lit";

/** Something that is followed live, once for everyone who shows it. */
export abstract class Watch<T> extends EventTarget {
  private stop: () => void = () => undefined;
  private followers = 0;

  /** Update the host at every change; `next` sees each thing that changed. */
  follow(host: ReactiveControllerHost, next: (changed: T) => void = () => undefined): void {
    const listen = (event: Event): void => {
      next((event as CustomEvent<T>).detail);
      host.requestUpdate();
    };
    host.addController({
      hostConnected: () => {
        this.addEventListener("change", listen);
        if (this.followers++ === 0) this.stop = this.begin();
      },
      hostDisconnected: () => {
        this.removeEventListener("change", listen);
        if (--this.followers === 0) this.end();
      },
    });
  }

  /** Subscribe; returns what ends it. */
  protected abstract begin(): () => void;
  /** Forget what is known. */
  protected abstract forget(): void;

  protected tell(detail: T): void {
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }

  private end(): void {
    this.stop();
    this.forget();
  }
}
