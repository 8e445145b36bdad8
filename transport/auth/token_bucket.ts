/** So many a second in the long run, and so many at once after a rest. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * How much may come: a bucket that fills at a rate up to its burst, and of which what comes is taken.
 *
 * - What costs more than a burst waits for a full bucket, and leaves a debt that is filled first.
 * - Under load (`factor` below 1) rate and burst shrink together.
 * - A clock that goes back gives nothing.
 *
 * Cost: constant; three numbers.
 *
 * @example
 * ```ts
 * import { TokenBucket } from "./token_bucket.ts";
 * const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, 0);
 * if (bucket.take(1, 0) !== 0 || bucket.take(1, 0) !== 0) throw new Error("two may come at once");
 * if (bucket.take(1, 0) !== 100) throw new Error("the third waits 100 ms");
 * ```
 */
export class TokenBucket {
  readonly #rate: Rate;
  #level: number;
  #at: number;

  /** `now` in ms. */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#level = rate.burst;
    this.#at = now;
  }

  /** Takes so much at `now` and returns 0; or takes none, and returns the ms after which it may be tried again. */
  take(cost: number, now: number, factor = 1): number {
    const wait = this.wait(cost, now, factor);
    if (wait === 0) this.#level -= cost;
    return wait;
  }

  /** The ms until so much can be taken; 0 where it can be now. Takes nothing. */
  wait(cost: number, now: number, factor = 1): number {
    this.#fill(now, factor);
    const missing = Math.min(cost, capacityOf(this.#rate, factor)) - this.#level;
    // Sums of many parts of a token round; a millionth of one, or of a ms, is none.
    return missing <= 1e-6 ? 0 : Math.ceil(missing / (this.#rate.perSecond * factor) * 1000 - 1e-6);
  }

  /** Whether it is as full as a new one, so that it may be forgotten. */
  isFull(now: number, factor = 1): boolean {
    this.#fill(now, factor);
    return this.#level >= capacityOf(this.#rate, factor) - 1e-6;
  }

  #fill(now: number, factor: number): void {
    const passed = Math.max(0, now - this.#at) / 1000;
    this.#level = Math.min(capacityOf(this.#rate, factor), this.#level + passed * this.#rate.perSecond * factor);
    this.#at = Math.max(this.#at, now);
  }
}

/** The most that a bucket of a rate holds: under load less, but one request always. */
export function capacityOf({ burst }: Rate, factor: number): number {
  return Math.max(Math.min(1, burst), burst * factor);
}
