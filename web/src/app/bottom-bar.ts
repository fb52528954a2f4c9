import { mdiAccountCircle, mdiCog, mdiHomeVariant, mdiMagnify, mdiMovieRoll } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { icon } from "../components/icon";
import { t } from "../i18n";
import { base } from "../styles/base";
import { session } from "./services";

/** The places to go on a phone, within reach of the thumb. */
@customElement("foyer-bottom-bar")
export class BottomBar extends LitElement {
  @property() place = "";

  static override styles = [
    base,
    css`
      nav {
        display: none;
      }
      @media (max-width: 720px) {
        nav {
          position: fixed;
          inset: auto 0 0;
          z-index: 20;
          display: grid;
          grid-auto-flow: column;
          grid-auto-columns: 1fr;
          height: calc(60px + var(--f-safe-bottom));
          padding-bottom: var(--f-safe-bottom);
          background: color-mix(in oklab, var(--f-surface) 92%, transparent);
          backdrop-filter: blur(14px);
          border-top: 1px solid var(--f-line);
        }
      }
      a {
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 2px;
        font-size: 11.5px;
        font-weight: 600;
        color: var(--f-muted);
      }
      a[aria-current] {
        color: var(--f-primary-ink);
      }
      a:focus-visible {
        outline-offset: -4px;
      }
    `,
  ];

  protected override render() {
    const admin = session.may("MANAGE_LIBRARIES") || session.may("VIEW_SYSTEM");
    return html`<nav aria-label=${t("nav.main")}>
      ${this.tab("", "#/", mdiHomeVariant, t("nav.home"))} ${this.tab("libraries", "#/libraries", mdiMovieRoll, t("nav.browse"), this.place === "library")}
      ${this.tab("search", "#/search", mdiMagnify, t("nav.search"))}
      ${admin ? this.tab("admin", "#/admin", mdiCog, t("nav.manage")) : this.tab("profile", "#/profile", mdiAccountCircle, t("nav.profile"))}
    </nav>`;
  }

  private tab(place: string, to: string, path: string, label: string, also = false) {
    return html`<a href=${to} aria-current=${this.place === place || also ? "page" : nothing}>${icon(path)}<span>${label}</span></a>`;
  }
}
