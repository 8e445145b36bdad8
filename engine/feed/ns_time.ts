/**
 * Turns (seconds, nanoseconds) into int64 nanoseconds, as two words of 32 bits, both as signed integers: those are kept in
 * objects without a box of their own. The low word is meant without sign, `low >>> 0`.
 *
 * A count of nanoseconds does not fit in a number, so that it is put together from exact products of 16-bit pieces; the
 * second's part is kept, because rows of one second come together.
 *
 * @example
 * ```ts
 * import { NsTime } from "./ns_time.ts";
 * const time = new NsTime();
 * time.set(1_723_161_255, 7);
 * if (BigInt(time.high) * 2n ** 32n + BigInt(time.low >>> 0) !== 1_723_161_255_000_000_007n) throw new Error("unexpected");
 * ```
 */
export class NsTime {
  high = 0;
  low = 0;
  #sec = 0;
  #baseHigh = 0;
  #baseLow = 0;

  /** False, and nothing is set, where the time is none or lies outside the int64 range of 1677 to 2262. */
  set(sec: number, ns: number): boolean {
    if (sec !== this.#sec && !this.#setSecond(sec)) return false;
    if (!(ns >= 0 && ns < 1e9)) return false;
    const low = (this.#baseLow >>> 0) + ns;
    this.low = low | 0;
    this.high = low < 4294967296 ? this.#baseHigh : this.#baseHigh + 1;
    return true;
  }

  #setSecond(sec: number): boolean {
    if (!(sec > -9223372036 && sec < 9223372036)) return false;
    const upper = Math.floor(sec / 65536);
    const product = upper * 1e9;
    const carried = Math.floor(product / 65536);
    const rest = (product - carried * 65536) * 65536 + (sec - upper * 65536) * 1e9;
    this.#sec = sec;
    this.#baseHigh = carried + Math.floor(rest / 4294967296);
    this.#baseLow = rest | 0;
    return true;
  }
}

/** Whether time a is after time b; words as {@linkcode NsTime} has them. */
export function isAfter(aHigh: number, aLow: number, bHigh: number, bLow: number): boolean {
  return aHigh > bHigh || (aHigh === bHigh && (aLow >>> 0) > (bLow >>> 0));
}
