/** Takes what a venue has to say, at the venue's own time. The session brings it to us later. */
export interface AnswerSink {
  /**
   * An answer about an order: an event of order_life.ts, and for fills the price, lots and MAKER or TAKER. `detail` says why,
   * a code or 0; of a fill it is the number of the execution, counted from 1.
   */
  answer(event: number, slot: number, price: number, lots: number, liquidity: number, detail: number): void;
  /** An execution of an order that is over and gone has become known: `side` is what we did. Told by venues that know of such alone. */
  booked?(side: number, price: number, lots: number): void;
  /** The venue wants `timeUp` to be called at a time of its own, once for each: an order's time in force ends then. */
  wake(time: number): void;
}
