import { framingPage } from "../app/framing";
import { en } from "./en";

export type MessageKey = keyof typeof en;
export type Catalogue = Readonly<Record<MessageKey, string>>;
/** A key without its `.one` / `.other`: a message that depends on a count. */
type PluralKey = { [K in MessageKey]: K extends `${infer Stem}.other` ? Stem : never }[MessageKey];

const CATALOGUES: Readonly<Record<string, () => Promise<Catalogue>>> = {
  de: () => import("./de").then((module) => module.de),
};
export const LANGUAGES = ["en", ...Object.keys(CATALOGUES)];
const STORED = "foyer.language";

let catalogue: Catalogue = en;
let locale = "en";
let plurals = new Intl.PluralRules(locale);

/** The language chosen here, of the page that frames us, or of the browser; the first that we speak. */
function wanted(): string[] {
  const framing = framingPage()?.document.documentElement.lang ?? "";
  return [localStorage.getItem(STORED) ?? "", framing, ...navigator.languages].filter(Boolean);
}

/** Load the language before the first page is drawn. */
export async function startLanguage(): Promise<void> {
  const tag = wanted().find((one) => LANGUAGES.includes(one.split("-")[0] ?? "")) ?? "en";
  const load = CATALOGUES[tag.split("-")[0] ?? ""];
  if (load) catalogue = await load();
  locale = tag;
  plurals = new Intl.PluralRules(tag);
  document.documentElement.lang = tag;
}

export function chooseLanguage(tag: string): void {
  localStorage.setItem(STORED, tag);
  location.reload();
}

export const currentLocale = (): string => locale;

const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));

/** The message in the user's language; `{name}` is replaced by `values.name`. */
export function t(key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  return fill(catalogue[key], values);
}

/** A message that depends on a count. */
export function plural(stem: PluralKey, count: number, values: Readonly<Record<string, string | number>> = {}): string {
  const key = `${stem}.${plurals.select(count)}`;
  const text = key in catalogue ? catalogue[key as MessageKey] : catalogue[`${stem}.other` as MessageKey];
  return fill(text, { count: new Intl.NumberFormat(locale).format(count), ...values });
}
