import { LitElement, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ApiError } from "../api/errors";
import { ChangePassword } from "../api/generated";
import { api } from "../app/services";
import { t } from "../i18n";
import { base } from "../styles/base";
import { forms } from "../styles/forms";
import "./dialog";
import { explain } from "./state";
import { toast } from "./toast";

/** Change one's own password, or set that of `user`. Says `done`. */
@customElement("foyer-password-dialog")
export class PasswordDialog extends LitElement {
  @property() heading = "";
  @property() user: string | null = null;
  @state() private error: Error | null = null;
  @state() private busy = false;

  static override styles = [base, forms];

  protected override render() {
    const fields = this.error instanceof ApiError ? this.error.fields : {};
    const input = (name: string, label: string, autocomplete: "current-password" | "new-password") => html`<div class="field">
      <label for=${name}>${label}</label><input id=${name} name=${name} type="password" autocomplete=${autocomplete} required aria-invalid=${fields[name] ? "true" : "false"} />
      ${fields[name] ? html`<span class="wrong">${fields[name]}</span>` : nothing}
    </div>`;
    return html`<foyer-dialog .heading=${this.heading} @dismiss=${() => this.finish()}>
      <form @submit=${this.submit}>
        ${this.error && Object.keys(fields).length === 0 ? html`<p class="failure" role="alert">${explain(this.error)}</p>` : nothing}
        ${this.user ? nothing : input("currentPassword", t("profile.currentPassword"), "current-password")} ${input("newPassword", t("profile.newPassword"), "new-password")}
        <p class="hint">${t("setup.passwordHint")}</p>
        <div class="actions">
          <button type="button" class="btn" @click=${() => this.finish()}>${t("action.cancel")}</button>
          <button class="btn primary" ?disabled=${this.busy}>${t("action.save")}</button>
        </div>
      </form>
    </foyer-dialog>`;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const currentPassword = form.get("currentPassword") as string | null;
    this.busy = true;
    this.error = null;
    try {
      await api.mutate(ChangePassword, { input: { user: this.user, currentPassword, newPassword: String(form.get("newPassword")) } });
      toast(t("profile.passwordChanged"));
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
