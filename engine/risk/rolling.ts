/**
 * A window of time that slides in whole parts: how many of its parts are over at a time.
 *
 * The window is kept in `parts` of equal length; the newest is the one that fills. It holds what is at most `window` old,
 * and at least what is younger than `window` × (1 − 1 ÷ parts).
 */
class Parts {
  /** Place of the part that fills, and session time at which it is over; NaN before the first. */
  place = 0;
  end = NaN;

  constructor(readonly count: number, readonly length: number) {}

  /** How many parts begin anew at `now`, at most all of them. */
  turn(now: number): number {
    // Not a number before the first: a comparison with it is false.
    if (!(this.end === this.end)) {
      this.end = now + this.length;
      return this.count;
    }
    if (now < this.end) return 0;
    const over = Math.floor((now - this.end) / this.length) + 1;
    this.end += over * this.length;
    return Math.min(over, this.count);
  }
}

/**
 * The mean of whole numbers within a window of time, which slides in `parts`.
 *
 * | call | cost |
 * |---|---|
 * | `add`, `advance` | constant, and each part that is over once |
 * | memory | two numbers a part |
 *
 * @example
 * ```ts
 * import { RollingMean } from "./rolling.ts";
 * const mean = new RollingMean(10, 10);
 * mean.add(0, 4);
 * mean.add(1, 8);
 * if (mean.mean !== 6 || mean.count !== 2) throw new Error("unexpected");
 * ```
 */
export class RollingMean {
  readonly parts: Parts;
  readonly sums: Float64Array;
  readonly counts: Float64Array;
  sum = 0;
  count = 0;

  /** `window` in ns. */
  constructor(window: number, parts = 300) {
    this.parts = new Parts(parts, window / parts);
    this.sums = new Float64Array(parts);
    this.counts = new Float64Array(parts);
  }

  /** The mean; NaN where the window is empty. */
  get mean(): number {
    return this.sum / this.count;
  }

  /** Takes a value at `now`, which does not go back. */
  add(now: number, value: number): void {
    this.advance(now);
    const { place } = this.parts;
    this.sums[place] += value;
    this.counts[place]++;
    this.sum += value;
    this.count++;
  }

  /** Forgets what is too old at `now`. */
  advance(now: number): void {
    const { parts } = this;
    for (let over = parts.turn(now); over > 0; over--) {
      parts.place = (parts.place + 1) % parts.count;
      this.sum -= this.sums[parts.place];
      this.count -= this.counts[parts.place];
      this.sums[parts.place] = this.counts[parts.place] = 0;
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.sums.fill(0);
    this.counts.fill(0);
    this.sum = this.count = 0;
  }

  /** Takes `shift` off the times held. */
  rebase(shift: number): void {
    this.parts.end -= shift;
  }
}

/**
 * The lowest and the highest of numbers within a window of time, which slides in `parts`.
 *
 * | call | cost |
 * |---|---|
 * | `add` | the number of parts when one is over or held the extreme, else constant |
 * | memory | two numbers a part |
 */
export class RollingRange {
  readonly parts: Parts;
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  /** Infinity and -Infinity where the window is empty. */
  low = Infinity;
  high = -Infinity;

  /** `window` in ns. */
  constructor(window: number, parts = 64) {
    this.parts = new Parts(parts, window / parts);
    this.lows = new Float64Array(parts).fill(Infinity);
    this.highs = new Float64Array(parts).fill(-Infinity);
  }

  /** Takes a value at `now`, which does not go back. */
  add(now: number, value: number): void {
    this.advance(now);
    const { place } = this.parts;
    if (value < this.lows[place]) this.lows[place] = value;
    if (value > this.highs[place]) this.highs[place] = value;
    if (value < this.low) this.low = value;
    if (value > this.high) this.high = value;
  }

  /** Forgets what is too old at `now`. */
  advance(now: number): void {
    const { parts, lows, highs } = this;
    let over = parts.turn(now);
    if (over === 0) return;
    for (; over > 0; over--) {
      parts.place = (parts.place + 1) % parts.count;
      lows[parts.place] = Infinity;
      highs[parts.place] = -Infinity;
    }
    this.low = Infinity;
    this.high = -Infinity;
    for (let i = 0; i < parts.count; i++) {
      if (lows[i] < this.low) this.low = lows[i];
      if (highs[i] > this.high) this.high = highs[i];
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.lows.fill(Infinity);
    this.highs.fill(-Infinity);
    this.low = Infinity;
    this.high = -Infinity;
  }

  /** Takes `shift` off the times held. */
  rebase(shift: number): void {
    this.parts.end -= shift;
  }
}
