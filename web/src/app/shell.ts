import { mdiArrowLeft, mdiMagnify, mdiMenu } from "@mdi/js";
import { LitElement, html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { Query } from "../api/query";
import { Libraries, LibraryEvents } from "../api/generated";
import "../components/activity";
import { icon } from "../components/icon";
import { LIBRARY_ICONS } from "../components/labels";
import "../components/state";
import "../components/user-menu";
import { t } from "../i18n";
import { base } from "../styles/base";
import "./bottom-bar";
import { embed } from "./embed";
import { Outlet } from "./outlet";
import type { Page } from "./pages";
import { type Route, go, href, parse } from "./router";
import { api, elsewhere, live, session } from "./services";
import { shellStyles } from "./shell-styles";
import { moveFocus } from "./spatial";

/** The bars around the pages: places to go, search, what is at work, and who is here. */
@customElement("foyer-shell")
export class Shell extends LitElement {
  @state() private route: Route = parse(location.hash);
  @state() private page: Page | null = null;
  @query("main") private readonly main!: HTMLElement;
  private readonly libraries = new Query(this, api, Libraries, () => ({}));
  private outlet: Outlet | null = null;
  private unsubscribe: (() => void) | null = null;

  static override styles = [base, shellStyles];

  constructor() {
    super();
    embed.follow(this);
    elsewhere.follow(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    history.scrollRestoration = "manual";
    history.replaceState("opened", "");
    addEventListener("hashchange", this.moved);
    addEventListener("keydown", this.key);
    this.unsubscribe = live.subscribe(LibraryEvents, {}, (event) => {
      if (event.kind.startsWith("LIBRARY_")) void this.libraries.refetch();
      dispatchEvent(new CustomEvent("foyer-library", { detail: event }));
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("hashchange", this.moved);
    removeEventListener("keydown", this.key);
    this.unsubscribe?.();
    this.outlet?.clear();
  }

  protected override firstUpdated(): void {
    this.outlet = new Outlet(this.main, (page, route) => this.changed(page, route));
    void this.outlet.show(false);
  }

  protected override render() {
    const immersive = this.page?.immersive ?? false;
    return html`
      <a class="skip" href="#" @click=${this.skip}>${t("nav.skip")}</a>
      ${immersive ? nothing : this.header()}
      <main id="main" tabindex="-1" class=${immersive ? "immersive" : ""}></main>
      ${this.page || !this.outlet
        ? nothing
        : html`<foyer-state .heading=${t("error.noPage")} .text=${t("error.noPageText")}><a class="btn" href="#/">${icon(mdiArrowLeft)} ${t("nav.home")}</a></foyer-state>`}
      ${immersive ? nothing : this.remote()} ${immersive ? nothing : html`<foyer-bottom-bar .place=${this.route.path[0] ?? ""}></foyer-bottom-bar>`}
    `;
  }

  private header() {
    return html`<header>
      ${embed.needsMenuButton ? html`<button class="icon-btn" aria-label=${t("nav.haMenu")} @click=${() => embed.toggleMenu()}>${icon(mdiMenu)}</button>` : nothing}
      <a class="brand" href="#/" aria-label=${t("nav.homeOf")}><img src="./icon.svg" alt="" width="28" height="28" /><span>Foyer</span></a>
      <nav aria-label=${t("nav.libraries")}>${this.places()}</nav>
      ${this.searchBox()}
      <foyer-activity></foyer-activity>
      <foyer-user-menu .viewer=${session.viewer}></foyer-user-menu>
    </header>`;
  }

  /** Its code comes with the first thing that plays elsewhere. */
  private remote() {
    if (elsewhere.all.length === 0) return nothing;
    void import("../remote/bar");
    return html`<foyer-remote-bar></foyer-remote-bar>`;
  }

  private places() {
    const [place, id] = this.route.path;
    const current = (yes: boolean) => (yes ? "page" : nothing);
    const libraries = this.libraries.data?.libraries.nodes ?? [];
    return html`<a href="#/" aria-current=${current(!place)}>${t("nav.home")}</a>
      ${libraries.map((one) => html`<a href=${href("library", one.id)} aria-current=${current(place === "library" && id === one.id)}>${icon(LIBRARY_ICONS[one.kind])}${one.name}</a>`)}`;
  }

  private searchBox() {
    const searching = this.route.path[0] === "search";
    return html`<form class="search" role="search" @submit=${(event: Event) => event.preventDefault()}>
      ${icon(mdiMagnify)}
      <input
        type="search"
        autocomplete="off"
        spellcheck="false"
        enterkeyhint="search"
        aria-label=${t("search.label")}
        placeholder=${t("search.placeholder")}
        .value=${searching ? (this.route.query.get("q") ?? "") : ""}
        @input=${this.search}
      />
    </form>`;
  }

  private search(event: Event): void {
    const text = (event.target as HTMLInputElement).value;
    const searching = this.route.path[0] === "search";
    if (text || searching) go(`#/search?q=${encodeURIComponent(text)}`, { replace: searching });
  }

  /** An entry of the history that was seen before is marked, so that coming back to it is known. */
  private readonly moved = (): void => {
    const back = history.state !== null;
    if (!back) history.replaceState("seen", "");
    void this.outlet?.show(back);
  };

  private changed(page: Page | null, route: Route): void {
    const moved = route.path.join("/") !== this.route.path.join("/");
    this.page = page;
    this.route = route;
    document.documentElement.classList.toggle("locked", page?.immersive ?? false);
    if (moved && route.path[0] !== "search") this.main.focus({ preventScroll: true });
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (this.page?.immersive || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.composedPath()[0] instanceof HTMLInputElement;
    if (event.key === "/" && !typing) {
      event.preventDefault();
      this.renderRoot.querySelector<HTMLInputElement>(".search input")?.focus();
    } else if (moveFocus(event, this)) event.preventDefault();
  };

  private skip(event: Event): void {
    event.preventDefault();
    this.main.focus();
  }
}
