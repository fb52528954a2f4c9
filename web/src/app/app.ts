import { LitElement, css, html } from "lit";
import { customElement } from "lit/decorators.js";
import "../components/state";
import { mdiLanDisconnect, mdiRefresh } from "@mdi/js";
import { icon } from "../components/icon";
import { t } from "../i18n";
import { base } from "../styles/base";
import { session } from "./services";
import "./shell";

/** Decides what there is to see: the way in, or the app. */
@customElement("foyer-app")
export class App extends LitElement {
  static override styles = [
    base,
    css`
      .splash {
        min-height: 100dvh;
        display: grid;
        place-items: center;
      }
      .splash img {
        width: 72px;
        animation: breathe 1.6s ease-in-out infinite alternate;
      }
      @keyframes breathe {
        from {
          opacity: 0.45;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    session.addEventListener("change", () => this.requestUpdate());
    void session.start();
  }

  protected override render() {
    switch (session.stage) {
      case "starting":
        return html`<div class="splash" role="status" aria-label=${t("app.starting")}><img src="./icon.svg" alt="" /></div>`;
      case "unreachable":
        return html`<main>
          <foyer-state .icon=${mdiLanDisconnect} .heading=${t("app.unreachable")} .text=${t("error.unreachable")}>
            <button class="btn primary" @click=${() => session.start()}>${icon(mdiRefresh)} ${t("action.retry")}</button>
          </foyer-state>
        </main>`;
      case "setup":
        void import("../pages/setup");
        return html`<foyer-setup></foyer-setup>`;
      case "login":
        void import("../pages/login");
        return html`<foyer-login></foyer-login>`;
      case "ready":
        return html`<foyer-shell></foyer-shell>`;
    }
  }
}
