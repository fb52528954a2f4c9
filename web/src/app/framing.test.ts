import { expect, it } from "vitest";
import { framingPage } from "./framing";

const page = (parent?: Window): Window => {
  const made = { document: {} } as { document: object; parent: unknown };
  made.parent = parent ?? made;
  return made as unknown as Window;
};

it("finds no page where nobody frames us", () => {
  expect(framingPage(page())).toBeNull();
});

it("looks through frames to the outermost page", () => {
  const home = page();
  expect(framingPage(page(home))).toBe(home);
  expect(framingPage(page(page(home)))).toBe(home);
});

it("stops before a page it may not look at", () => {
  const stranger = page();
  Object.defineProperty(stranger, "document", {
    get() {
      throw new DOMException("Blocked", "SecurityError");
    },
  });
  const home = page(stranger);
  expect(framingPage(page(stranger))).toBeNull();
  expect(framingPage(page(home))).toBe(home);
});
