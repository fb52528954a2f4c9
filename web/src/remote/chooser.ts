import { mdiCheck, mdiMonitorCellphone, mdiRefresh, mdiTelevision, mdiTelevisionOff, mdiTelevisionPlay } from "@mdi/js";
import { LitElement, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { type ScreenLine, type ScreenState, Screens } from "../api/generated";
import { Query } from "../api/query";
import { inOrder } from "../app/screen-watch";
import { api, screenWatch } from "../app/services";
import "../components/dialog";
import { icon } from "../components/icon";
import { caption } from "../components/labels";
import { explain } from "../components/state";
import { toast } from "../components/toast";
import { t } from "../i18n";
import { base } from "../styles/base";
import type { Begin } from "./choose";
import { chooserStyles } from "./chooser-styles";

const HERE = "here";
const BUSY: ReadonlySet<ScreenState> = new Set<ScreenState>(["PLAYING", "PAUSED", "BUFFERING"]);

/** Where to play: this device, or a screen of Home Assistant. Says `done` once it plays there, and `dismiss`. */
@customElement("foyer-chooser")
export class Chooser extends LitElement {
  /** Where it plays now: a screen's id, null for this device, undefined for nowhere. */
  @property({ attribute: false }) current: string | null | undefined;
  @property({ attribute: false }) begin: Begin = () => Promise.resolve(null);
  @state() private starting: string | null = null;
  @state() private failure: Error | null = null;
  private readonly screens = new Query(this, api, Screens, () => ({}));

  static override styles = [base, chooserStyles];

  constructor() {
    super();
    screenWatch.follow(this);
  }

  protected override render() {
    const { data, error } = this.screens;
    const known = screenWatch.screens.size > 0 ? screenWatch.screens.values() : (data?.screens.nodes ?? []);
    const screens = inOrder(known);
    const problem = this.failure ?? (screens.length === 0 ? error : undefined);
    return html`<foyer-dialog .heading=${t("screens.heading")} @dismiss=${() => this.dispatchEvent(new CustomEvent("dismiss"))}>
      <ul @keydown=${this.walk}>
        <li>${this.line(HERE, mdiMonitorCellphone, t("screens.here"), "", this.current === null, null)}</li>
        ${repeat(screens, (one) => one.id, (one) => html`<li>${this.screen(one)}</li>`)}
        ${!data && !error && screens.length === 0 ? html`<li class="bone" role="status" aria-label=${t("app.loading")}></li>` : nothing}
      </ul>
      ${problem ? html`<p class="failure" role="alert">${explain(problem)}</p>` : nothing}
      ${data && screens.length === 0 ? this.none(data.screensProblem) : nothing}
    </foyer-dialog>`;
  }

  private screen(one: ScreenLine) {
    const busy = BUSY.has(one.state);
    const what = one.session && busy ? caption(one.session.item).title : "";
    const doing = what ? t("screens.playsTitle", { title: what }) : t(`screenState.${one.state}`);
    const path = one.state === "UNAVAILABLE" ? mdiTelevisionOff : busy ? mdiTelevisionPlay : mdiTelevision;
    return this.line(one.id, path, one.name, [one.area, doing].filter(Boolean).join(" · "), this.current === one.id, one);
  }

  private line(id: string, path: string, name: string, detail: string, current: boolean, screen: ScreenLine | null) {
    const off = screen?.state === "UNAVAILABLE";
    return html`<button
      class="place ${screen && BUSY.has(screen.state) ? "busy" : ""}"
      aria-current=${current ? "true" : nothing}
      aria-busy=${this.starting === id}
      ?disabled=${off || current || this.starting !== null}
      ?autofocus=${id === HERE && !current}
      @click=${() => this.choose(id, screen)}
    >
      <span class="mark">${icon(path)}</span>
      <span class="words"><span class="name">${name}</span>${detail ? html`<span class="muted small">${detail}</span>` : nothing}</span>
      ${this.starting === id ? html`<span class="turning spin" aria-hidden="true">${icon(mdiRefresh)}</span>` : current ? icon(mdiCheck) : nothing}
    </button>`;
  }

  private none(problem: string | null) {
    return html`<div class="none">
      <p>${problem ?? t("screens.none")}</p>
      <p class="muted small">${t("screens.noneHint")}</p>
    </div>`;
  }

  private async choose(id: string, screen: ScreenLine | null): Promise<void> {
    this.starting = id;
    this.failure = null;
    try {
      const notice = await this.begin(screen);
      if (notice) toast(notice);
      this.dispatchEvent(new CustomEvent("done"));
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
    this.starting = null;
  }

  private walk(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const places = [...this.renderRoot.querySelectorAll<HTMLButtonElement>(".place:not(:disabled)")];
    const at = places.indexOf(this.shadowRoot?.activeElement as HTMLButtonElement);
    places[(at + step + places.length) % places.length]?.focus();
  }
}
