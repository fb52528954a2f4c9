import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { Latest, type LibrariesQuery } from "../api/generated";
import { Query } from "../api/query";
import { patchCards } from "../app/changes";
import { followLibraryNews } from "../app/library-news";
import { href } from "../app/router";
import { api, changes } from "../app/services";
import { t } from "../i18n";
import "./row";

/** The newest items of a library as a shelf; nothing while there are none. */
@customElement("foyer-latest")
export class LatestRow extends LitElement {
  @property({ attribute: false }) library?: LibrariesQuery["libraries"]["nodes"][number];
  private readonly latest = new Query(this, api, Latest, () => (this.library ? { library: this.library.id } : null));

  static override styles = css`
    :host {
      display: block;
    }
  `;

  constructor() {
    super();
    followLibraryNews(this, () => void this.latest.refetch());
    changes.follow(this, (id, state) => this.latest.patch((data) => ({ latest: { nodes: patchCards(data.latest.nodes, id, state) } })));
  }

  protected override render() {
    const items = this.latest.data?.latest.nodes;
    if (!this.library || this.latest.error || items?.length === 0) return nothing;
    const wide = this.library.kind === "MUSIC_VIDEOS" || this.library.kind === "HOME_VIDEOS";
    return html`<foyer-row .heading=${t("home.latestIn", { library: this.library.name })} .link=${href("library", this.library.id)} .items=${items} .wide=${wide}></foyer-row>`;
  }
}
