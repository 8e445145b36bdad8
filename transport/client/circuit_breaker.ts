import type { Timers } from "../link/timers.ts";

/** When a breaker opens, and for how long. */
export interface BreakerOptions {
  /** Failures in a row that open it; 5. */
  readonly failures?: number;
  /** How long nothing is tried; 10,000 ms. */
  readonly openMs?: number;
}

/**
 * Stops asking who has failed several times in a row: open, nothing is tried; then one try alone, which closes it or opens it
 * again. Cost: O(1).
 *
 * @example
 * ```ts
 * import { CircuitBreaker } from "./circuit_breaker.ts";
 *
 * let now = 0;
 * const breaker = new CircuitBreaker({ failures: 1, openMs: 100 }, { now: () => now });
 * breaker.failed();
 * if (breaker.allows()) throw new Error("open");
 * now = 100;
 * if (!breaker.allows() || breaker.allows()) throw new Error("one try");
 * breaker.worked();
 * if (breaker.state !== "closed") throw new Error("closed again");
 * ```
 */
export class CircuitBreaker {
  readonly #clock: Pick<Timers, "now">;
  readonly #limit: number;
  readonly #openMs: number;
  #failures = 0;
  #openUntil: number | undefined;
  #trying = false;

  constructor(options: BreakerOptions, clock: Pick<Timers, "now">) {
    this.#limit = options.failures ?? 5;
    this.#openMs = options.openMs ?? 10_000;
    this.#clock = clock;
  }

  get state(): "closed" | "open" | "half-open" {
    if (this.#openUntil === undefined) return "closed";
    return this.#clock.now() < this.#openUntil ? "open" : "half-open";
  }

  /** How long until a try is let through, in ms. */
  get waitMs(): number {
    return Math.max(0, (this.#openUntil ?? 0) - this.#clock.now());
  }

  /** Whether to try now. Who is told yes says how it went. */
  allows(): boolean {
    const { state } = this;
    if (state === "closed") return true;
    if (state === "open" || this.#trying) return false;
    return this.#trying = true;
  }

  worked(): void {
    this.#failures = 0;
    this.#openUntil = undefined;
    this.#trying = false;
  }

  /** It was not tried after all. */
  untried(): void {
    this.#trying = false;
  }

  failed(): void {
    this.#trying = false;
    if (++this.#failures >= this.#limit) this.#openUntil = this.#clock.now() + this.#openMs;
  }
}
