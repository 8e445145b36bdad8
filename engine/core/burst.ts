import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";

/** Orders, requests and timers a strategy may ask for at one moment before it counts as caught in a loop. */
const BURST_MAX = 100_000;

/** Ends a strategy that goes on at one moment without end, within a callback or from one to the next. */
export class Burst {
  #count = 0;
  #at = NaN;

  /** One more of them at time `now`; RangeError where there are too many at one time. */
  add(now: number): void {
    if (now !== this.#at) {
      this.#at = now;
      this.#count = 0;
    }
    if (++this.#count > BURST_MAX) {
      throw new RangeError(
        `Cannot go on: the strategy has asked for ${BURST_MAX} orders at one moment, cancels, amends and timers included; ` +
          `it goes round in a loop`,
      );
    }
  }

  save(to: StateWriter): void {
    to.numbers(this.#count, this.#at);
  }

  load(from: StateReader): void {
    this.#count = from.number();
    this.#at = from.number();
  }
}
