import { LitElement, css, html } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { base } from "../styles/base";
import { explain } from "./state";

interface Note {
  id: number;
  text: string;
  bad: boolean;
}

const SHOWN_MS = 6_000;

/** Short notes at the bottom of the screen, read out by screen readers. */
@customElement("foyer-toasts")
export class Toasts extends LitElement {
  @state() private notes: readonly Note[] = [];
  private last = 0;

  static override styles = [
    base,
    css`
      :host {
        position: fixed;
        inset: auto 0 calc(20px + var(--f-safe-bottom) + var(--f-bottom-bar, 0px) + var(--f-remote, 0px));
        display: grid;
        justify-items: center;
        gap: 8px;
        pointer-events: none;
        z-index: 60;
        padding: 0 16px;
      }
      .note {
        background: color-mix(in oklab, var(--f-text) 92%, var(--f-bg));
        color: var(--f-bg);
        padding: 11px 20px;
        border-radius: 14px;
        box-shadow: var(--f-shadow-high);
        max-width: 560px;
        animation: in var(--f-slow) var(--f-ease);
      }
      .note.bad {
        background: #8c1d18;
        color: #fff;
      }
      @keyframes in {
        from {
          opacity: 0;
          transform: translateY(10px);
        }
      }
    `,
  ];

  add(text: string, bad: boolean): void {
    const note = { id: ++this.last, text, bad };
    this.notes = [...this.notes.slice(-2), note];
    setTimeout(() => (this.notes = this.notes.filter((one) => one !== note)), SHOWN_MS);
  }

  protected override render() {
    return html`<div role="status" aria-live="polite">
      ${repeat(this.notes, (note) => note.id, (note) => html`<div class="note ${note.bad ? "bad" : ""}">${note.text}</div>`)}
    </div>`;
  }
}

function toasts(): Toasts {
  const found = document.querySelector<Toasts>("foyer-toasts");
  return found ?? document.body.appendChild(document.createElement("foyer-toasts") as Toasts);
}

export const toast = (text: string): void => toasts().add(text, false);
export const toastError = (error: unknown): void => toasts().add(explain(error instanceof Error ? error : new Error(String(error))), true);

/** Run something that may fail; say so when it does. */
export async function attempt<T>(work: () => Promise<T>, done?: string): Promise<T | undefined> {
  try {
    const result = await work();
    if (done) toast(done);
    return result;
  } catch (error) {
    toastError(error);
    return undefined;
  }
}
