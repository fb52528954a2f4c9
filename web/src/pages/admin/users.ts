import { mdiAccount, mdiAccountOff, mdiAccountPlus, mdiDelete, mdiDotsVertical, mdiHomeAssistant, mdiLockReset, mdiPencil } from "@mdi/js";
import { LitElement, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { DeleteUser, UpdateUser, type UserAdmin, Users } from "../../api/generated";
import { Query } from "../../api/query";
import { api, session } from "../../app/services";
import { ask } from "../../components/ask";
import { icon } from "../../components/icon";
import "../../components/menu";
import "../../components/password-dialog";
import "../../components/state";
import { attempt } from "../../components/toast";
import { t } from "../../i18n";
import { ago } from "../../i18n/format";
import { base } from "../../styles/base";
import { adminStyles } from "./styles";
import "./user-dialog";

/** The people of this server. */
@customElement("foyer-admin-users")
export class AdminUsers extends LitElement {
  @state() private editing: UserAdmin | "new" | null = null;
  @state() private resetting: UserAdmin | null = null;
  private readonly users = new Query(this, api, Users, () => ({}));

  static override styles = [base, adminStyles];

  protected override render() {
    const { data, error } = this.users;
    const nodes = data?.users.nodes;
    return html`
      <div class="row spread top">
        <h1>${t("admin.users")}</h1>
        <button class="btn primary" @click=${() => (this.editing = "new")}>${icon(mdiAccountPlus)} ${t("users.add")}</button>
      </div>
      ${error ? html`<foyer-state .error=${error} @retry=${() => this.users.refetch()}></foyer-state>` : nothing}
      <div class="list">${nodes ? repeat(nodes, (one) => one.id, (one) => this.user(one)) : error ? nothing : html`<div class="bone"></div><div class="bone"></div>`}</div>
      ${this.editing ? html`<foyer-user-dialog .user=${this.editing === "new" ? null : this.editing} @done=${this.done}></foyer-user-dialog>` : nothing}
      ${this.resetting ? html`<foyer-password-dialog .user=${this.resetting.id} .heading=${t("users.resetOf", { name: this.resetting.name })} @done=${() => (this.resetting = null)}></foyer-password-dialog>` : nothing}
    `;
  }

  private user(one: UserAdmin) {
    return html`<article class="panel line">
      ${icon(one.disabled ? mdiAccountOff : one.homeAssistant ? mdiHomeAssistant : mdiAccount)}
      <div>
        <div class="row">
          <span class="name">${one.displayName || one.name}</span><span class="chip">${t(`userRole.${one.role}`)}</span>
          ${one.disabled ? html`<span class="chip bad">${t("users.disabled")}</span>` : nothing} ${one.id === session.viewer?.id ? html`<span class="chip ok">${t("users.you")}</span>` : nothing}
        </div>
        <div class="facts">
          <span>${one.name}</span>${one.homeAssistant ? html`<span>Home Assistant</span>` : nothing}
          <span>${one.allLibraries ? t("users.allLibraries") : one.libraries.map((library) => library.name).join(", ") || t("users.noLibraries")}</span>
          <span>${one.lastSeenAt ? t("users.seen", { when: ago(one.lastSeenAt) }) : t("users.neverSeen")}</span>
        </div>
      </div>
      <div class="end"><foyer-menu label=${t("users.menu", { name: one.name })} .items=${this.menu(one)}>${icon(mdiDotsVertical)}</foyer-menu></div>
    </article>`;
  }

  private menu(one: UserAdmin) {
    const me = one.id === session.viewer?.id;
    return [
      { label: t("users.edit"), icon: mdiPencil, run: () => (this.editing = one) },
      ...(one.homeAssistant ? [] : [{ label: t("users.reset"), icon: mdiLockReset, run: () => (this.resetting = one) }]),
      ...(me ? [] : [{ label: one.disabled ? t("users.enable") : t("users.disable"), icon: mdiAccountOff, run: () => void this.disable(one) }]),
      ...(me ? [] : [{ label: t("users.delete"), icon: mdiDelete, separated: true, run: () => void this.erase(one) }]),
    ];
  }

  private async disable(one: UserAdmin): Promise<void> {
    await attempt(() => api.mutate(UpdateUser, { input: { user: one.id, disabled: !one.disabled, expectedVersion: one.version } }));
    await this.users.refetch();
  }

  private async erase(one: UserAdmin): Promise<void> {
    if (!(await ask({ heading: t("users.deleteHeading", { name: one.name }), text: t("users.deleteText"), action: t("users.delete") }))) return;
    await attempt(() => api.mutate(DeleteUser, { input: { user: one.id } }));
    await this.users.refetch();
  }

  private done(): void {
    this.editing = null;
    void this.users.refetch();
  }
}
