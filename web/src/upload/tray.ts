import { mdiCheckCircle, mdiChevronDown, mdiChevronUp, mdiClose, mdiFolderOpenOutline, mdiPause, mdiPlay, mdiRefresh } from "@mdi/js";
import { LitElement, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { ask } from "../components/ask";
import { icon } from "../components/icon";
import { meter, meterStyles } from "../components/meter";
import { plural, t } from "../i18n";
import { bytes, duration, percent } from "../i18n/format";
import { base } from "../styles/base";
import { uploadQueue } from "./queue";
import { trayStyles } from "./tray-styles";
import type { Upload } from "./upload";

/** Who listens hears of every quarter, not of every percent. */
const SAID_STEPS = 4;

/** In the corner of every page: the files on their way into libraries. */
@customElement("foyer-uploads")
export class UploadTray extends LitElement {
  @state() private folded = false;

  static override styles = [base, meterStyles, trayStyles];

  override connectedCallback(): void {
    super.connectedCallback();
    uploadQueue.addEventListener("change", this.redraw);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    uploadQueue.removeEventListener("change", this.redraw);
  }

  private readonly redraw = (): void => this.requestUpdate();

  protected override render() {
    const { all } = uploadQueue;
    if (all.length === 0) return nothing;
    const fold = this.folded ? t("upload.unfold") : t("upload.fold");
    return html`<section aria-label=${t("upload.heading")}>
      <header>
        <h2>${this.summary(all)}</h2>
        <p class="sr-only" role="status">${this.summary(all, SAID_STEPS)}</p>
        <button class="icon-btn" aria-expanded=${!this.folded} aria-label=${fold} title=${fold} @click=${() => (this.folded = !this.folded)}>${icon(this.folded ? mdiChevronUp : mdiChevronDown)}</button>
        ${all.some((one) => one.isActive || one.state === "paused") ? nothing : html`<button class="icon-btn" aria-label=${t("action.close")} title=${t("action.close")} @click=${() => uploadQueue.clear()}>${icon(mdiClose)}</button>`}
      </header>
      ${this.folded ? nothing : html`<ul>${repeat(all, (one) => one, (one) => this.line(one))}</ul>`}
    </section>`;
  }

  /** What is under way, and how far in so many steps. */
  private summary(all: readonly Upload[], steps = 100): string {
    const open = all.filter((one) => one.state !== "done");
    if (open.length === 0) return plural("upload.added", all.length);
    const going = all.filter((one) => one.isActive);
    if (going.length === 0) return plural("upload.stopped", open.length);
    const [sent, size] = [all.reduce((sum, one) => sum + one.sent, 0), all.reduce((sum, one) => sum + one.size, 0)];
    const part = size > 0 ? sent / size : 0;
    return plural("upload.sending", going.length, { part: percent(Math.floor(part * steps) / steps) });
  }

  private line(one: Upload) {
    const part = one.size > 0 ? one.sent / one.size : 0;
    return html`<li class=${one.state}>
      <div class="words">
        <span class="name" title=${one.name}>${one.name}</span>
        <span class="small ${one.state === "failed" ? "wrong" : "muted"}" role=${one.state === "failed" ? "alert" : nothing}>${this.words(one, part)}</span>
      </div>
      <div class="end">${this.buttons(one)}</div>
      ${one.state === "done" ? nothing : meter(part, t("upload.progressOf", { name: one.name }))}
    </li>`;
  }

  private words(one: Upload, part: number): string {
    switch (one.state) {
      case "waiting":
        return `${t("upload.waiting")} · ${bytes(one.size)}`;
      case "sending": {
        const left = one.rate > 0 ? t("jobs.eta", { time: duration((one.size - one.sent) / one.rate) }) : "";
        return [t("upload.sent", { sent: bytes(one.sent), size: bytes(one.size) }), one.rate > 0 && `${bytes(one.rate)}/s`, left].filter(Boolean).join(" · ");
      }
      case "paused":
        return t("upload.paused", { part: percent(part) });
      case "interrupted":
        return t("upload.interrupted", { part: percent(part) });
      case "failed":
        return one.problem || t("upload.broke");
      case "done":
        return t("upload.done");
    }
  }

  private buttons(one: Upload) {
    const button = (path: string, label: string, act: () => void) => html`<button class="icon-btn" aria-label=${`${label}: ${one.name}`} title=${label} @click=${act}>${icon(path)}</button>`;
    const cancel = button(mdiClose, t("upload.cancel"), () => void this.cancel(one));
    switch (one.state) {
      case "waiting":
        return cancel;
      case "sending":
        return html`${button(mdiPause, t("upload.pause"), () => one.pause())}${cancel}`;
      case "paused":
        return html`${button(mdiPlay, t("upload.resume"), () => uploadQueue.resume(one))}${cancel}`;
      case "failed":
        return html`${button(mdiRefresh, t("action.retry"), () => uploadQueue.resume(one))}${cancel}`;
      case "interrupted":
        return html`${button(mdiFolderOpenOutline, t("upload.choose"), () => this.choose(one))}${cancel}`;
      case "done":
        return html`<span class="ok">${icon(mdiCheckCircle)}</span>`;
    }
  }

  private choose(one: Upload): void {
    const input = Object.assign(document.createElement("input"), { type: "file" });
    input.onchange = () => {
      const file = input.files?.[0];
      if (file) uploadQueue.add(one.place.library, [{ file, directory: "" }]);
    };
    input.click();
  }

  private async cancel(one: Upload): Promise<void> {
    const question = { heading: t("upload.cancelHeading", { name: one.name }), text: t("upload.cancelText"), action: t("upload.cancelAction") };
    if (one.sent === 0 || (await ask(question))) await uploadQueue.cancel(one);
  }
}

/** Make sure that the tray is on the page. */
export function showTray(): void {
  if (!document.querySelector("foyer-uploads")) document.body.append(document.createElement("foyer-uploads"));
}
