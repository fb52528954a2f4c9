/** The measures of a grid of cards, in CSS pixels. */
export interface Layout {
  columns: number;
  cellWidth: number;
  rowHeight: number;
  gap: number;
}

const WORDS = 59; // the two lines under a picture
const OVERSCAN_ROWS = 3;

/** As many columns as fit with cards of a pleasant width: three posters or two stills at least on a phone. */
export function layout(width: number, wide: boolean): Layout {
  const narrow = width < 560;
  const gap = narrow ? 12 : 20;
  const [pleasant, least] = wide ? [290, narrow ? 1 : 2] : [168, narrow ? 3 : 4];
  const columns = Math.max(least, Math.floor((width + gap) / (pleasant + gap)));
  const cellWidth = Math.max(0, Math.floor((width - gap * (columns - 1)) / columns));
  const picture = wide ? (cellWidth * 9) / 16 : (cellWidth * 3) / 2;
  return { columns, cellWidth, rowHeight: Math.ceil(picture + WORDS + gap), gap };
}

/** The indexes `first` (inclusive) to `last` (exclusive) to draw when the grid was scrolled past by `scrolled` pixels. */
export function visible(shape: Layout, scrolled: number, height: number, total: number): { first: number; last: number } {
  const firstRow = Math.max(0, Math.floor(scrolled / shape.rowHeight) - OVERSCAN_ROWS);
  const lastRow = Math.max(0, Math.ceil((scrolled + height) / shape.rowHeight) + OVERSCAN_ROWS);
  return { first: Math.min(total, firstRow * shape.columns), last: Math.min(total, lastRow * shape.columns) };
}
