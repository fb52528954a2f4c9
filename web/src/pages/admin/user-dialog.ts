import { LitElement, css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ApiError } from "../../api/errors";
import { CreateUser, Libraries, type Role, UpdateUser, type UserAdmin } from "../../api/generated";
import { Query } from "../../api/query";
import { api } from "../../app/services";
import "../../components/dialog";
import { explain } from "../../components/state";
import { t } from "../../i18n";
import { base } from "../../styles/base";
import { forms } from "../../styles/forms";

const ROLES: readonly Role[] = ["VIEWER", "USER", "ADVANCED", "EDITOR", "MANAGER", "ADMIN"];

/** Add a user or change one. Says `done`. */
@customElement("foyer-user-dialog")
export class UserDialog extends LitElement {
  @property({ attribute: false }) user: UserAdmin | null = null;
  @state() private allLibraries = true;
  @state() private chosen: ReadonlySet<string> = new Set();
  @state() private busy = false;
  @state() private error: Error | null = null;
  private readonly libraries = new Query(this, api, Libraries, () => ({}));

  static override styles = [
    base,
    forms,
    css`
      .libraries {
        padding-left: 30px;
      }
    `,
  ];

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("user") && this.user) {
      this.allLibraries = this.user.allLibraries;
      this.chosen = new Set(this.user.libraries.map((library) => library.id));
    }
  }

  protected override render() {
    const fields = this.error instanceof ApiError ? this.error.fields : {};
    const input = (name: string, label: string, value: string, type = "text", required = true) => html`<div class="field">
      <label for=${name}>${label}</label>
      <input id=${name} name=${name} type=${type} .value=${value} ?required=${required} autocomplete=${type === "password" ? "new-password" : "off"} aria-invalid=${fields[name] ? "true" : "false"} />
      ${fields[name] ? html`<span class="wrong">${fields[name]}</span>` : nothing}
    </div>`;
    return html`<foyer-dialog .heading=${this.user ? t("users.editOf", { name: this.user.name }) : t("users.add")} @dismiss=${() => this.finish()}>
      <form @submit=${this.submit}>
        ${this.error && Object.keys(fields).length === 0 ? html`<p class="failure" role="alert">${explain(this.error)}</p>` : nothing}
        ${this.user ? nothing : input("name", t("login.name"), "")} ${input("displayName", t("users.displayName"), this.user?.displayName ?? "", "text", false)}
        ${this.user ? nothing : input("password", t("login.password"), "", "password")}
        <div class="field">
          <label for="role">${t("users.role")}</label>
          <select id="role" name="role">
            ${ROLES.map((role) => html`<option value=${role} ?selected=${role === (this.user?.role ?? "USER")}>${t(`userRole.${role}`)} – ${t(`userRoleText.${role}`)}</option>`)}
          </select>
        </div>
        <div class="field">
          <span class="label">${t("admin.libraries")}</span>
          <label class="check"><input type="checkbox" .checked=${this.allLibraries} @change=${(event: Event) => (this.allLibraries = (event.target as HTMLInputElement).checked)} />${t("users.allLibraries")}</label>
          ${this.allLibraries ? nothing : this.choices()}
        </div>
        <div class="actions">
          <button type="button" class="btn" @click=${() => this.finish()}>${t("action.cancel")}</button>
          <button class="btn primary" ?disabled=${this.busy}>${this.user ? t("action.save") : t("users.add")}</button>
        </div>
      </form>
    </foyer-dialog>`;
  }

  private choices() {
    return html`<div class="libraries">
      ${(this.libraries.data?.libraries.nodes ?? []).map((one) => html`<label class="check"><input type="checkbox" .checked=${this.chosen.has(one.id)} @change=${(event: Event) => this.choose(one.id, (event.target as HTMLInputElement).checked)} />${one.name}</label>`)}
    </div>`;
  }

  private choose(id: string, yes: boolean): void {
    const chosen = new Set(this.chosen);
    if (yes) chosen.add(id);
    else chosen.delete(id);
    this.chosen = chosen;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const shared = { displayName: String(form.get("displayName")).trim() || null, role: form.get("role") as Role, allLibraries: this.allLibraries, libraries: this.allLibraries ? [] : [...this.chosen] };
    this.busy = true;
    this.error = null;
    try {
      if (this.user) await api.mutate(UpdateUser, { input: { user: this.user.id, expectedVersion: this.user.version, ...shared } });
      else await api.mutate(CreateUser, { input: { name: String(form.get("name")).trim(), password: String(form.get("password")), ...shared } });
      this.finish();
    } catch (error) {
      this.error = error as Error;
    }
    this.busy = false;
  }

  private finish(): void {
    this.dispatchEvent(new CustomEvent("done"));
  }
}
