import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { ItemCard } from "../api/generated";

export type CardState = ItemCard["userState"];

/** Tells every list that shows an item what its viewer did with it, so that they agree without asking again. */
export class Changes extends EventTarget {
  announce(id: string, state: Partial<CardState>): void {
    this.dispatchEvent(new CustomEvent("state", { detail: { id, state } }));
  }

  /** For as long as the host is on the page. */
  follow(host: ReactiveControllerHost, next: (id: string, state: Partial<CardState>) => void): ReactiveController {
    const listen = (event: Event): void => {
      const { id, state } = (event as CustomEvent<{ id: string; state: Partial<CardState> }>).detail;
      next(id, state);
    };
    const controller: ReactiveController = {
      hostConnected: () => this.addEventListener("state", listen),
      hostDisconnected: () => this.removeEventListener("state", listen),
    };
    host.addController(controller);
    return controller;
  }
}

/** The same cards, the one that changed replaced. */
export function patchCards<T extends { id: string; userState: CardState }>(cards: readonly T[], id: string, state: Partial<CardState>): T[] {
  return cards.map((card) => (card?.id === id ? { ...card, userState: { ...card.userState, ...state } } : card));
}
