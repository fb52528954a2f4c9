import { LitElement, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { session } from "../app/services";
import { explain } from "../components/state";
import { t } from "../i18n";
import { base } from "../styles/base";
import { forms } from "../styles/forms";
import { doorStyles } from "./door-styles";

/** Name and password. */
@customElement("foyer-login")
export class LoginPage extends LitElement {
  @state() private busy = false;
  @state() private error: Error | null = null;

  static override styles = [base, forms, doorStyles];

  protected override render() {
    return html`<main>
      <div class="mark">
        <img src="./icon.svg" alt="" />
        <div>
          <h1>${t("login.heading")}</h1>
          <p class="muted">${session.server?.name ?? "Foyer"}</p>
        </div>
      </div>
      <form @submit=${this.submit}>
        ${this.error ? html`<p class="failure" role="alert">${explain(this.error)}</p>` : nothing}
        <div class="field"><label for="name">${t("login.name")}</label><input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus /></div>
        <div class="field"><label for="password">${t("login.password")}</label><input id="password" name="password" type="password" autocomplete="current-password" required /></div>
        <button class="btn primary" ?disabled=${this.busy}>${t("login.action")}</button>
      </form>
    </main>`;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    this.busy = true;
    this.error = null;
    try {
      await session.logIn(String(form.get("name")).trim(), String(form.get("password")));
    } catch (error) {
      this.error = error as Error;
    }
    this.busy = false;
  }
}
