/** Of so many answers the one with the shortest round trip is believed. */
const SAMPLES = 8;

/**
 * How far the server's clock is ahead of ours, from pings: each says so within half its round trip, so that the one with the
 * shortest round trip of the last eight is believed.
 *
 * Cost: O(samples) an answer.
 *
 * @example
 * ```ts
 * import { ClockOffset } from "./clock_offset.ts";
 *
 * const offset = new ClockOffset();
 * offset.take(1000, 1510, 1020); // 20 ms there and back
 * offset.take(2000, 2900, 2800); // 800 ms: worth less
 * if (offset.ms !== 500 || offset.errorMs !== 10) throw new Error("500 ± 10");
 * ```
 */
export class ClockOffset {
  readonly #roundTrips: number[] = [];
  readonly #offsets: number[] = [];
  #best = -1;

  /** Server's clock minus ours, in ms; 0 before an answer came. */
  get ms(): number {
    return this.#best < 0 ? 0 : this.#offsets[this.#best];
  }

  /** How wrong it may be either way, in ms; Infinity before an answer came. */
  get errorMs(): number {
    return this.#best < 0 ? Infinity : this.#roundTrips[this.#best] / 2;
  }

  /** A ping left at `sent` and its answer came at `now`, both by our clock; the server had it at `received` by its own. */
  take(sent: number, received: number, now: number): void {
    if (!(now >= sent)) return;
    this.#roundTrips.push(now - sent);
    this.#offsets.push(received - (sent + now) / 2);
    if (this.#roundTrips.length > SAMPLES) this.#roundTrips.shift(), this.#offsets.shift();
    this.#best = this.#roundTrips.indexOf(Math.min(...this.#roundTrips));
  }
}
