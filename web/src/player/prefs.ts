/** What the player remembers on this device. */
export interface Prefs {
  volume: number;
  muted: boolean;
  /** A language, "off", or null when never chosen. */
  subtitles: string | null;
}

const KEY = "foyer.player";
const DEFAULTS: Prefs = { volume: 1, muted: false, subtitles: null };

export function loadPrefs(storage: Storage = localStorage): Prefs {
  try {
    return { ...DEFAULTS, ...(JSON.parse(storage.getItem(KEY) ?? "{}") as Partial<Prefs>) };
  } catch {
    return DEFAULTS; // somebody else's value
  }
}

export function savePrefs(change: Partial<Prefs>, storage: Storage = localStorage): void {
  storage.setItem(KEY, JSON.stringify({ ...loadPrefs(storage), ...change }));
}
