import { LitElement, html } from "lit";
import { customElement, property } from "lit/decorators.js";
import { t } from "../i18n";
import { base } from "../styles/base";
import { forms } from "../styles/forms";
import "./dialog";

/** A question with yes and no; says `answer`. */
@customElement("foyer-confirmation")
export class Confirmation extends LitElement {
  @property() heading = "";
  @property() text = "";
  @property() action = "";

  static override styles = [base, forms];

  protected override render() {
    return html`<foyer-dialog .heading=${this.heading} @dismiss=${() => this.answer(false)}>
      <div class="form">
        <p>${this.text}</p>
        <div class="actions">
          <button class="btn" autofocus @click=${() => this.answer(false)}>${t("action.cancel")}</button>
          <button class="btn danger" @click=${() => this.answer(true)}>${this.action}</button>
        </div>
      </div>
    </foyer-dialog>`;
  }

  private answer(detail: boolean): void {
    this.dispatchEvent(new CustomEvent("answer", { detail }));
  }
}
