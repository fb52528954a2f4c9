import { expect, it } from "vitest";
import { patchCards } from "./changes";

it("replaces only the card that changed", () => {
  const state = { positionSeconds: 0, progress: 0, watched: false, favourite: false };
  const cards = [
    { id: "a", userState: state },
    { id: "b", userState: state },
  ];
  const patched = patchCards(cards, "b", { watched: true });
  expect(patched[0]).toBe(cards[0]);
  expect(patched[1]?.userState).toEqual({ ...state, watched: true });
});
