type Direction = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";
const DIRECTIONS: ReadonlySet<string> = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]);
const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), [tabindex='0']";

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/**
 * How far `to` is from `from` in a direction, or null when it does not lie there. What is off to the side counts as
 * twice as far, so that a remote control walks along rows and columns.
 */
export function distance(from: Box, to: Box, direction: Direction): number | null {
  const horizontal = direction === "ArrowLeft" || direction === "ArrowRight";
  const ahead = { ArrowLeft: from.left - to.right, ArrowRight: to.left - from.right, ArrowUp: from.top - to.bottom, ArrowDown: to.top - from.bottom }[direction];
  if (ahead < -4) return null;
  const aside = horizontal ? Math.max(0, to.top - from.bottom, from.top - to.bottom) : Math.max(0, to.left - from.right, from.left - to.right);
  const centres = horizontal ? Math.abs((to.top + to.bottom - from.top - from.bottom) / 2) : Math.abs((to.left + to.right - from.left - from.right) / 2);
  return Math.max(0, ahead) + aside * 2 + centres * 0.3;
}

function deepFocus(): Element | null {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active;
}

function focusable(root: ParentNode, found: HTMLElement[] = []): HTMLElement[] {
  for (const element of root.querySelectorAll<HTMLElement>("*")) {
    if (element.matches(FOCUSABLE)) found.push(element);
    if (element.shadowRoot) focusable(element.shadowRoot, found);
  }
  return found;
}

const edits = (element: Element): boolean => element.matches("input, select, textarea, [role='slider']");

/** Move the focus with an arrow key to the nearest thing in that direction. True when it moved. */
export function moveFocus(event: KeyboardEvent, host: HTMLElement): boolean {
  const from = deepFocus();
  if (event.defaultPrevented || !DIRECTIONS.has(event.key) || !host.shadowRoot || !from || from === document.body || edits(from)) return false;
  if (document.querySelector("foyer-confirmation, foyer-chooser")) return false;
  // A fresh page has the focus on <main>: the first arrow goes to its first thing.
  const fresh = from.matches("main");
  const here = fresh ? { left: 0, right: innerWidth, top: 0, bottom: 0 } : from.getBoundingClientRect();
  let best: HTMLElement | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const element of focusable(fresh ? from : host.shadowRoot)) {
    const box = element.getBoundingClientRect();
    if (element === from || box.width === 0 || element.closest("[hidden]")) continue;
    const far = distance(here, box, event.key as Direction);
    if (far !== null && far < least) [best, least] = [element, far];
  }
  best?.focus();
  best?.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "smooth" });
  return best !== null;
}
