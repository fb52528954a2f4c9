import type { Info } from "./playback";

type Sheets = NonNullable<Info["trickplay"]>;

export interface Tile {
  url: string;
  width: number;
  height: number;
  /** Of the tile in its sheet, in pixels. */
  x: number;
  y: number;
}

/** The preview picture for a position in seconds. */
export function tileAt(sheets: Sheets, seconds: number): Tile {
  const { columns, rows, count, intervalSeconds, tileWidth, tileHeight, urlTemplate } = sheets;
  const index = Math.min(count - 1, Math.max(0, Math.floor(seconds / intervalSeconds)));
  const sheet = Math.floor(index / (columns * rows));
  const inSheet = index % (columns * rows);
  return {
    url: urlTemplate.replace("{sheet}", String(sheet)),
    width: tileWidth,
    height: tileHeight,
    x: (inSheet % columns) * tileWidth,
    y: Math.floor(inSheet / columns) * tileHeight,
  };
}
