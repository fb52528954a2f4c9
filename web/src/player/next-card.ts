import { mdiClose, mdiPlay } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ItemCard } from "../api/generated";
import { icon } from "../components/icon";
import { ITEM_ICONS, caption } from "../components/labels";
import { picture, pictureStyles } from "../components/picture";
import { t } from "../i18n";
import { base } from "../styles/base";

/** Near the end: what comes next and when. Says `next` or `dismiss`. */
@customElement("foyer-next-card")
export class NextCard extends LitElement {
  @property({ attribute: false }) item?: ItemCard;
  @property({ type: Number }) seconds = 0;

  static override styles = [
    base,
    pictureStyles,
    css`
      aside {
        position: relative;
        display: grid;
        grid-template-columns: 150px 1fr;
        gap: 14px;
        width: min(430px, calc(100vw - 32px));
        padding: 12px;
        border-radius: 16px;
        background: rgba(22, 25, 30, 0.94);
        box-shadow: var(--f-shadow-high);
        animation: in var(--f-slow) var(--f-ease);
      }
      .pic {
        aspect-ratio: 16 / 9;
        border-radius: 10px;
      }
      .words {
        display: grid;
        gap: 4px;
        align-content: center;
        min-width: 0;
        padding-right: 30px;
      }
      .title {
        font-weight: 650;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .close {
        position: absolute;
        right: 4px;
        top: 4px;
      }
      .btn {
        justify-self: start;
        margin-top: 4px;
      }
      @keyframes in {
        from {
          opacity: 0;
          transform: translateY(12px);
        }
      }
    `,
  ];

  protected override render() {
    if (!this.item) return nothing;
    const { title, detail } = caption(this.item);
    return html`<aside aria-label=${t("player.upNext")}>
      ${picture(this.item.thumb ?? this.item.poster, ITEM_ICONS[this.item.kind], [480, 960], "150px")}
      <div class="words">
        <div class="small muted">${t("player.upNextIn", { seconds: Math.max(0, Math.ceil(this.seconds)) })}</div>
        <div class="title">${detail || title}</div>
        <button class="btn primary" @click=${() => this.say("next")}>${icon(mdiPlay)} ${t("player.playNow")}</button>
      </div>
      <button class="icon-btn close" aria-label=${t("player.stay")} title=${t("player.stay")} @click=${() => this.say("dismiss")}>${icon(mdiClose)}</button>
    </aside>`;
  }

  private say(what: "next" | "dismiss"): void {
    this.dispatchEvent(new CustomEvent(what));
  }
}
