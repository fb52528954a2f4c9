import { mdiAccountCircle, mdiCog, mdiLogout } from "@mdi/js";
import { LitElement, css, html } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Viewer } from "../api/generated";
import { go } from "../app/router";
import { session } from "../app/services";
import { t } from "../i18n";
import { base } from "../styles/base";
import "./menu";
import type { MenuItem } from "./menu";

/** Who is here, and what is theirs. */
@customElement("foyer-user-menu")
export class UserMenu extends LitElement {
  @property({ attribute: false }) viewer: Viewer | null = null;

  static override styles = [
    base,
    css`
      .face {
        width: 32px;
        height: 32px;
        border-radius: 50%;
        display: grid;
        place-items: center;
        background: var(--f-fill);
        color: var(--f-on-fill);
        font-weight: 700;
        font-size: 14px;
        text-transform: uppercase;
      }
    `,
  ];

  protected override render() {
    const name = this.viewer?.displayName || this.viewer?.name || "?";
    return html`<foyer-menu label=${t("nav.userMenu", { name })} .items=${this.items()}><span class="face" aria-hidden="true">${[...name][0]}</span></foyer-menu>`;
  }

  private items(): MenuItem[] {
    const items: MenuItem[] = [{ label: t("nav.profile"), icon: mdiAccountCircle, run: () => go("#/profile") }];
    if (session.may("MANAGE_LIBRARIES") || session.may("VIEW_SYSTEM")) items.push({ label: t("nav.manage"), icon: mdiCog, run: () => go("#/admin") });
    // Home Assistant knows who is here; there is no login of ours to end.
    if (!session.server?.ingress) items.push({ label: t("nav.logOut"), icon: mdiLogout, separated: true, run: () => void session.logOut() });
    return items;
  }
}
