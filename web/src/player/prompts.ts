import { mdiPlay, mdiRefresh, mdiReplay } from "@mdi/js";
import { type TemplateResult, html } from "lit";
import { icon } from "../components/icon";
import { explain } from "../components/state";
import { type MessageKey, t } from "../i18n";
import { clock } from "../i18n/format";
import { PlaybackError } from "./playback";

/** Instead of a picture: why nothing plays, and another try. */
export function failurePrompt(error: Error, retry: () => void, close: () => void): TemplateResult {
  const text = error instanceof PlaybackError ? t(`player.failed.${error.why}` as MessageKey) : explain(error);
  return html`<div class="centre">
    <div class="card" role="alert">
      <h2>${t("player.failedHeading")}</h2>
      <p>${text}</p>
      <div class="row">
        <button class="btn primary" @click=${retry}>${icon(mdiRefresh)} ${t("action.retry")}</button>
        <button class="btn" @click=${close}>${t("action.back")}</button>
      </div>
    </div>
  </div>`;
}

/** Before the picture: go on where the viewer stopped, or begin again. */
export function resumePrompt(seconds: number, begin: (position: number) => void): TemplateResult {
  return html`<div class="centre">
    <div class="card" role="dialog" aria-label=${t("player.resumeHeading")}>
      <h2>${t("player.resumeHeading")}</h2>
      <button class="btn primary big" @click=${() => begin(seconds)}>${icon(mdiPlay)} ${t("play.resumeAt", { time: clock(seconds) })}</button>
      <button class="btn" @click=${() => begin(0)}>${icon(mdiReplay)} ${t("play.startOver")}</button>
    </div>
  </div>`;
}
