import { mdiMagnify, mdiMagnifyClose } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type ItemKind, Search } from "../api/generated";
import { Query } from "../api/query";
import { patchCards } from "../app/changes";
import { type Route, go, setParams } from "../app/router";
import { api, changes } from "../app/services";
import "../components/grid";
import { icon } from "../components/icon";
import { isWide, kindName } from "../components/labels";
import "../components/row";
import "../components/state";
import { plural, t } from "../i18n";
import { number } from "../i18n/format";
import { base } from "../styles/base";
import { forms } from "../styles/forms";

const SETTLE_MS = 140;

/** Search as you type. The text lives in the address; on wide screens its box is in the header. */
@customElement("foyer-search")
export class SearchPage extends LitElement {
  @property({ attribute: false }) route?: Route;
  @state() private text = "";
  private timer = 0;
  private readonly results = new Query(this, api, Search, () => (this.text ? { text: this.text, kinds: this.kind ? [this.kind] : null } : null));
  private last: Query<import("../api/generated").SearchQuery, never>["data"];

  static override styles = [
    base,
    forms,
    css`
      :host {
        display: block;
        padding: 22px var(--f-gutter) 40px;
      }
      .box {
        position: relative;
        display: none;
        margin-bottom: 16px;
      }
      .box .icon {
        position: absolute;
        left: 14px;
        top: 12px;
      }
      .box input {
        padding-left: 46px;
        min-height: 48px;
        border-radius: 999px;
      }
      @media (max-width: 720px) {
        .box {
          display: block;
        }
        h1 {
          font-size: 20px;
        }
      }
      .chips {
        margin: 14px 0 20px;
      }
      .stale {
        opacity: 0.6;
      }
      .hints {
        margin: 10px 0;
      }
    `,
  ];

  constructor() {
    super();
    changes.follow(this, (id, state) =>
      this.results.patch((data) => ({ search: { ...data.search, items: { ...data.search.items, nodes: patchCards(data.search.items.nodes, id, state) } } })),
    );
  }

  private get kind(): ItemKind | null {
    return (this.route?.query.get("kind") as ItemKind | null) ?? null;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("route")) {
      const wanted = this.route?.query.get("q")?.trim() ?? "";
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => (this.text = wanted), this.text ? SETTLE_MS : 0);
    }
    if (this.results.data) this.last = this.results.data;
    if (!this.text) this.last = undefined;
  }

  protected override render() {
    const { error } = this.results;
    return html`
      <div class="box">
        ${icon(mdiMagnify)}
        <input type="search" autocomplete="off" enterkeyhint="search" aria-label=${t("search.label")} placeholder=${t("search.placeholder")} .value=${this.route?.query.get("q") ?? ""} @input=${this.typed} />
      </div>
      ${error ? html`<foyer-state .error=${error} @retry=${() => this.results.refetch()}></foyer-state>` : this.found()}
    `;
  }

  private found() {
    if (!this.text) return html`<foyer-state .icon=${mdiMagnify} .heading=${t("search.startHeading")} .text=${t("search.startText")}></foyer-state>`;
    const result = (this.results.data ?? this.last)?.search;
    if (!result) return html`<foyer-grid .total=${12} aria-busy="true"></foyer-grid>`;
    const items = result.items.nodes;
    const total = result.items.totalCount ?? items.length;
    return html`
      <div role="status"><h1>${plural("search.found", total, { text: this.text })}</h1></div>
      ${this.suggestions(result.suggestions)} ${this.facets(result.facets)}
      ${items.length === 0
        ? html`<foyer-state .icon=${mdiMagnifyClose} .heading=${t("search.none")} .text=${t("search.noneText")}></foyer-state>`
        : html`<foyer-grid class=${this.results.loading ? "stale" : ""} ?wide=${items.every((item) => isWide(item.kind))} label=${t("search.results")} .items=${items} .total=${items.length}></foyer-grid>`}
    `;
  }

  private suggestions(words: readonly string[]) {
    if (words.length === 0) return nothing;
    return html`<p class="hints">${t("search.didYouMean")} ${words.map((word) => html`<a class="link" href=${`#/search?q=${encodeURIComponent(word)}`}>${word}</a> `)}</p>`;
  }

  private facets(facets: ReadonlyArray<{ kind: ItemKind; count: number }>) {
    if (facets.length < 2 && !this.kind) return nothing;
    const chip = (kind: ItemKind | null, label: string) => html`<button class="chip" aria-pressed=${this.kind === kind} @click=${() => setParams({ kind })}>${label}</button>`;
    return html`<div class="chips" role="group" aria-label=${t("search.facets")}>
      ${chip(null, t("filter.any"))} ${facets.map(({ kind, count }) => chip(kind, `${kindName(kind)} ${number(count)}`))}
    </div>`;
  }

  private typed(event: Event): void {
    go(`#/search?q=${encodeURIComponent((event.target as HTMLInputElement).value)}`, { replace: true });
  }
}
