import { LitElement, css, html } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { base } from "../styles/base";
import { icon } from "./icon";

/** One line of a menu; `checked` makes it one choice of several. */
export interface MenuItem {
  label: string;
  icon?: string;
  checked?: boolean;
  detail?: string;
  separated?: boolean;
  run: () => void;
}

/** A button that opens a menu (WAI-ARIA menu button pattern). The slot is the button's face. */
@customElement("foyer-menu")
export class Menu extends LitElement {
  @property() label = "";
  @property({ attribute: false }) items: readonly MenuItem[] = [];
  @property() face: "icon" | "chip" | "button" = "icon";
  /** Which edge of the button the menu is aligned to. */
  @property({ reflect: true }) align: "start" | "end" = "end";
  /** The menu opens above its button. */
  @property({ type: Boolean, reflect: true }) up = false;
  @state() private open = false;
  @query("#face") private readonly button!: HTMLButtonElement;

  static override styles = [
    base,
    css`
      :host {
        position: relative;
        display: inline-block;
      }
      .pop {
        position: absolute;
        top: calc(100% + 6px);
        right: 0;
        z-index: 40;
        min-width: 210px;
        max-width: min(340px, calc(100vw - 24px));
        max-height: min(60vh, 460px);
        overflow-y: auto;
        padding: 6px;
        border-radius: 14px;
        background: var(--f-surface);
        color: var(--f-text);
        border: 1px solid var(--f-line);
        box-shadow: var(--f-shadow-high);
        animation: drop var(--f-fast) var(--f-ease);
      }
      :host([align="start"]) .pop {
        right: auto;
        left: 0;
      }
      :host([up]) .pop {
        top: auto;
        bottom: calc(100% + 10px);
      }
      .pop button {
        display: flex;
        align-items: center;
        gap: 12px;
        width: 100%;
        min-height: 40px;
        padding: 6px 12px;
        border: 0;
        border-radius: 9px;
        background: none;
        text-align: left;
        font-size: 14px;
      }
      .pop button:hover,
      .pop button:focus-visible {
        background: var(--f-hover);
        outline-offset: -3px;
      }
      .pop button[aria-checked="true"] {
        color: var(--f-primary-ink);
        font-weight: 650;
      }
      .pop .icon {
        width: 20px;
        height: 20px;
        opacity: 0.8;
      }
      .pop .detail {
        margin-left: auto;
        color: var(--f-muted);
        font-size: 13px;
        font-weight: 400;
      }
      hr {
        border: 0;
        border-top: 1px solid var(--f-line);
        margin: 6px 4px;
      }
      @keyframes drop {
        from {
          opacity: 0;
          transform: translateY(-6px);
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("pointerdown", this.outside, true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("pointerdown", this.outside, true);
    this.open = false;
  }

  protected override render() {
    const look = this.face === "icon" ? "icon-btn" : this.face === "chip" ? "chip" : "btn";
    return html`
      <button id="face" class=${look} part="face" aria-haspopup="menu" aria-expanded=${this.open} aria-label=${this.label} title=${this.label} @click=${this.toggle} @keydown=${this.faceKey}>
        <slot></slot>
      </button>
      ${this.open ? html`<div class="pop" role="menu" aria-label=${this.label} @keydown=${this.menuKey}>${this.items.map((item) => this.line(item))}</div>` : ""}
    `;
  }

  private line(item: MenuItem) {
    const choice = item.checked !== undefined;
    return html`${item.separated ? html`<hr />` : ""}<button
        role=${choice ? "menuitemradio" : "menuitem"}
        aria-checked=${choice ? String(item.checked) : "false"}
        tabindex="-1"
        @click=${() => this.choose(item)}
      >
        ${item.icon ? icon(item.icon) : ""}<span>${item.label}</span>${item.detail ? html`<span class="detail">${item.detail}</span>` : ""}
      </button>`;
  }

  private choose(item: MenuItem): void {
    this.close();
    item.run();
  }

  private async toggle(): Promise<void> {
    this.open = !this.open;
    this.dispatchEvent(new CustomEvent("menu", { detail: this.open, bubbles: true, composed: true }));
    if (!this.open) return;
    await this.updateComplete;
    const checked = this.renderRoot.querySelector<HTMLElement>('[aria-checked="true"]');
    (checked ?? this.lines()[0])?.focus();
  }

  private close(): void {
    this.open = false;
    this.dispatchEvent(new CustomEvent("menu", { detail: false, bubbles: true, composed: true }));
    this.button.focus();
  }

  private lines(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>(".pop button")];
  }

  private faceKey(event: KeyboardEvent): void {
    if (event.key !== "ArrowDown" || this.open) return;
    event.preventDefault();
    event.stopPropagation();
    void this.toggle();
  }

  private menuKey(event: KeyboardEvent): void {
    const lines = this.lines();
    const at = lines.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    const next: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1 + lines.length, Home: 0, End: lines.length - 1 };
    event.stopPropagation();
    if (event.key === "Escape") this.close();
    else if (event.key === "Tab") this.open = false;
    else if (event.key in next) lines[(next[event.key] ?? 0) % lines.length]?.focus();
    else return;
    if (event.key !== "Tab") event.preventDefault();
  }

  private readonly outside = (event: Event): void => {
    if (!this.open || event.composedPath().includes(this)) return;
    this.open = false;
    this.dispatchEvent(new CustomEvent("menu", { detail: false, bubbles: true, composed: true }));
  };
}
