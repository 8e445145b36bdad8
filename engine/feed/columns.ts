import { AT_EXCHANGE } from "../core/event.ts";

/**
 * Rows of a tape as the core reads them: columns, one batch at a time, valid until the next batch is asked for.
 *
 * Times are nanoseconds of the session's clock; what is too far ahead of its era to be exact is Infinity.
 */
export interface Columns {
  /** Rows in this batch; the columns may be longer. */
  readonly rows: number;
  readonly exchange: Float64Array;
  readonly local: Float64Array;
  /** Ticks. */
  readonly price: Float64Array;
  /** Lots. */
  readonly size: Float64Array;
  readonly kind: Uint8Array;
  readonly side: Int8Array;
  readonly flags: Uint8Array;
  /** L3: order ids, low and high halves alternating. Empty on other tapes. */
  readonly id: Int32Array;
  /** One row's time by a clock (AT_EXCHANGE or AT_LOCAL), without a column of them. */
  timeOf(clock: number, row: number): number;
  /** The first row from `from` on before which all rows that `clock` sees happen before `limit`, and it does not. */
  seek(clock: number, from: number, limit: number): number;
}

/** {@linkcode Columns.seek} over a column of times. */
export function seekTime(columns: Columns, clock: number, from: number, limit: number): number {
  const times = clock === AT_EXCHANGE ? columns.exchange : columns.local;
  let i = from;
  while (i < columns.rows && ((columns.flags[i] & clock) === 0 || times[i] < limit)) i++;
  return i;
}
