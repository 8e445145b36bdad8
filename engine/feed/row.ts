/**
 * One market event on its way from a source to a tape.
 *
 * Decoders fill the one {@linkcode Row} of their sink and call `add()`; nothing is allocated per event. Times are a pair
 * (whole seconds since 1970-01-01 UTC, nanoseconds within the second 0..999,999,999), because a nanosecond count of today
 * does not fit in a number.
 */
export class Row {
  kind = 0;
  side = 0;
  /** AT_EXCHANGE | AT_LOCAL | LAST; decoders set LAST, and leave the other two on unless a row is for one clock only. */
  flags = 0;
  exchangeSec = 0;
  exchangeNs = 0;
  localSec = 0;
  localNs = 0;
  /** Ticks, an integer below 2^53 in magnitude. */
  price = 0;
  /** Lots, an integer from 0 to below 2^53. */
  size = 0;
  /** L3 order id, low 32 bits as an unsigned number, and high 32 bits. 0 on L2 tapes. */
  idLow = 0;
  idHigh = 0;
  /** Where the row comes from, for errors: file by its number in a conversion, line or record from 1; 0 where unknown. */
  file = 0;
  place = 0;
  /** What `place` counts; decoders of binary sources set it to "record", once. */
  unit: "line" | "record" = "line";
}

/** Takes rows from a decoder, in the order of the source. */
export interface RowSink {
  /** The one row to fill before each `add()`; every field keeps its value from the last row. */
  readonly row: Row;
  /** Takes a copy of `row`. */
  add(): void;
}
