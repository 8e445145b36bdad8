/**
 * Times of sources as the pair (whole seconds since 1970-01-01 UTC, nanoseconds within the second), without BigInt.
 */

/**
 * An int64 count of nanoseconds, split by arithmetic that stays below 2^53.
 *
 * @example
 * ```ts
 * import { Int64Time } from "./timestamp.ts";
 * const time = new Int64Time();
 * time.set(400_000_000, 5);
 * if (time.sec !== 1717986918 || time.ns !== 400_000_005) throw new Error("unexpected");
 * ```
 */
export class Int64Time {
  sec = 0;
  ns = 0;

  /** From the high word as a signed and the low word as any 32-bit integer. */
  set(high: number, low: number): void {
    // 2^48 ns are 281474 s and 976710656 ns, 2^32 ns are 4 s and 294967296 ns.
    const top = high >> 16;
    const middle = high & 0xffff;
    const ns = top * 976710656 + middle * 294967296 + (low >>> 0);
    const carry = Math.floor(ns / 1e9);
    this.sec = top * 281474 + middle * 4 + carry;
    this.ns = ns - carry * 1e9;
  }
}
