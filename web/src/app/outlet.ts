import { type Page, pageOf } from "./pages";
import { type Route, parse } from "./router";

/** What a page element is given. */
export interface PageElement extends HTMLElement {
  route: Route;
}

interface Kept {
  element: PageElement;
  scroll: number;
}

const REMEMBERED = 8;

/** Puts the page of the present hash into its container and remembers the last ones, so that going back is instant. */
export class Outlet {
  private readonly kept = new Map<string, Kept>();
  private current: { key: string; page: Page } | null = null;

  /** @param changed told with each new page, before it is drawn */
  constructor(
    private readonly container: HTMLElement,
    private readonly changed: (page: Page | null, route: Route) => void,
  ) {}

  /** @param back whether the user went through the history */
  async show(back: boolean): Promise<void> {
    const route = parse(location.hash);
    const key = route.path.join("/");
    const page = pageOf(route.path);
    if (this.current?.key === key) {
      const same = this.kept.get(key);
      if (same) same.element.route = route;
      this.changed(page ?? null, route);
      return;
    }
    this.leave();
    this.changed(page ?? null, route);
    if (!page) return void this.container.replaceChildren();
    this.current = { key, page };
    await page.load();
    if (this.current.key !== key) return; // the user was faster
    const kept = this.kept.get(key) ?? { element: document.createElement(page.tag) as PageElement, scroll: 0 };
    this.kept.delete(key);
    if (!page.immersive) this.kept.set(key, kept);
    kept.element.route = parse(location.hash); // its parameters may have moved on while it loaded
    this.container.replaceChildren(kept.element);
    this.forget();
    await this.restore(kept, back);
  }

  /** Nothing of one user stays for the next. */
  clear(): void {
    this.kept.clear();
    this.current = null;
  }

  private leave(): void {
    const kept = this.current && this.kept.get(this.current.key);
    if (kept) kept.scroll = scrollY;
  }

  private forget(): void {
    for (const key of this.kept.keys()) {
      if (this.kept.size <= REMEMBERED) return;
      this.kept.delete(key);
    }
  }

  private async restore(kept: Kept, back: boolean): Promise<void> {
    await (kept.element as PageElement & { updateComplete?: Promise<unknown> }).updateComplete;
    scrollTo({ top: back ? kept.scroll : 0, behavior: "instant" });
    if (!back) kept.element.dispatchEvent(new CustomEvent("arrive"));
  }
}
