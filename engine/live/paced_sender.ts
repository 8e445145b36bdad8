import type { Timers } from "./timers.ts";

/** Frames that may wait for their turn. */
const WAITING_MAX = 10_000;

/**
 * Sends frames no faster than an exchange takes them: so many in any second, the rest wait in their order.
 *
 * @example
 * ```ts
 * import { PacedSender } from "./paced_sender.ts";
 * const sent: string[] = [], timers = { now: () => 0, after: () => () => {} };
 * const sender = new PacedSender((text) => sent.push(text), 2, timers);
 * for (const text of ["a", "b", "c"]) sender.send(text);
 * if (sent.join() !== "a,b") throw new Error("unexpected");
 * ```
 */
export class PacedSender {
  readonly #transmit: (text: string) => void;
  readonly #perSecond: number;
  readonly #timers: Timers;
  /** When the last ones left, at most `perSecond` of them. */
  readonly #left: number[] = [];
  #waiting: string[] = [];
  #wake: (() => void) | undefined;

  constructor(transmit: (text: string) => void, perSecond: number, timers: Timers) {
    this.#transmit = transmit;
    this.#perSecond = perSecond;
    this.#timers = timers;
  }

  /** Sends it when its turn comes. Throws RangeError where too many wait. */
  send(text: string): void {
    if (this.#waiting.length >= WAITING_MAX) {
      throw new RangeError(`Cannot send: ${WAITING_MAX} frames wait to be sent; send fewer`);
    }
    this.#waiting.push(text);
    if (this.#wake === undefined) this.#flush();
  }

  /** Forgets what waits. */
  close(): void {
    this.#wake?.();
    this.#wake = undefined;
    this.#waiting = [];
  }

  #flush(): void {
    this.#wake = undefined;
    while (this.#waiting.length > 0) {
      const now = this.#timers.now();
      if (this.#left.length >= this.#perSecond) {
        const free = this.#left[0] + 1000;
        if (free > now) {
          this.#wake = this.#timers.after(free - now, () => this.#flush());
          return;
        }
        this.#left.shift();
      }
      this.#left.push(now);
      this.#transmit(this.#waiting.shift()!);
    }
  }
}
