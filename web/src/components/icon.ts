import { type TemplateResult, html } from "lit";

/** An icon of Material Design by its path; decoration only, so its button carries the name. */
export const icon = (path: string): TemplateResult =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${path}></path></svg>`;
