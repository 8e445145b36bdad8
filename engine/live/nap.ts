import type { Timers } from "./timers.ts";

/**
 * A wait that may be ended early: of a loop that sleeps until something is due, and is woken when something else comes.
 *
 * @example
 * ```ts
 * import { systemTimers } from "./timers.ts";
 * import { Nap } from "./nap.ts";
 * const nap = new Nap(systemTimers), slept = nap.sleep(60_000);
 * nap.wake();
 * await slept;
 * ```
 */
export class Nap {
  readonly #timers: Timers;
  #wake: (() => void) | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Waits so many ms, or until it is woken; one at a time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#wake = undefined;
        resolve();
      };
      const cancel = this.#timers.after(ms, wake);
      this.#wake = wake;
    });
  }

  /** Ends the wait; where nobody waits it does nothing. */
  wake(): void {
    this.#wake?.();
  }
}
