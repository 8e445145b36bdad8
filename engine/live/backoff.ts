/** How a client waits between attempts. */
export interface BackoffOptions {
  /** The first wait is at most this; 1000 ms. */
  readonly baseMs?: number;
  /** No wait is longer, but for one that the server asks for; 60,000 ms. */
  readonly capMs?: number;
  /** Attempts before it gives up; 10. Infinity never gives up. */
  readonly attempts?: number;
  /** A connection that held for so long was a good one: attempts are counted from 1 again; 10,000 ms. */
  readonly stableMs?: number;
}

/**
 * Waits that double, each drawn evenly from 0 to its bound (full jitter), so that a thousand clients that lost one server do not
 * come back in one moment. Cost: O(1).
 *
 * @example
 * ```ts
 * import { Backoff } from "./backoff.ts";
 *
 * const backoff = new Backoff({ attempts: 2 }, () => 0.5);
 * if (backoff.next() !== 500) throw new Error("half of the base");
 * if (backoff.next() !== 1000) throw new Error("half of twice the base");
 * if (backoff.next() !== undefined) throw new Error("gives up");
 * ```
 */
export class Backoff {
  readonly stableMs: number;
  readonly #baseMs: number;
  readonly #capMs: number;
  readonly #most: number;
  readonly #random: () => number;
  #attempts = 0;

  constructor(options: BackoffOptions, random: () => number) {
    this.#baseMs = positive("baseMs", options.baseMs ?? 1000);
    this.#capMs = positive("capMs", options.capMs ?? 60_000);
    this.#most = positive("attempts", options.attempts ?? 10);
    this.stableMs = options.stableMs ?? 10_000;
    this.#random = random;
  }

  /** Attempts since the last good connection. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The next wait in ms, at least `floorMs`; undefined when all attempts are used up. */
  next(floorMs = 0): number | undefined {
    if (this.#attempts >= this.#most) return undefined;
    const bound = Math.min(this.#capMs, this.#baseMs * 2 ** Math.min(this.#attempts++, 52));
    return Math.max(floorMs, this.#random() * bound);
  }

  /** Begins again from the base. */
  reset(): void {
    this.#attempts = 0;
  }
}

function positive(name: string, value: number): number {
  if (value > 0) return value;
  throw new RangeError(`Cannot set back-off: ${name} is ${value}; give a number above 0`);
}
