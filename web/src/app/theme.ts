import { framingPage } from "./framing";

/** Variables of Home Assistant's theme that our tokens read. */
export const THEME_VARIABLES = [
  "--primary-color",
  "--text-primary-color",
  "--accent-color",
  "--primary-background-color",
  "--secondary-background-color",
  "--card-background-color",
  "--primary-text-color",
  "--secondary-text-color",
  "--divider-color",
  "--error-color",
  "--warning-color",
  "--success-color",
  "--info-color",
  "--ha-card-border-radius",
  "--ha-font-family-body",
  "--header-height",
] as const;

type Rgb = readonly [number, number, number];

/** Relative luminance (WCAG 2.2, section "relative luminance") of an sRGB colour with channels from 0 to 255. */
export function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast ratio of two colours (WCAG 2.2, section "contrast ratio"), 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** The colour nearest to `colour` on its way to black or white that can be read as text on `background`. */
export function readable(colour: Rgb, background: Rgb, least = 4.5): Rgb {
  const target = luminance(background) > 0.18 ? 0 : 255;
  for (let step = 0; step <= 20; step++) {
    const mixed = colour.map((c) => Math.round(c + ((target - c) * step) / 20)) as unknown as Rgb;
    if (contrast(mixed, background) >= least) return mixed;
  }
  return [target, target, target];
}

/** The surface, or, where `text` cannot be read on it, the ground with a little of the text's colour. */
export function surface(colour: Rgb, text: Rgb, ground: Rgb): Rgb {
  if (contrast(colour, text) >= 4.5) return colour;
  return ground.map((c, at) => Math.round(c + ((text[at] ?? c) - c) * 0.08)) as unknown as Rgb;
}

export function parseColour(text: string): Rgb | null {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1];
  if (hex) {
    const full = hex.length === 3 ? [...hex].map((c) => c + c).join("") : hex;
    return [0, 2, 4].map((at) => Number.parseInt(full.slice(at, at + 2), 16)) as unknown as Rgb;
  }
  const numbers = /^rgba?\(([^)]+)\)$/i.exec(text.trim())?.[1]?.split(/[\s,/]+/).map(Number);
  return numbers && numbers.length >= 3 && numbers.every(Number.isFinite) ? (numbers.slice(0, 3) as unknown as Rgb) : null;
}

/** A colour in any notation a browser knows, such as `hsl()`, `oklch()` or a name. */
function anyColour(text: string): Rgb | null {
  const known = parseColour(text);
  if (known || !text || !CSS.supports("color", text)) return known;
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!brush) return null;
  brush.fillStyle = text;
  brush.fillRect(0, 0, 1, 1);
  return [...brush.getImageData(0, 0, 1, 1).data.slice(0, 3)] as unknown as Rgb;
}

const css = (colour: Rgb): string => `rgb(${colour.join(" ")})`;
const WHITE: Rgb = [255, 255, 255];
const DEFAULT_PRIMARY: Rgb = [0, 154, 199];

/** Follows the theme of the page that frames us, or the system's preference; keeps derived colours readable. */
export class Theme {
  private readonly root = document.documentElement;
  private readonly prefersDark = matchMedia("(prefers-color-scheme: dark)");

  start(): void {
    const parent = framingPage()?.document.documentElement ?? null;
    if (parent) new MutationObserver(() => this.apply(parent)).observe(parent, { attributes: true, attributeFilter: ["style", "class"] });
    this.prefersDark.addEventListener("change", () => this.apply(parent));
    this.apply(parent);
  }

  private apply(parent: HTMLElement | null): void {
    const theirs = parent ? getComputedStyle(parent) : null;
    for (const name of THEME_VARIABLES) {
      const value = theirs?.getPropertyValue(name).trim();
      if (value) this.root.style.setProperty(name, value);
      else this.root.style.removeProperty(name);
    }
    const theirColour = (name: string): Rgb | null => anyColour(theirs?.getPropertyValue(name).trim() ?? "");
    const ground = theirColour("--primary-background-color");
    const dark = ground ? luminance(ground) < 0.18 : this.prefersDark.matches;
    this.root.style.colorScheme = dark ? "dark" : "light";
    if (ground) this.mend(ground, theirColour);
    this.derive(theirColour("--primary-color") ?? DEFAULT_PRIMARY, ground ?? (dark ? [17, 17, 17] : [250, 250, 250]));
  }

  /** A theme that sets only some colours leaves light surfaces on a dark ground, or dark text. */
  private mend(ground: Rgb, theirColour: (name: string) => Rgb | null): void {
    const set = (name: string, colour: Rgb) => this.root.style.setProperty(name, css(colour));
    const given = theirColour("--primary-text-color");
    if (!given) return;
    const text = readable(given, ground);
    if (contrast(given, ground) < 4.5) set("--primary-text-color", text);
    for (const name of ["--card-background-color", "--secondary-background-color"]) {
      const theirs = theirColour(name);
      const mended = theirs && surface(theirs, text, ground);
      if (mended && mended !== theirs) set(name, mended);
    }
  }

  private derive(primary: Rgb, ground: Rgb): void {
    const bright = luminance(primary) > 0.45;
    this.root.style.setProperty("--f-fill", css(bright ? primary : readable(primary, WHITE)));
    this.root.style.setProperty("--f-on-fill", bright ? "#0a0a0a" : "#fff");
    // What is chosen stands in primary ink on a tint of it (14 % in the tokens), which is the harder ground.
    const tint = ground.map((c, at) => c + ((primary[at] ?? c) - c) * 0.14) as unknown as Rgb;
    this.root.style.setProperty("--f-primary-ink", css(readable(primary, tint, 4.7)));
  }
}
