import { currentLocale, t } from "./index";

/** A length in words, e.g. "1 h 52 min". */
export function duration(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  const [h, m] = [Math.floor(minutes / 60), minutes % 60];
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return [h ? `${number(h)} h` : "", m ? `${m} min` : ""].filter(Boolean).join(" ");
}

/** A position as on a clock, e.g. "1:02:03". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const tail = `${h ? String(m).padStart(2, "0") : m}:${String(s).padStart(2, "0")}`;
  return h ? `${h}:${tail}` : tail;
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(currentLocale(), { maximumFractionDigits: digits }).format(value);
}

export function percent(fraction: number): string {
  return new Intl.NumberFormat(currentLocale(), { style: "percent" }).format(fraction);
}

const STEPS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A size in binary units, e.g. "1.4 GiB". */
export function bytes(value: number): string {
  const step = value < 1 ? 0 : Math.min(STEPS.length - 1, Math.floor(Math.log2(value) / 10));
  return `${number(value / 1024 ** step, step > 0 ? 1 : 0)} ${STEPS[step]}`;
}

/** A bit rate, e.g. "8.2 Mbit/s". */
export function bitRate(bitsPerSecond: number): string {
  return bitsPerSecond >= 1e6 ? `${number(bitsPerSecond / 1e6, 1)} Mbit/s` : `${number(bitsPerSecond / 1e3)} kbit/s`;
}

export function date(instant: string): string {
  return new Intl.DateTimeFormat(currentLocale(), { dateStyle: "medium" }).format(new Date(instant));
}

export function dateTime(instant: string): string {
  return new Intl.DateTimeFormat(currentLocale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(instant));
}

const UNITS: ReadonlyArray<[Intl.RelativeTimeFormatUnit, number]> = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long ago, e.g. "3 hours ago". */
export function ago(instant: string, now: number = Date.now()): string {
  const seconds = (new Date(instant).getTime() - now) / 1000;
  const format = new Intl.RelativeTimeFormat(currentLocale(), { numeric: "auto" });
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length);
  return unit ? format.format(Math.trunc(seconds / unit[1]), unit[0]) : t("time.now");
}

/** The name of a language, e.g. "deu" or "de" to "German". */
export function language(tag: string | null): string | null {
  if (!tag || tag === "und") return null;
  try {
    return new Intl.DisplayNames(currentLocale(), { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
