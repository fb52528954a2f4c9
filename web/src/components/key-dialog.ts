import { mdiContentCopy } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { CreateApiKey, type Scope } from "../api/generated";
import { api, session } from "../app/services";
import { t } from "../i18n";
import { base } from "../styles/base";
import { forms } from "../styles/forms";
import "./dialog";
import { icon } from "./icon";
import { explain } from "./state";
import { toast } from "./toast";

const SCOPES: readonly Scope[] = ["READ", "PLAY", "WRITE", "ADMIN"];

/** Make an API key and show its secret, once. Says `done`. */
@customElement("foyer-key-dialog")
export class KeyDialog extends LitElement {
  @state() private secret: string | null = null;
  @state() private error: Error | null = null;

  static override styles = [
    base,
    forms,
    css`
      .secret {
        display: flex;
        gap: 8px;
        align-items: center;
        padding: 6px 6px 6px 14px;
        border-radius: 10px;
        background: var(--f-sunken);
        font-family: ui-monospace, monospace;
        overflow-wrap: anywhere;
        user-select: all;
      }
    `,
  ];

  protected override render() {
    return html`<foyer-dialog .heading=${t("profile.addKey")} @dismiss=${() => this.finish()}>${this.secret ? this.shown(this.secret) : this.form()}</foyer-dialog>`;
  }

  private form() {
    const scopes = SCOPES.filter((scope) => scope !== "ADMIN" || session.viewer?.role === "ADMIN");
    return html`<form @submit=${this.submit}>
      ${this.error ? html`<p class="failure" role="alert">${explain(this.error)}</p>` : nothing}
      <div class="field"><label for="name">${t("profile.keyName")}</label><input id="name" name="name" required maxlength="80" autocomplete="off" autofocus placeholder=${t("profile.keyNameHint")} /></div>
      <div class="field">
        <span class="label">${t("profile.scopes")}</span>
        ${scopes.map((scope) => html`<label class="check"><input type="checkbox" name="scopes" value=${scope} ?checked=${scope === "READ"} /><span>${t(`scope.${scope}`)} <span class="hint">${t(`scopeText.${scope}`)}</span></span></label>`)}
      </div>
      <div class="field"><label for="expires">${t("profile.expiry")}</label><input id="expires" name="expires" type="date" /></div>
      <div class="actions"><button type="button" class="btn" @click=${() => this.finish()}>${t("action.cancel")}</button><button class="btn primary">${t("profile.addKey")}</button></div>
    </form>`;
  }

  private shown(secret: string) {
    return html`<div class="form">
      <p>${t("profile.secretText")}</p>
      <div class="secret"><span style="flex:1">${secret}</span><button class="icon-btn" aria-label=${t("action.copy")} title=${t("action.copy")} @click=${() => this.copy(secret)}>${icon(mdiContentCopy)}</button></div>
      <div class="actions"><button class="btn primary" @click=${() => this.finish()}>${t("action.done")}</button></div>
    </div>`;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const expires = String(form.get("expires") ?? "");
    try {
      const input = { name: String(form.get("name")).trim(), scopes: form.getAll("scopes") as Scope[], expiresAt: expires ? new Date(expires).toISOString() : null };
      this.secret = (await api.mutate(CreateApiKey, { input })).secret;
    } catch (error) {
      this.error = error as Error;
    }
  }

  private async copy(secret: string): Promise<void> {
    // Without TLS there is no clipboard; the text can still be selected.
    if (!navigator.clipboard) return;
    await navigator.clipboard.writeText(secret);
    toast(t("action.copied"));
  }

  private finish(): void {
    this.dispatchEvent(new CustomEvent("done"));
  }
}
