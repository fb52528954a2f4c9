import { html, render } from "lit";
import type { ScreenLine } from "../api/generated";
import { PlayOn, TransferPlayback } from "../api/generated";
import { go, href } from "../app/router";
import { api } from "../app/services";
import { toast } from "../components/toast";
import { t } from "../i18n";
import "./chooser";

/** Begin something at the place that was chosen, null for this device. The notice is for the viewer. */
export type Begin = (screen: ScreenLine | null) => Promise<string | null>;

/** Ask where to play; resolves once something plays there, or to false when the viewer thinks better of it. */
export function choosePlace(current: string | null | undefined, begin: Begin): Promise<boolean> {
  return new Promise((resolve) => {
    const host = document.createElement("div");
    const end = (done: boolean) => (): void => {
      removeEventListener("hashchange", leave);
      host.remove();
      resolve(done);
    };
    const leave = end(false); // a step back leaves the question with its page
    addEventListener("hashchange", leave);
    document.body.append(host);
    render(html`<foyer-chooser .current=${current} .begin=${begin} @dismiss=${leave} @done=${end(true)}></foyer-chooser>`, host);
  });
}

const key = (): string => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Play an item on a screen or here, where its viewer left off. */
export function playSomewhere(item: string): Promise<boolean> {
  return choosePlace(undefined, async (screen) => {
    if (!screen) return here(item);
    const { notice } = await api.mutate(PlayOn, { input: { screenId: screen.id, itemId: item, idempotencyKey: key() } });
    toast(t("screens.playsOn", { name: screen.name }));
    return notice;
  });
}

/** Let a session go on at another place. `current` is the id of its screen, null where it is this page's own player. */
export function moveSomewhere(session: string, current: string | null | undefined): Promise<boolean> {
  return choosePlace(current, async (screen) => {
    if (!screen) return moveHere(session);
    const { notice } = await api.mutate(TransferPlayback, { input: { sessionId: session, screenId: screen.id, idempotencyKey: key() } });
    toast(t("screens.playsOn", { name: screen.name }));
    return notice;
  });
}

/** Let a session go on in this browser, where it is. */
export async function moveHere(session: string): Promise<string | null> {
  const { item, positionSeconds, notice } = await api.mutate(TransferPlayback, { input: { sessionId: session, screenId: null, idempotencyKey: key() } });
  if (item) here(item.id, positionSeconds);
  return notice;
}

function here(item: string, position?: number): null {
  go(`${href("play", item)}${position === undefined ? "" : `?t=${position}`}`);
  return null;
}
