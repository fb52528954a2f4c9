import { mdiMovieRoll } from "@mdi/js";
import { LitElement, css, html } from "lit";
import { customElement, property } from "lit/decorators.js";
import { Libraries } from "../api/generated";
import { Query } from "../api/query";
import { type Route, href } from "../app/router";
import { api } from "../app/services";
import { icon } from "../components/icon";
import { LIBRARY_ICONS, libraryKindName } from "../components/labels";
import "../components/state";
import { plural, t } from "../i18n";
import { base } from "../styles/base";

/** All libraries as tiles: the phone's way to them. */
@customElement("foyer-libraries")
export class LibrariesPage extends LitElement {
  @property({ attribute: false }) route?: Route;
  private readonly libraries = new Query(this, api, Libraries, () => ({}));

  static override styles = [
    base,
    css`
      :host {
        display: block;
        padding: 22px var(--f-gutter);
      }
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(240px, 1fr));
        gap: 14px;
        margin-top: 18px;
      }
      a {
        display: flex;
        align-items: center;
        gap: 16px;
      }
      a:hover {
        border-color: var(--f-primary);
      }
      .icon {
        width: 30px;
        height: 30px;
        color: var(--f-primary-ink);
      }
    `,
  ];

  protected override render() {
    const { data, error } = this.libraries;
    if (error) return html`<foyer-state .error=${error} @retry=${() => this.libraries.refetch()}></foyer-state>`;
    const nodes = data?.libraries.nodes;
    return html`<h1>${t("nav.libraries")}</h1>
      ${nodes?.length === 0 ? html`<foyer-state .icon=${mdiMovieRoll} .heading=${t("home.emptyHeading")} .text=${t("home.emptyUser")}></foyer-state>` : ""}
      <ul>
        ${nodes
          ? nodes.map(
              (one) =>
                html`<li>
                  <a class="panel" href=${href("library", one.id)}>
                    ${icon(LIBRARY_ICONS[one.kind])}
                    <span><strong>${one.name}</strong><br /><span class="muted small">${libraryKindName(one.kind)} · ${plural("count.items", one.itemCount)}</span></span>
                  </a>
                </li>`,
            )
          : [1, 2, 3].map(() => html`<li class="bone" style="height:82px"></li>`)}
      </ul>`;
  }
}
