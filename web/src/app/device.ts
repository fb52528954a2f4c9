const BROWSERS: ReadonlyArray<[RegExp, string]> = [
  [/Home Assistant\//, "Home Assistant app"],
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/SamsungBrowser\//, "Samsung Internet"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: ReadonlyArray<[RegExp, string]> = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "Mac"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

const first = (table: ReadonlyArray<[RegExp, string]>, agent: string): string | undefined =>
  table.find(([pattern]) => pattern.test(agent))?.[1];

/** What people call this browser in a list of devices, e.g. "Chrome on Linux". */
export function deviceName(agent: string = navigator.userAgent): string {
  const [browser, system] = [first(BROWSERS, agent), first(SYSTEMS, agent)];
  return browser && system ? `${browser} on ${system}` : (browser ?? system ?? "Browser");
}
