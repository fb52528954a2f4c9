import { LitElement, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ApiError } from "../api/errors";
import { go } from "../app/router";
import { session } from "../app/services";
import { explain } from "../components/state";
import { t } from "../i18n";
import { base } from "../styles/base";
import { forms } from "../styles/forms";
import { doorStyles } from "./door-styles";

/** The first run: the administrator is made here, so that there is no default password. */
@customElement("foyer-setup")
export class SetupPage extends LitElement {
  @state() private busy = false;
  @state() private error: Error | null = null;

  static override styles = [base, forms, doorStyles];

  protected override render() {
    const fields = this.error instanceof ApiError ? this.error.fields : {};
    const ingress = session.server?.ingress ?? false;
    return html`<main>
      <div class="mark">
        <img src="./icon.svg" alt="" />
        <div>
          <h1>${t("setup.heading")}</h1>
          <p class="muted">${t("setup.text")}</p>
        </div>
      </div>
      <form @submit=${this.submit}>
        ${this.error && Object.keys(fields).length === 0 ? html`<p class="failure" role="alert">${explain(this.error)}</p>` : nothing}
        ${this.field("name", t("login.name"), "text", "username", "", fields.name)} ${this.field("password", t("login.password"), "password", "new-password", t("setup.passwordHint"), fields.password)}
        ${ingress ? nothing : this.field("setupToken", t("setup.token"), "text", "off", t("setup.tokenHint"), fields.setupToken)}
        <button class="btn primary" ?disabled=${this.busy}>${t("setup.action")}</button>
      </form>
    </main>`;
  }

  private field(name: string, label: string, type: string, autocomplete: string, hint: string, wrong: string | undefined) {
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input id=${name} name=${name} type=${type} autocomplete=${autocomplete as "off"} autocapitalize="none" spellcheck="false" required aria-invalid=${wrong ? "true" : "false"} aria-describedby="${name}-hint" />
      <span id="${name}-hint" class=${wrong ? "wrong" : "hint"}>${wrong ?? hint}</span>
    </div>`;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    this.busy = true;
    this.error = null;
    try {
      await session.setUp(String(form.get("name")).trim(), String(form.get("password")), String(form.get("setupToken") ?? "").trim());
      go("#/admin/libraries?new=1", { replace: true });
    } catch (error) {
      this.error = error as Error;
    }
    this.busy = false;
  }
}
