import { mdiAccountGroup, mdiCog, mdiFolderMultiple, mdiHeartPulse, mdiMonitorEye, mdiPlaylistCheck } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Permission } from "../../api/generated";
import type { Route } from "../../app/router";
import { session } from "../../app/services";
import { icon } from "../../components/icon";
import "../../components/state";
import { type MessageKey, t } from "../../i18n";
import { base } from "../../styles/base";
import "./about";
import "./jobs";
import "./libraries";
import "./sessions";
import "./settings";
import "./users";

interface Section {
  name: string;
  label: MessageKey;
  icon: string;
  needs: Permission;
  draw: (route: Route) => unknown;
}

const SECTIONS: readonly Section[] = [
  { name: "libraries", label: "admin.libraries", icon: mdiFolderMultiple, needs: "MANAGE_LIBRARIES", draw: (route) => html`<foyer-admin-libraries .route=${route}></foyer-admin-libraries>` },
  { name: "sessions", label: "admin.sessions", icon: mdiMonitorEye, needs: "VIEW_SESSIONS", draw: () => html`<foyer-admin-sessions></foyer-admin-sessions>` },
  { name: "jobs", label: "admin.jobs", icon: mdiPlaylistCheck, needs: "MANAGE_JOBS", draw: (route) => html`<foyer-admin-jobs .route=${route}></foyer-admin-jobs>` },
  { name: "users", label: "admin.users", icon: mdiAccountGroup, needs: "MANAGE_USERS", draw: () => html`<foyer-admin-users></foyer-admin-users>` },
  { name: "settings", label: "admin.settings", icon: mdiCog, needs: "MANAGE_SETTINGS", draw: () => html`<foyer-admin-settings></foyer-admin-settings>` },
  { name: "about", label: "admin.about", icon: mdiHeartPulse, needs: "VIEW_SYSTEM", draw: () => html`<foyer-admin-about></foyer-admin-about>` },
];

/** Everything that runs the server, for those who may. */
@customElement("foyer-admin")
export class AdminPage extends LitElement {
  @property({ attribute: false }) route?: Route;

  static override styles = [
    base,
    css`
      :host {
        display: grid;
        grid-template-columns: 220px minmax(0, 1fr);
        gap: clamp(20px, 3vw, 44px);
        padding: 26px var(--f-gutter) 48px;
        max-width: 1500px;
        margin: 0 auto;
      }
      nav {
        position: sticky;
        top: calc(var(--f-header) + 26px);
        align-self: start;
        display: grid;
        gap: 2px;
      }
      nav a {
        display: flex;
        align-items: center;
        gap: 12px;
        min-height: 44px;
        padding: 0 14px;
        border-radius: 12px;
        font-weight: 550;
        color: var(--f-muted);
        white-space: nowrap;
      }
      nav a:hover {
        background: var(--f-hover);
        color: var(--f-text);
      }
      nav a[aria-current] {
        background: var(--f-tint);
        color: var(--f-primary-ink);
      }
      nav .icon {
        width: 21px;
        height: 21px;
      }
      @media (max-width: 860px) {
        :host {
          grid-template-columns: minmax(0, 1fr);
          gap: 16px;
          padding-top: 14px;
        }
        nav {
          position: static;
          display: flex;
          overflow-x: auto;
          scrollbar-width: none;
          margin: 0 calc(-1 * var(--f-gutter));
          padding: 2px var(--f-gutter);
        }
      }
    `,
  ];

  protected override updated(): void {
    this.renderRoot.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  protected override render() {
    const allowed = SECTIONS.filter((one) => session.may(one.needs));
    const open = allowed.find((one) => one.name === this.route?.path[1]) ?? allowed[0];
    if (!open || !this.route) return html`<foyer-state .heading=${t("error.forbidden")} .text=${t("error.forbiddenText")}></foyer-state>`;
    return html`
      <nav aria-label=${t("nav.manage")}>
        ${allowed.map((one) => html`<a href="#/admin/${one.name}" aria-current=${one === open ? "page" : nothing}>${icon(one.icon)}${t(one.label)}</a>`)}
      </nav>
      <div>${open.draw(this.route)}</div>
    `;
  }
}
