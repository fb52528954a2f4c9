import { mdiMovieOpenPlus } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { Home, type HomeQuery, type ItemCard } from "../api/generated";
import { Query } from "../api/query";
import { patchCards } from "../app/changes";
import { followLibraryNews } from "../app/library-news";
import type { Route } from "../app/router";
import { api, changes, session } from "../app/services";
import "../components/hero";
import "../components/latest";
import "../components/row";
import "../components/state";
import { t } from "../i18n";
import { base } from "../styles/base";

/** What to continue, what comes next, what is new. */
@customElement("foyer-home")
export class HomePage extends LitElement {
  @property({ attribute: false }) route?: Route;
  private readonly home = new Query(this, api, Home, () => ({}));

  static override styles = [
    base,
    css`
      :host {
        display: block;
        padding-bottom: 24px;
      }
      .rows {
        padding-top: 18px;
      }
    `,
  ];

  constructor() {
    super();
    followLibraryNews(this, () => void this.home.refetch());
    changes.follow(this, (id, state) => {
      this.home.patch((data) => patched(data, id, state));
      // What was begun, left or finished joins or leaves the shelves; the page may have been asked for before that was told.
      void this.home.refetch();
    });
  }

  protected override render() {
    const { data, error } = this.home;
    if (error && !data) return html`<foyer-state .error=${error} @retry=${() => this.home.refetch()}></foyer-state>`;
    if (!data) return html`<h1 class="sr-only">${t("nav.home")}</h1><div class="rows"><foyer-row wide></foyer-row><foyer-row></foyer-row></div>`;
    const libraries = data.libraries.nodes;
    if (libraries.length === 0) return this.welcome();
    const watching = data.continueWatching.nodes;
    const next = data.nextUp.nodes;
    const star = watching[0] ?? next[0];
    return html`
      <h1 class="sr-only">${t("nav.home")}</h1>
      <foyer-hero .item=${star} .fallback=${libraries.find((library) => library.itemCount > 0)?.id}></foyer-hero>
      <div class="rows">
        ${this.shelf(t("home.continue"), watching, true)} ${this.shelf(t("home.nextUp"), next, true)}
        ${repeat(libraries, (library) => library.id, (library) => html`<foyer-latest .library=${library}></foyer-latest>`)}
      </div>
    `;
  }

  private shelf(heading: string, items: readonly ItemCard[], wide: boolean) {
    return items.length > 0 ? html`<foyer-row .heading=${heading} .items=${items} .wide=${wide}></foyer-row>` : nothing;
  }

  private welcome() {
    const mayAdd = session.may("MANAGE_LIBRARIES");
    return html`<foyer-state .icon=${mdiMovieOpenPlus} .heading=${t("home.emptyHeading")} .text=${mayAdd ? t("home.emptyAdmin") : t("home.emptyUser")}>
      ${mayAdd ? html`<a class="btn primary big" href="#/admin/libraries?new=1">${t("library.addFirst")}</a>` : nothing}
    </foyer-state>`;
  }
}

function patched(data: HomeQuery, id: string, state: Partial<ItemCard["userState"]>): HomeQuery {
  const shelf = <T extends { nodes: ItemCard[] }>(one: T): T => ({ ...one, nodes: patchCards(one.nodes, id, state) });
  return { ...data, continueWatching: shelf(data.continueWatching), nextUp: shelf(data.nextUp) };
}
