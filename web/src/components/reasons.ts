import { type TemplateResult, html } from "lit";
import type { PlayMethod, PlaybackInfoQuery } from "../api/generated";
import { t } from "../i18n";

type Reason = PlaybackInfoQuery["playbackInfo"]["candidates"][number]["reasons"][number];

export const methodName = (method: PlayMethod): string => t(`method.${method}`);

/** Why a method is or is not taken, in the server's words. */
export const reasonList = (reasons: readonly Reason[]): TemplateResult =>
  html`<ul>
    ${reasons.map((reason) => html`<li>${reason.message}${reason.subject ? html` <span class="muted">(${reason.subject})</span>` : ""}</li>`)}
  </ul>`;
