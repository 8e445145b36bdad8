/** Orders a strategy may send at one moment before it counts as caught in a loop. */
const BURST_MAX = 100_000;

/** Ends a strategy that submits in an endless loop. */
export class Burst {
  #count = 0;
  #at = NaN;

  /** One more order at time `now`; RangeError where there are too many at one time. */
  add(now: number): void {
    if (now !== this.#at) {
      this.#at = now;
      this.#count = 0;
    }
    if (++this.#count > BURST_MAX) {
      throw new RangeError(
        `Cannot go on: the strategy has sent ${BURST_MAX} orders at one moment; it submits in a loop`,
      );
    }
  }
}
