import { LitElement, css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type ItemCard, SeasonEpisodes } from "../../api/generated";
import { Query } from "../../api/query";
import { patchCards } from "../../app/changes";
import { api, changes } from "../../app/services";
import "../../components/state";
import { t } from "../../i18n";
import { base } from "../../styles/base";
import "./episodes";

/** A series' seasons as tabs over the episodes of the chosen one. */
@customElement("foyer-seasons")
export class Seasons extends LitElement {
  @property({ attribute: false }) seasons: readonly ItemCard[] = [];
  /** The season to open with. */
  @property() initial = "";
  @state() private chosen = "";
  private readonly episodes = new Query(this, api, SeasonEpisodes, () => {
    const season = this.chosen || this.initial || this.seasons[0]?.id;
    return season ? { season } : null;
  });

  static override styles = [
    base,
    css`
      [role="tablist"] {
        display: flex;
        gap: 8px;
        overflow-x: auto;
        scrollbar-width: none;
        padding: 4px;
        margin: 0 -4px 10px;
      }
      .chip {
        flex: none;
      }
      .bone {
        height: 110px;
        margin: 10px 0;
      }
    `,
  ];

  constructor() {
    super();
    changes.follow(this, (id, change) =>
      this.episodes.patch((data) => {
        if (data.item?.__typename !== "Season") return data;
        return { item: { ...data.item, episodes: { ...data.item.episodes, nodes: patchCards(data.item.episodes.nodes, id, change) } } };
      }),
    );
  }

  protected override render() {
    const open = this.chosen || this.initial || this.seasons[0]?.id;
    const season = this.episodes.data?.item;
    const list = season?.__typename === "Season" ? season.episodes.nodes.filter((one) => one.__typename === "Episode") : null;
    return html`
      <div role="tablist" aria-label=${t("item.seasons")} @keydown=${this.key}>
        ${this.seasons.map(
          (one) => html`<button class="chip" role="tab" aria-selected=${one.id === open} aria-current=${one.id === open} tabindex=${one.id === open ? 0 : -1} @click=${() => (this.chosen = one.id)}>${one.title}</button>`,
        )}
      </div>
      <div role="tabpanel">
        ${this.episodes.error ? html`<foyer-state .error=${this.episodes.error} @retry=${() => this.episodes.refetch()}></foyer-state>` : nothing}
        ${list ? html`<foyer-episodes .episodes=${list}></foyer-episodes>` : this.episodes.error ? nothing : [1, 2, 3].map(() => html`<div class="bone"></div>`)}
      </div>
    `;
  }

  private key(event: KeyboardEvent): void {
    const tabs = [...this.renderRoot.querySelectorAll<HTMLElement>("[role=tab]")];
    const at = tabs.indexOf(event.target as HTMLElement);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (at < 0 || !step) return;
    event.preventDefault();
    event.stopPropagation();
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next?.focus();
    next?.click();
  }
}
