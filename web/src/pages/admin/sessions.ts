import { mdiMessageText, mdiMonitorOff, mdiPause, mdiPlay, mdiStop } from "@mdi/js";
import { LitElement, css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { PlaybackEvents, PlaybackSessions, type RemoteCommandKind, SendCommand, type SessionLine } from "../../api/generated";
import { Query } from "../../api/query";
import { api, live, session } from "../../app/services";
import "../../components/dialog";
import { icon } from "../../components/icon";
import { ITEM_ICONS, caption, itemHref } from "../../components/labels";
import { meter, meterStyles } from "../../components/meter";
import { picture, pictureStyles } from "../../components/picture";
import { methodName, reasonList } from "../../components/reasons";
import "../../components/state";
import { attempt } from "../../components/toast";
import { t } from "../../i18n";
import { bitRate, clock } from "../../i18n/format";
import { base } from "../../styles/base";
import { forms } from "../../styles/forms";
import { adminStyles } from "./styles";

/** Who watches what, on what and how; and a hand on the remote control. */
@customElement("foyer-admin-sessions")
export class AdminSessions extends LitElement {
  @state() private talking: SessionLine | null = null;
  private readonly sessions = new Query(this, api, PlaybackSessions, () => ({}));
  private stop: (() => void) | null = null;

  static override styles = [
    base,
    forms,
    pictureStyles,
    meterStyles,
    adminStyles,
    css`
      .session {
        display: grid;
        grid-template-columns: clamp(96px, 16vw, 190px) minmax(0, 1fr) auto;
        gap: 16px;
        align-items: center;
      }
      .pic {
        aspect-ratio: 16 / 9;
        border-radius: var(--f-radius);
      }
      .meter {
        margin: 8px 0 4px;
        max-width: 520px;
      }
      ul {
        list-style: disc;
        padding-left: 18px;
        font-size: 13px;
        color: var(--f-muted);
      }
      @media (max-width: 640px) {
        .session {
          grid-template-columns: minmax(0, 1fr);
        }
        .session > .pic {
          display: none;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.stop = live.subscribe(PlaybackEvents, {}, ({ session: changed, kind }) => {
      if (kind === "STARTED" || kind === "STOPPED" || kind === "FINISHED") void this.sessions.refetch();
      else if (changed) this.replace(changed);
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop?.();
  }

  protected override render() {
    const { data, error } = this.sessions;
    const nodes = data?.playbackSessions.nodes;
    return html`
      <div class="row spread top"><h1>${t("admin.sessions")}</h1></div>
      ${error ? html`<foyer-state .error=${error} @retry=${() => this.sessions.refetch()}></foyer-state>` : nothing}
      ${nodes?.length === 0 ? html`<foyer-state .icon=${mdiMonitorOff} .heading=${t("sessions.none")} .text=${t("sessions.noneText")}></foyer-state>` : nothing}
      <div class="list">${nodes ? repeat(nodes, (one) => one.id, (one) => this.session(one)) : error ? nothing : html`<div class="bone"></div>`}</div>
      ${this.talking ? this.talk(this.talking) : nothing}
    `;
  }

  private session(one: SessionLine) {
    const { title, detail } = caption(one.item);
    const how = [methodName(one.method), one.height && `${one.height}p`, one.bitRate && bitRate(one.bitRate), one.encoder].filter(Boolean).join(" · ");
    return html`<article class="panel session">
      ${picture(one.item.thumb ?? one.item.poster, ITEM_ICONS[one.item.kind], [480, 960], "190px")}
      <div>
        <div class="row"><a class="name" href=${itemHref(one.item)}>${title}</a><span class="chip">${t(`playState.${one.state}`)}</span></div>
        ${detail ? html`<div class="small">${detail}</div>` : nothing}
        <div class="facts"><span>${one.user.displayName || one.user.name}</span><span>${one.device}</span><span>${one.client}</span>${one.address ? html`<span>${one.address}</span>` : nothing}</div>
        ${meter(one.durationSeconds > 0 ? one.positionSeconds / one.durationSeconds : 0, t("player.position"))}
        <div class="facts"><span>${clock(one.positionSeconds)} / ${clock(one.durationSeconds)}</span><span>${how}</span></div>
        ${one.reasons.length > 0 ? reasonList(one.reasons) : nothing}
      </div>
      ${session.may("CONTROL_SESSIONS") ? this.remote(one) : nothing}
    </article>`;
  }

  private remote(one: SessionLine) {
    const paused = one.state === "PAUSED";
    return html`<div class="end">
      <button class="icon-btn" aria-label=${paused ? t("play.play") : t("player.pause")} title=${paused ? t("play.play") : t("player.pause")} @click=${() => this.send(one, paused ? "PLAY" : "PAUSE")}>${icon(paused ? mdiPlay : mdiPause)}</button>
      <button class="icon-btn" aria-label=${t("sessions.stop")} title=${t("sessions.stop")} @click=${() => this.send(one, "STOP")}>${icon(mdiStop)}</button>
      <button class="icon-btn" aria-label=${t("sessions.message")} title=${t("sessions.message")} @click=${() => (this.talking = one)}>${icon(mdiMessageText)}</button>
    </div>`;
  }

  private talk(one: SessionLine) {
    const submit = (event: SubmitEvent): void => {
      event.preventDefault();
      const text = String(new FormData(event.target as HTMLFormElement).get("text")).trim();
      if (text) void this.send(one, "MESSAGE", text);
      this.talking = null;
    };
    return html`<foyer-dialog .heading=${t("sessions.messageTo", { name: one.user.displayName || one.user.name })} @dismiss=${() => (this.talking = null)}>
      <form @submit=${submit}>
        <div class="field"><label for="text">${t("sessions.messageText")}</label><input id="text" name="text" maxlength="200" required autofocus autocomplete="off" /></div>
        <div class="actions"><button class="btn primary">${t("sessions.send")}</button></div>
      </form>
    </foyer-dialog>`;
  }

  private async send(one: SessionLine, kind: RemoteCommandKind, text?: string): Promise<void> {
    await attempt(() => api.mutate(SendCommand, { input: { session: one.id, kind, text } }), kind === "MESSAGE" ? t("sessions.sent") : undefined);
  }

  private replace(changed: SessionLine): void {
    this.sessions.patch((data) => ({ playbackSessions: { nodes: data.playbackSessions.nodes.map((one) => (one.id === changed.id ? changed : one)) } }));
  }
}
