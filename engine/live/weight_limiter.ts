import type { Timers } from "./timers.ts";

const MINUTE_MS = 60_000;
/** Requests that may wait for their turn. */
const WAITING_MAX = 10_000;

interface Waiting {
  readonly weight: number;
  readonly go: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * Spends the weight that an exchange allows in a minute, and no more: who comes when it is spent waits, first come first
 * served.
 *
 * The minute is any sixty seconds, which no exchange's own count is stricter than. What the exchange itself says was spent, by
 * others under our address too, counts where it is more.
 *
 * @example
 * ```ts
 * import { WeightLimiter } from "./weight_limiter.ts";
 * let now = 0;
 * const timers = { now: () => now, after: () => () => {} };
 * const limiter = new WeightLimiter(100, timers);
 * await limiter.take(60);
 * if (limiter.waitMs(60) !== 60_000) throw new Error("unexpected");
 * now = 60_000;
 * if (limiter.waitMs(60) !== 0) throw new Error("unexpected");
 * ```
 */
export class WeightLimiter {
  /** Is told when someone begins to wait, and for how long at least. */
  onWait: ((ms: number) => void) | undefined = undefined;
  readonly perMinute: number;
  readonly #timers: Timers;
  /** What was spent and when, the oldest first. */
  #spent: { readonly at: number; weight: number }[] = [];
  #used = 0;
  #haltedUntil = -Infinity;
  readonly #waiting: Waiting[] = [];
  #wake: (() => void) | undefined;

  constructor(perMinute: number, timers: Timers) {
    this.perMinute = perMinute;
    this.#timers = timers;
  }

  /** Weight spent in the last minute. */
  get used(): number {
    this.#forget();
    return this.#used;
  }

  /** How long a request of that weight would have to wait if it were the next, in ms. */
  waitMs(weight: number): number {
    this.#forget();
    const now = this.#timers.now();
    let least = Math.max(0, this.#haltedUntil - now), over = this.#used + weight - this.perMinute;
    for (const { at, weight: spent } of this.#spent) {
      if (over <= 0) break;
      over -= spent;
      least = Math.max(least, at + MINUTE_MS - now);
    }
    return least;
  }

  /** Resolves when that weight may be spent, and has it spent. Throws RangeError for more than a minute has. */
  take(weight: number): Promise<void> {
    if (!(weight >= 0 && weight <= this.perMinute)) {
      throw new RangeError(`Cannot spend weight ${weight}: a minute has ${this.perMinute}; ask for less at once`);
    }
    if (this.#waiting.length >= WAITING_MAX) {
      throw new RangeError(`Cannot ask: ${WAITING_MAX} requests wait for the exchange's limit; ask for less`);
    }
    if (this.#waiting.length === 0 && this.waitMs(weight) === 0) {
      this.#spend(weight);
      return Promise.resolve();
    }
    return new Promise((go, refuse) => {
      this.#waiting.push({ weight, go, refuse });
      this.#sleep();
    });
  }

  /** The exchange says that so much was spent in this minute: what others spent counts too. */
  learn(used: number): void {
    const more = used - this.used;
    if (more > 0) this.#spend(more);
  }

  /** The exchange asks for silence so long: nobody goes before. */
  halt(ms: number): void {
    this.#haltedUntil = Math.max(this.#haltedUntil, this.#timers.now() + ms);
    if (this.#waiting.length > 0) this.#sleep();
  }

  /** Refuses all who wait, for good. */
  close(reason: Error): void {
    this.#wake?.();
    for (const { refuse } of this.#waiting.splice(0)) refuse(reason);
  }

  #spend(weight: number): void {
    if (weight === 0) return;
    this.#spent.push({ at: this.#timers.now(), weight });
    this.#used += weight;
  }

  #forget(): void {
    const before = this.#timers.now() - MINUTE_MS;
    let gone = 0;
    while (gone < this.#spent.length && this.#spent[gone].at <= before) this.#used -= this.#spent[gone++].weight;
    if (gone > 0) this.#spent = this.#spent.slice(gone);
  }

  #sleep(): void {
    this.#wake?.();
    const ms = this.waitMs(this.#waiting[0].weight);
    this.onWait?.(ms);
    this.#wake = this.#timers.after(Math.ceil(ms), () => {
      this.#wake = undefined;
      while (this.#waiting.length > 0 && this.waitMs(this.#waiting[0].weight) === 0) {
        const { weight, go } = this.#waiting.shift()!;
        this.#spend(weight);
        go();
      }
      if (this.#waiting.length > 0) this.#sleep();
    });
  }
}
