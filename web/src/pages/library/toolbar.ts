import { mdiArrowDown, mdiArrowUp, mdiChevronDown, mdiClose } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { LibraryHeadQuery, LibraryKind } from "../../api/generated";
import { setParams } from "../../app/router";
import { icon } from "../../components/icon";
import { kindName } from "../../components/labels";
import "../../components/menu";
import type { MenuItem } from "../../components/menu";
import { type MessageKey, t } from "../../i18n";
import { base } from "../../styles/base";
import { KINDS, ORDERS, type Params, STATES, decades, kindOf, orderOf } from "./browse";

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** Sorting and filtering of a library; every choice lives in the address. */
@customElement("foyer-library-toolbar")
export class Toolbar extends LitElement {
  @property() kind: LibraryKind = "MOVIES";
  @property({ attribute: false }) params: Params = {};
  @property({ attribute: false }) genres: LibraryHeadQuery["genres"]["nodes"] = [];

  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: 10px;
      }
      .chips {
        align-items: center;
      }
      .letters {
        display: flex;
        overflow-x: auto;
        scrollbar-width: none;
        margin: 0 -4px;
      }
      .letters button {
        flex: 0 0 32px;
        height: 28px;
        border: 0;
        border-radius: 8px;
        background: none;
        color: var(--f-muted);
        font-size: 13px;
        font-weight: 600;
      }
      .letters button:hover {
        background: var(--f-hover);
        color: var(--f-text);
      }
      .letters button[aria-pressed="true"] {
        background: var(--f-fill);
        color: var(--f-on-fill);
      }
      foyer-menu::part(face) {
        min-height: 34px;
        padding: 2px 10px 2px 14px;
      }
      foyer-menu.set::part(face) {
        background: var(--f-tint);
        color: var(--f-primary-ink);
        font-weight: 600;
      }
      .icon {
        width: 18px;
        height: 18px;
      }
    `,
  ];

  protected override render() {
    const order = orderOf(this.params);
    const label = ORDERS.find((one) => one.field === order.field)?.label ?? "sort.TITLE";
    const up = order.direction === "ASC";
    const filtered = ["genre", "decade", "state", "letter"].some((name) => this.params[name]);
    return html`
      <div class="chips" role="toolbar" aria-label=${t("library.toolbar")}>
        ${this.kinds()}
        <foyer-menu face="chip" align="start" label=${t("sort.by", { order: t(label) })} .items=${this.orders(order.field)}>${t(label)}${icon(mdiChevronDown)}</foyer-menu>
        <button class="chip" aria-label=${up ? t("sort.ascending") : t("sort.descending")} title=${up ? t("sort.ascending") : t("sort.descending")} @click=${() => setParams({ dir: up ? "desc" : "asc" })}>
          ${icon(up ? mdiArrowUp : mdiArrowDown)}
        </button>
        ${this.pick("genre", t("filter.genre"), this.genres.map((genre) => [genre.id, genre.name]))}
        ${this.pick("decade", t("filter.decade"), decades(new Date().getFullYear()).map((year) => [String(year), t("filter.decadeOf", { year })]))}
        ${this.pick("state", t("filter.state"), STATES.map((state) => [state, t(`filter.${state}` as MessageKey)]))}
        ${filtered ? html`<button class="chip" @click=${() => setParams({ genre: null, decade: null, state: null, letter: null })}>${icon(mdiClose)} ${t("filter.clear")}</button>` : nothing}
      </div>
      <div class="letters" role="group" aria-label=${t("filter.letter")}>
        ${LETTERS.map((letter) => html`<button aria-pressed=${this.params.letter === letter} @click=${() => setParams({ letter: this.params.letter === letter ? null : letter })}>${letter}</button>`)}
      </div>
    `;
  }

  private kinds() {
    const kinds = KINDS[this.kind];
    if (kinds.length < 2) return nothing;
    const chosen = kindOf(this.kind, this.params);
    return kinds.map((kind) => html`<button class="chip" aria-pressed=${kind === chosen} @click=${() => setParams({ kind: kind === kinds[0] ? null : kind })}>${kindName(kind)}</button>`);
  }

  private orders(present: string): MenuItem[] {
    return ORDERS.map(({ field, label }) => ({ label: t(label), checked: field === present, run: () => setParams({ sort: field === "TITLE" ? null : field, dir: null }) }));
  }

  private pick(name: string, label: string, choices: ReadonlyArray<readonly [string, string]>) {
    if (choices.length === 0) return nothing;
    const chosen = choices.find(([value]) => value === this.params[name]);
    const items: MenuItem[] = [
      { label: t("filter.any"), checked: !chosen, run: () => setParams({ [name]: null }) },
      ...choices.map(([value, text]) => ({ label: text, checked: value === chosen?.[0], run: () => setParams({ [name]: value }) })),
    ];
    return html`<foyer-menu class=${chosen ? "set" : ""} face="chip" align="start" label=${chosen ? `${label}: ${chosen[1]}` : label} .items=${items}>${chosen?.[1] ?? label}${icon(mdiChevronDown)}</foyer-menu>`;
  }
}
