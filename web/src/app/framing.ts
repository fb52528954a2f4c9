/**
 * Home Assistant's page when it frames us: the one with its address, theme and language. Before 2026 a frame of its own
 * lies in between, which has neither. Null when nobody frames us, or only somebody whom we may not look at.
 */
export function framingPage(self: Window = window): Window | null {
  let outermost: Window | null = null;
  for (let frame = self; frame.parent !== frame; frame = frame.parent) {
    try {
      void frame.parent.document;
    } catch {
      break; // another origin
    }
    outermost = frame.parent;
  }
  return outermost;
}
