import type { RateLimits } from "./limits.ts";

/**
 * How many requests may come: so many a second, and so many at once where none came for a while. It refills less under load.
 *
 * Cost: O(1).
 *
 * @example
 * ```ts
 * import { Allowance } from "./allowance.ts";
 * const allowance = new Allowance({ perSecond: 10, atOnce: 2 }, 0);
 * if (allowance.take(0, 0) !== 0 || allowance.take(0, 0) !== 0) throw new Error("two may come at once");
 * if (allowance.take(0, 0) !== 100) throw new Error("the third waits 100 ms");
 * ```
 */
export class Allowance {
  readonly #perMs: number;
  readonly #atOnce: number;
  #left: number;
  #at: number;

  constructor({ perSecond, atOnce }: RateLimits, now: number) {
    this.#perMs = perSecond / 1000;
    this.#atOnce = atOnce;
    this.#left = atOnce;
    this.#at = now;
  }

  /** Takes one at `now` under `load` (0 to 1), or one that counts for `weight`: 0, or the ms after which it may be tried again. */
  take(now: number, load: number, weight = 1): number {
    // A hub that is busy all the time still takes a quarter.
    const perMs = this.#perMs * (1 - 0.75 * load), most = Math.max(1, this.#atOnce * (1 - 0.75 * load));
    this.#left = Math.min(this.#left + Math.max(0, now - this.#at) * perMs, most);
    this.#at = now;
    if (this.#left < Math.min(weight, most)) return Math.ceil((Math.min(weight, most) - this.#left) / perMs);
    this.#left -= weight;
    return 0;
  }
}
