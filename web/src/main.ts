import { LitElement, html } from "lit";
import { customElement, state } from "lit/decorators.js";

@customElement("foyer-app")
export class FoyerApp extends LitElement {
  @state() private name = "Foyer";
  protected override render() {
    return html`<h1 @click=${() => (this.name = "x")}>${this.name}</h1>`;
  }
}
