import { mdiClose } from "@mdi/js";
import { LitElement, css, html } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { t } from "../i18n";
import { base } from "../styles/base";
import { icon } from "./icon";

/** A modal dialog: open while it is on the page; says `dismiss` when the user closes it. */
@customElement("foyer-dialog")
export class Dialog extends LitElement {
  @property() heading = "";
  @property({ type: Boolean, reflect: true }) wide = false;
  @query("dialog") private readonly dialog!: HTMLDialogElement;

  static override styles = [
    base,
    css`
      dialog {
        width: min(520px, calc(100vw - 32px));
        max-height: min(86dvh, 860px);
        padding: 0;
        border: 1px solid var(--f-line);
        border-radius: 18px;
        background: var(--f-surface);
        color: var(--f-text);
        box-shadow: var(--f-shadow-high);
        overflow: hidden;
      }
      dialog[open] {
        display: flex;
        flex-direction: column;
        animation: rise var(--f-slow) var(--f-ease);
      }
      :host([wide]) dialog {
        width: min(820px, calc(100vw - 32px));
      }
      dialog::backdrop {
        background: rgba(5, 8, 12, 0.56);
        backdrop-filter: blur(2px);
      }
      header {
        display: flex;
        align-items: center;
        gap: 12px;
        padding: 14px 14px 6px 22px;
      }
      h2 {
        flex: 1;
      }
      .body {
        padding: 8px 22px 22px;
        overflow-y: auto;
        overscroll-behavior: contain;
      }
      @keyframes rise {
        from {
          opacity: 0;
          transform: translateY(14px) scale(0.985);
        }
      }
      @media (max-width: 560px) {
        dialog {
          width: 100vw;
          max-width: none;
          max-height: 92dvh;
          margin: auto 0 0;
          border-radius: 18px 18px 0 0;
          padding-bottom: var(--f-safe-bottom);
        }
      }
    `,
  ];

  protected override render() {
    return html`<dialog aria-labelledby="heading" @cancel=${this.dismiss} @click=${this.outside}>
      <header>
        <h2 id="heading">${this.heading}</h2>
        <button class="icon-btn" aria-label=${t("action.close")} @click=${this.dismiss}>${icon(mdiClose)}</button>
      </header>
      <div class="body"><slot></slot></div>
    </dialog>`;
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
    this.querySelector<HTMLElement>("[autofocus]")?.focus();
  }

  private dismiss(event: Event): void {
    event.preventDefault();
    this.dispatchEvent(new CustomEvent("dismiss"));
  }

  private outside(event: Event): void {
    if (event.composedPath()[0] === this.dialog) this.dismiss(event);
  }
}
