/** Everything a player can be told, whoever tells it: a button, a key, a headset, another device. */
export type Action =
  | { do: "toggle" | "play" | "pause" | "mute" | "fullscreen" | "pip" | "captions" | "next" | "previous" | "stats" | "cast" | "close" }
  | { do: "seek"; to: number }
  | { do: "skip"; by: number }
  | { do: "jump"; part: number }
  | { do: "volume"; to: number }
  | { do: "louder"; by: number }
  | { do: "speed"; to: number }
  | { do: "faster"; by: 1 | -1 }
  | { do: "quality"; height: number | null; bitRate: number | null }
  | { do: "audio"; index: number }
  | { do: "subtitle"; id: string | null }
  | { do: "delay"; by: number };

export const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** The next speed up or down. */
export function nextSpeed(present: number, by: 1 | -1): number {
  const at = SPEEDS.findIndex((speed) => speed >= present - 0.001);
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + by))] ?? 1;
}

const KEYS: Readonly<Record<string, Action>> = {
  " ": { do: "toggle" },
  k: { do: "toggle" },
  MediaPlayPause: { do: "toggle" },
  j: { do: "skip", by: -10 },
  l: { do: "skip", by: 10 },
  ArrowLeft: { do: "skip", by: -5 },
  ArrowRight: { do: "skip", by: 5 },
  ArrowUp: { do: "louder", by: 0.05 },
  ArrowDown: { do: "louder", by: -0.05 },
  f: { do: "fullscreen" },
  m: { do: "mute" },
  c: { do: "captions" },
  n: { do: "next" },
  p: { do: "pip" },
  i: { do: "stats" },
  "<": { do: "faster", by: -1 },
  ">": { do: "faster", by: 1 },
  Home: { do: "seek", to: 0 },
  Escape: { do: "close" },
};

/** What a key means to the player, if anything. */
export function actionOfKey(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): Action | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (/^[0-9]$/.test(event.key)) return { do: "jump", part: Number(event.key) / 10 };
  return KEYS[event.key] ?? KEYS[event.key.toLowerCase()] ?? null;
}
