/**
 * Messages were lost, and the session was to stop there.
 *
 * @example
 * ```ts
 * import { GapError } from "./gap_error.ts";
 * const { message } = new GapError("BTCUSDT", 1_723_161_255_000_000_007n, 1234);
 * if (!message.includes("row 1234") || !message.includes("2024-08-08T23:54:15.000000007Z")) throw new Error(message);
 * ```
 */
export class GapError extends Error {
  /** `at` is ns since 1970-01-01 UTC when we learnt of it, `row` the tape's row from 1. */
  constructor(symbol: string, readonly at: bigint, readonly row: number) {
    super(
      `Cannot go on: messages of ${symbol} were lost before ${isoTime(at)}, tape row ${row}; ` +
        `allow stale gaps, and orders are refused until the next snapshot`,
    );
    this.name = "GapError";
  }
}

/** A time in ns since 1970-01-01 UTC as ISO 8601 to the nanosecond. */
export function isoTime(epochNs: bigint): string {
  const ns = ((epochNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const ms = Number((epochNs - ns) / 1_000_000n);
  return `${new Date(ms).toISOString().slice(0, 19)}.${String(ns).padStart(9, "0")}Z`;
}
