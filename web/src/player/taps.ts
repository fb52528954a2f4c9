const DOUBLE_MS = 280;

/** Tells single taps from double taps on the left and right third of the screen. */
export class Taps {
  private last = { at: 0, side: 0 };
  private timer = 0;

  constructor(
    private readonly single: () => void,
    private readonly double: (side: -1 | 1) => void,
  ) {}

  /** @param part where across the screen, 0 to 1 */
  tap(part: number, now: number): void {
    const side = part < 1 / 3 ? -1 : part > 2 / 3 ? 1 : 0;
    const again = now - this.last.at < DOUBLE_MS && side !== 0 && side === this.last.side;
    this.last = { at: now, side };
    clearTimeout(this.timer);
    if (again) this.double(side);
    else if (side === 0) this.single();
    else this.timer = window.setTimeout(this.single, DOUBLE_MS);
  }
}
