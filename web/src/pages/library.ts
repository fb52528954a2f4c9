import { mdiFilterOffOutline, mdiFolderOpenOutline } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { LibraryHead } from "../api/generated";
import { Query } from "../api/query";
import { patchCards } from "../app/changes";
import { followLibraryNews } from "../app/library-news";
import { type Route, setParams } from "../app/router";
import { api, changes, session } from "../app/services";
import "../components/grid";
import { isWide } from "../components/labels";
import "../components/state";
import { plural, t } from "../i18n";
import { base } from "../styles/base";
import { filterOf, kindOf, orderOf } from "./library/browse";
import { Pager } from "./library/pager";
import "./library/toolbar";

/** One library as a grid that may hold many thousands. */
@customElement("foyer-library")
export class LibraryPage extends LitElement {
  @property({ attribute: false }) route?: Route;
  private readonly head = new Query(this, api, LibraryHead, () => (this.route?.path[1] ? { id: this.route.path[1] } : null));
  private readonly pager = new Pager(this, api);
  private wasHere = false;

  static override styles = [
    base,
    css`
      :host {
        display: block;
        padding: 22px var(--f-gutter) 40px;
      }
      .title {
        align-items: baseline;
        gap: 14px;
        margin-bottom: 16px;
      }
      .add {
        margin-left: auto;
        align-self: center;
      }
      foyer-grid {
        margin-top: 18px;
      }
      .bone {
        height: 34px;
        width: 240px;
        margin-bottom: 16px;
      }
    `,
  ];

  constructor() {
    super();
    followLibraryNews(this, () => void this.pager.refresh());
    changes.follow(this, (id, state) => {
      this.pager.items = patchCards(this.pager.items, id, state);
      this.requestUpdate();
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.wasHere) void this.pager.refresh();
    this.wasHere = true;
  }

  private get params(): Record<string, string> {
    return Object.fromEntries(this.route?.query ?? []);
  }

  protected override willUpdate(): void {
    const library = this.head.data?.library;
    if (library) this.pager.show({ library: library.id, filter: filterOf(library.kind, this.params), orderBy: [orderOf(this.params)] });
  }

  protected override render() {
    const { data, error } = this.head;
    if (error) return html`<foyer-state .error=${error} @retry=${() => this.head.refetch()}></foyer-state>`;
    if (!data) return html`<div class="bone" role="status" aria-label=${t("app.loading")}></div>`;
    if (!data.library) return html`<foyer-state .heading=${t("library.gone")} .text=${t("library.goneText")}></foyer-state>`;
    const { name, kind } = data.library;
    const shown = kindOf(kind, this.params);
    return html`
      <div class="row title">
        <h1>${name}</h1>
        <span class="muted" role="status">${this.pager.fresh ? "" : plural("count.items", this.pager.total)}</span>
        ${this.upload(data.library)}
      </div>
      <foyer-library-toolbar .kind=${kind} .params=${this.params} .genres=${data.genres.nodes}></foyer-library-toolbar>
      ${this.pager.error ? html`<foyer-state .error=${this.pager.error} @retry=${() => this.pager.restart()}></foyer-state>` : nothing}
      ${this.pager.total === 0 && !this.pager.fresh ? this.empty() : nothing}
      <foyer-grid
        label=${name}
        ?wide=${isWide(shown)}
        .items=${this.pager.items}
        .total=${this.pager.fresh ? (this.pager.error ? 0 : 40) : this.pager.total}
        aria-busy=${this.pager.fresh}
        @need=${(event: CustomEvent<number>) => this.pager.need(event.detail)}
      ></foyer-grid>
    `;
  }

  /** Its code comes for those who may add files. */
  private upload(library: { id: string; name: string }) {
    if (!session.may("MANAGE_LIBRARIES")) return nothing;
    void import("../upload/drop-zone");
    return html`<span class="add"><foyer-drop-zone .library=${library.id} .name=${library.name}></foyer-drop-zone></span>`;
  }

  private empty() {
    const filtered = Object.keys(this.params).some((name) => ["genre", "decade", "state", "letter"].includes(name));
    if (filtered) {
      return html`<foyer-state .icon=${mdiFilterOffOutline} .heading=${t("library.noneMatch")} .text=${t("library.noneMatchText")}>
        <button class="btn" @click=${() => setParams({ genre: null, decade: null, state: null, letter: null })}>${t("filter.clear")}</button>
      </foyer-state>`;
    }
    return html`<foyer-state .icon=${mdiFolderOpenOutline} .heading=${t("library.empty")} .text=${t("library.emptyText")}>
      ${session.may("MANAGE_LIBRARIES") ? html`<a class="btn" href="#/admin/libraries">${t("nav.manage")}</a>` : nothing}
    </foyer-state>`;
  }
}
