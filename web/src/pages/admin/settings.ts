import { mdiRestore } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ApiError } from "../../api/errors";
import { type SettingLine, Settings, UpdateSettings } from "../../api/generated";
import { Query } from "../../api/query";
import { api } from "../../app/services";
import { icon } from "../../components/icon";
import "../../components/state";
import { toast, toastError } from "../../components/toast";
import { type MessageKey, t } from "../../i18n";
import { bytes, duration } from "../../i18n/format";
import { base } from "../../styles/base";
import { forms } from "../../styles/forms";
import { adminStyles } from "./styles";

/** Groups whose key is no heading by itself. */
const HEADINGS: Readonly<Record<string, MessageKey>> = { homeassistant: "settings.homeAssistant" };

/** Every setting the server has, drawn from its description; nothing is known here by name. */
@customElement("foyer-admin-settings")
export class AdminSettings extends LitElement {
  @state() private edited: ReadonlyMap<string, string> = new Map();
  @state() private wrong: Readonly<Record<string, string>> = {};
  @state() private busy = false;
  private readonly settings = new Query(this, api, Settings, () => ({}));

  static override styles = [
    base,
    forms,
    adminStyles,
    css`
      .setting {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(150px, 260px) 40px;
        gap: 4px 20px;
        align-items: center;
        padding: 14px 0;
        border-top: 1px solid var(--f-line);
      }
      .setting:first-of-type {
        border-top: 0;
      }
      .setting label {
        font-weight: 600;
      }
      .panel h2 {
        margin-bottom: 4px;
      }
      .panel h2::first-letter {
        text-transform: uppercase;
      }
      .save {
        position: sticky;
        bottom: calc(16px + var(--f-bottom-bar, 0px));
        display: flex;
        justify-content: flex-end;
        gap: 10px;
        margin-top: 16px;
      }
      .save .btn {
        box-shadow: var(--f-shadow);
      }
      .text .wrong {
        display: block;
      }
      @media (max-width: 620px) {
        .setting {
          grid-template-columns: minmax(0, 1fr) 40px;
        }
        .text {
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  protected override render() {
    const { data, error } = this.settings;
    const groups = Map.groupBy(data?.settings.nodes ?? [], (one) => one.group);
    return html`
      <div class="row spread top"><h1>${t("admin.settings")}</h1></div>
      ${error ? html`<foyer-state .error=${error} @retry=${() => this.settings.refetch()}></foyer-state>` : nothing} ${data || error ? nothing : html`<div class="bone"></div>`}
      <div class="list">
        ${[...groups].map(([group, settings]) => html`<section class="panel"><h2>${HEADINGS[group] ? t(HEADINGS[group]) : group}</h2>${settings.map((one) => this.setting(one))}</section>`)}
      </div>
      ${this.edited.size > 0
        ? html`<div class="save">
            <button class="btn" @click=${() => this.forget()}>${t("action.discard")}</button><button class="btn primary" ?disabled=${this.busy} @click=${this.save}>${t("action.save")}</button>
          </div>`
        : nothing}
    `;
  }

  private setting(one: SettingLine) {
    const json = this.edited.get(one.key) ?? one.value;
    const value: unknown = JSON.parse(json);
    const wrong = this.wrong[one.key];
    return html`<div class="setting">
      <div class="text"><label for=${one.key}>${one.title}</label><div class="hint">${one.description}${said(one, value)}</div>${wrong ? html`<span class="wrong" role="alert">${wrong}</span>` : nothing}</div>
      ${this.input(one, value, Boolean(wrong))}
      <span>${json === one.defaultValue ? nothing : html`<button class="icon-btn" aria-label=${t("settings.resetOf", { title: one.title })} title=${t("settings.reset")} @click=${() => this.edit(one, one.defaultValue)}>${icon(mdiRestore)}</button>`}</span>
    </div>`;
  }

  private input(one: SettingLine, value: unknown, wrong: boolean) {
    const change = (read: (input: HTMLInputElement) => unknown) => (event: Event) => this.edit(one, JSON.stringify(read(event.target as HTMLInputElement)));
    const invalid = wrong ? "true" : "false";
    switch (one.kind) {
      case "BOOLEAN":
        return html`<input id=${one.key} type="checkbox" .checked=${Boolean(value)} @change=${change((input) => input.checked)} />`;
      case "CHOICE":
        return html`<select id=${one.key} aria-invalid=${invalid} @change=${change((input) => input.value)}>
          ${one.choices?.map((choice) => html`<option value=${choice} ?selected=${choice === value}>${choice}</option>`)}
        </select>`;
      case "INTEGER":
      case "FLOAT":
      case "BYTES":
      case "DURATION":
        if (typeof value === "number")
          return html`<input id=${one.key} type="number" inputmode="decimal" aria-invalid=${invalid} step=${one.kind === "FLOAT" ? "any" : 1} min=${one.minimum ?? nothing} max=${one.maximum ?? nothing} .value=${String(value)} @change=${change((input) => input.valueAsNumber)} />`;
    }
    return html`<input id=${one.key} type="text" aria-invalid=${invalid} autocomplete="off" .value=${String(value ?? "")} @change=${change((input) => input.value)} />`;
  }

  private edit(one: SettingLine, json: string): void {
    const edited = new Map(this.edited);
    if (json === one.value) edited.delete(one.key);
    else edited.set(one.key, json);
    this.edited = edited;
  }

  private forget(): void {
    this.edited = new Map();
    this.wrong = {};
  }

  private async save(): Promise<void> {
    this.busy = true;
    try {
      await api.mutate(UpdateSettings, { input: { values: [...this.edited].map(([key, value]) => ({ key, value })) } });
      await this.settings.refetch();
      this.forget();
      toast(t("settings.saved"));
    } catch (error) {
      this.wrong = error instanceof ApiError ? error.fields : {};
      if (Object.keys(this.wrong).length === 0) toastError(error);
    }
    this.busy = false;
  }
}

/** A number of bytes or seconds as people say it. */
function said(one: SettingLine, value: unknown): string {
  if (typeof value !== "number" || value <= 0) return "";
  if (one.kind === "BYTES") return ` ${t("settings.now", { value: bytes(value) })}`;
  return one.kind === "DURATION" && value >= 60 ? ` ${t("settings.now", { value: duration(value) })}` : "";
}
