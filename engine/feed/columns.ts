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
}
