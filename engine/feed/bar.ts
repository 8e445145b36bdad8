/**
 * One OHLCV bar on its way from a source to a tape.
 *
 * Decoders fill the one {@linkcode Bar} of their sink and call `add()`. Times are (whole seconds since 1970-01-01 UTC,
 * nanoseconds within the second), as in `Row`; the close time is the bar's last nanosecond, so that it lies
 * before the open of the next bar.
 */
export class Bar {
  openSec = 0;
  openNs = 0;
  closeSec = 0;
  closeNs = 0;
  /** Ticks, integers below 2^53 in magnitude, with low <= open, close <= high. */
  open = 0;
  high = 0;
  low = 0;
  close = 0;
  /** Lots, an integer from 0 to below 2^53; 0 where the source has no volume. */
  volume = 0;
}

/** Takes bars from a decoder, in the order of the source: each opens after the one before it has closed. */
export interface BarSink {
  /** The one bar to fill before each `add()`; every field keeps its value from the last bar. */
  readonly bar: Bar;
  /** Takes a copy of `bar`. */
  add(): void;
}
