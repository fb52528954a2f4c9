import { mdiCellphoneLink, mdiKeyVariant, mdiLockReset, mdiLogout, mdiPlus } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { Devices, RevokeApiKey, RevokeLoginSession } from "../api/generated";
import { Query } from "../api/query";
import type { Route } from "../app/router";
import { api, session } from "../app/services";
import { ask } from "../components/ask";
import { icon } from "../components/icon";
import "../components/key-dialog";
import "../components/password-dialog";
import "../components/state";
import { attempt } from "../components/toast";
import { LANGUAGES, chooseLanguage, currentLocale, t } from "../i18n";
import { ago, date, language } from "../i18n/format";
import { base } from "../styles/base";
import { forms } from "../styles/forms";
import { adminStyles } from "./admin/styles";

type Login = { id: string; device: string; address: string | null; lastUsedAt: string; current: boolean };
type Key = { id: string; name: string; prefix: string; scopes: readonly string[]; lastUsedAt: string | null; expiresAt: string | null };

/** What is the user's own: language, password, devices, API keys. */
@customElement("foyer-profile")
export class ProfilePage extends LitElement {
  @property({ attribute: false }) route?: Route;
  @state() private dialog: "password" | "key" | null = null;
  private readonly devices = new Query(this, api, Devices, () => ({}));

  static override styles = [
    base,
    forms,
    adminStyles,
    css`
      :host {
        max-width: 860px;
        margin: 0 auto;
        padding: 26px var(--f-gutter) 48px;
      }
      section {
        margin-top: 30px;
      }
      section > .row {
        margin-bottom: 12px;
      }
      code {
        font-family: ui-monospace, monospace;
      }
      select {
        width: auto;
        min-width: 180px;
      }
    `,
  ];

  protected override render() {
    const viewer = session.viewer;
    const { data, error } = this.devices;
    return html`
      <div class="row spread">
        <div>
          <h1>${viewer?.displayName || viewer?.name}</h1>
          <p class="muted">${viewer ? t(`userRole.${viewer.role}`) : ""}${viewer?.homeAssistant ? " · Home Assistant" : ""}</p>
        </div>
        <div class="row">
          ${viewer?.homeAssistant ? nothing : html`<button class="btn" @click=${() => (this.dialog = "password")}>${icon(mdiLockReset)} ${t("profile.password")}</button>`}
          ${session.server?.ingress ? nothing : html`<button class="btn" @click=${() => session.logOut()}>${icon(mdiLogout)} ${t("nav.logOut")}</button>`}
        </div>
      </div>
      <section>
        <h2><label for="language">${t("profile.language")}</label></h2>
        <select id="language" style="margin-top:10px" @change=${(event: Event) => chooseLanguage((event.target as HTMLSelectElement).value)}>
          ${LANGUAGES.map((tag) => html`<option value=${tag} ?selected=${currentLocale().startsWith(tag)}>${language(tag)}</option>`)}
        </select>
      </section>
      ${error ? html`<foyer-state .error=${error} @retry=${() => this.devices.refetch()}></foyer-state>` : nothing}
      <section>
        <div class="row"><h2>${t("profile.devices")}</h2></div>
        <div class="list">${data ? data.loginSessions.nodes.map((one) => this.login(one)) : error ? nothing : html`<div class="bone"></div>`}</div>
        ${data?.loginSessions.nodes.length === 0 ? html`<p class="muted">${t("profile.noDevices")}</p>` : nothing}
      </section>
      <section>
        <div class="row spread"><h2>${t("profile.keys")}</h2><button class="btn" @click=${() => (this.dialog = "key")}>${icon(mdiPlus)} ${t("profile.addKey")}</button></div>
        <div class="list">${data?.apiKeys.nodes.map((one) => this.key(one))}</div>
        ${data?.apiKeys.nodes.length === 0 ? html`<p class="muted">${t("profile.noKeys")}</p>` : nothing}
      </section>
      ${this.dialog === "password" ? html`<foyer-password-dialog .heading=${t("profile.password")} @done=${this.closed}></foyer-password-dialog>` : nothing}
      ${this.dialog === "key" ? html`<foyer-key-dialog @done=${this.closed}></foyer-key-dialog>` : nothing}
    `;
  }

  private login(one: Login) {
    return html`<article class="panel line">
      ${icon(mdiCellphoneLink)}
      <div>
        <div class="row"><span class="name">${one.device}</span>${one.current ? html`<span class="chip ok">${t("profile.thisDevice")}</span>` : nothing}</div>
        <div class="facts"><span>${t("profile.used", { when: ago(one.lastUsedAt) })}</span>${one.address ? html`<span>${one.address}</span>` : nothing}</div>
      </div>
      <div class="end">${one.current ? nothing : html`<button class="btn" aria-label=${t("profile.endOf", { name: one.device })} @click=${() => this.revoke(one.device, () => api.mutate(RevokeLoginSession, { input: { session: one.id } }))}>${t("profile.end")}</button>`}</div>
    </article>`;
  }

  private key(one: Key) {
    return html`<article class="panel line">
      ${icon(mdiKeyVariant)}
      <div>
        <div class="row"><span class="name">${one.name}</span><code class="muted">${one.prefix}…</code></div>
        <div class="facts">
          <span>${one.scopes.map((scope) => t(`scope.${scope as "READ"}`)).join(", ")}</span>
          <span>${one.lastUsedAt ? t("profile.used", { when: ago(one.lastUsedAt) }) : t("profile.neverUsed")}</span>
          ${one.expiresAt ? html`<span>${t("profile.expires", { date: date(one.expiresAt) })}</span>` : nothing}
        </div>
      </div>
      <div class="end"><button class="btn" aria-label=${t("profile.revokeOf", { name: one.name })} @click=${() => this.revoke(one.name, () => api.mutate(RevokeApiKey, { input: { apiKey: one.id } }))}>${t("profile.revoke")}</button></div>
    </article>`;
  }

  private async revoke(name: string, work: () => Promise<unknown>): Promise<void> {
    if (!(await ask({ heading: t("profile.revokeHeading", { name }), text: t("profile.revokeText"), action: t("profile.revoke") }))) return;
    await attempt(work);
    await this.devices.refetch();
  }

  private closed(): void {
    this.dialog = null;
    void this.devices.refetch();
  }
}
