/** Is told when positions open and close. Amounts are floats in whole currency, for figures only. */
export interface RoundTripSink {
  /** A position of `side` (1 long, -1 short) was opened from flat. */
  onOpen?(instrument: number, side: number): void;
  /**
   * A position is flat again, or was turned over: `lots` were opened in all.
   *
   * `entryValue` and `exitValue` are above 0 at prices above 0; `pnl` is before `fees`, and before `income` (funding
   * and dividends received, less paid). The return of a round trip is pnl ÷ entryValue.
   */
  onRoundTrip(
    instrument: number,
    side: number,
    lots: number,
    entryValue: number,
    exitValue: number,
    pnl: number,
    fees: number,
    income: number,
  ): void;
}
