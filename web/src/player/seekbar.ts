import { LitElement, css, html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { styleMap } from "lit/directives/style-map.js";
import { api } from "../app/services";
import { t } from "../i18n";
import { clock } from "../i18n/format";
import { base } from "../styles/base";
import type { Info } from "./playback";
import { tileAt } from "./trickplay";

/** Where we are, what is loaded, where chapters begin, and a look ahead. Says `seek` with seconds. */
@customElement("foyer-seekbar")
export class Seekbar extends LitElement {
  @property({ type: Number }) position = 0;
  @property({ type: Number }) duration = 0;
  @property({ attribute: false }) buffered: ReadonlyArray<readonly [number, number]> = [];
  @property({ attribute: false }) chapters: Info["chapters"] = [];
  @property({ attribute: false }) trickplay: Info["trickplay"] = null;
  @state() private pointed: number | null = null;
  @state() private dragging = false;
  @query(".bar") private readonly bar!: HTMLElement;

  static override styles = [
    base,
    css`
      :host {
        display: block;
        touch-action: none;
      }
      .bar {
        position: relative;
        height: 26px;
        cursor: pointer;
        display: flex;
        align-items: center;
      }
      .bar:focus-visible {
        outline-offset: 0;
      }
      .rail {
        position: relative;
        width: 100%;
        height: 5px;
        border-radius: 3px;
        background: rgba(255, 255, 255, 0.28);
        overflow: hidden;
        transition: height var(--f-fast);
      }
      .bar:hover .rail,
      .dragging .rail {
        height: 8px;
      }
      .rail i {
        position: absolute;
        inset: 0 auto 0 0;
        border-radius: inherit;
      }
      .loaded {
        background: rgba(255, 255, 255, 0.32);
      }
      .played {
        background: var(--f-bar);
      }
      .mark {
        width: 3px;
        border-radius: 0 !important;
        background: rgba(0, 0, 0, 0.75);
      }
      .knob {
        position: absolute;
        width: 16px;
        height: 16px;
        margin-left: -8px;
        border-radius: 50%;
        background: #fff;
        box-shadow: 0 1px 5px rgba(0, 0, 0, 0.5);
        transform: scale(0.8);
        transition: transform var(--f-fast);
        pointer-events: none;
      }
      .bar:hover .knob,
      .dragging .knob {
        transform: none;
      }
      .peek {
        position: absolute;
        bottom: 30px;
        pointer-events: none;
        display: grid;
        justify-items: center;
        gap: 5px;
        transform: translateX(-50%);
        text-shadow: 0 1px 3px #000;
        font-size: 13px;
        font-weight: 600;
        font-variant-numeric: tabular-nums;
        text-align: center;
      }
      .tile {
        border-radius: 8px;
        border: 2px solid rgba(255, 255, 255, 0.92);
        background-color: #000;
        box-shadow: 0 6px 24px rgba(0, 0, 0, 0.6);
      }
    `,
  ];

  protected override render() {
    const shown = this.dragging && this.pointed !== null ? this.pointed : this.position;
    const share = (seconds: number): string => `${this.duration > 0 ? Math.min(100, (seconds / this.duration) * 100) : 0}%`;
    return html`<div
      class="bar ${this.dragging ? "dragging" : ""}"
      role="slider"
      tabindex="0"
      aria-label=${t("player.position")}
      aria-valuemin="0"
      aria-valuemax=${Math.round(this.duration)}
      aria-valuenow=${Math.round(this.position)}
      aria-valuetext=${t("player.positionOf", { position: clock(this.position), duration: clock(this.duration) })}
      @pointerdown=${this.grab}
      @pointermove=${this.point}
      @pointerup=${this.release}
      @pointercancel=${this.leave}
      @pointerleave=${this.leave}
    >
      <div class="rail">
        ${this.buffered.map(([from, to]) => html`<i class="loaded" style=${styleMap({ left: share(from), width: share(to - from) })}></i>`)}
        <i class="played" style=${styleMap({ width: share(shown) })}></i>
        ${this.chapters.slice(1).map((chapter) => html`<i class="mark" style=${styleMap({ left: share(chapter.startSeconds) })}></i>`)}
      </div>
      <span class="knob" style=${styleMap({ left: share(shown) })}></span>
      ${this.pointed === null ? nothing : this.peek(this.pointed)}
    </div>`;
  }

  private peek(seconds: number) {
    const tile = this.trickplay && this.trickplay.count > 0 ? tileAt(this.trickplay, seconds) : null;
    const width = this.clientWidth || 1;
    const half = Math.min(width / 2, (tile?.width ?? 80) / 2 + 4);
    const left = Math.min(width - half, Math.max(half, (seconds / (this.duration || 1)) * width));
    const chapter = this.chapters.findLast((one) => one.startSeconds <= seconds + 0.01)?.title;
    return html`<div class="peek" style=${styleMap({ left: `${left}px` })} aria-hidden="true">
      ${tile
        ? html`<div
            class="tile"
            style=${styleMap({ width: `${tile.width}px`, height: `${tile.height}px`, backgroundImage: `url("${api.url(tile.url)}")`, backgroundPosition: `-${tile.x}px -${tile.y}px` })}
          ></div>`
        : nothing}
      ${chapter ? html`<span>${chapter}</span>` : nothing}<span>${clock(seconds)}</span>
    </div>`;
  }

  private secondsAt(event: PointerEvent): number {
    const box = this.bar.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.duration;
  }

  private grab(event: PointerEvent): void {
    this.bar.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.pointed = this.secondsAt(event);
  }

  private point(event: PointerEvent): void {
    this.pointed = this.secondsAt(event);
  }

  private release(event: PointerEvent): void {
    if (this.dragging) this.dispatchEvent(new CustomEvent("seek", { detail: this.secondsAt(event) }));
    this.dragging = false;
    if (event.pointerType !== "mouse") this.pointed = null;
  }

  private leave(): void {
    this.dragging = false;
    this.pointed = null;
  }
}
