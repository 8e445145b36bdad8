/** Runs something after so many ms. */
export type After = (ms: number, run: () => void) => void;

/** A hand presses no faster than this; an echo comes within a few ms. */
const STEPS = 6;
const STEP_MS = 50;

/**
 * Tells a second Ctrl-C from the echo of the first. A terminal sends the signal to all of its programs, and `deno task` passes on
 * what it gets to the one that it started: that one hears a single press twice. So does whoever ends a group of processes.
 *
 * What comes within 0.3 s is an echo. The time is counted in steps: while the program is busy an echo waits with the timers, and
 * is heard between two of them, before the last.
 *
 * @example
 * ```ts
 * import { Insistence } from "./insistence.ts";
 * const waiting: (() => void)[] = [];
 * const presses = new Insistence((_ms, run) => waiting.push(run));
 * const heard = [presses.hear(), presses.hear()];
 * while (waiting.length > 0) waiting.shift()!();
 * if ([...heard, presses.hear()].join() !== "first,echo,again") throw new Error("unexpected");
 * ```
 */
export class Insistence {
  readonly #after: After;
  #stepsLeft = -1;

  constructor(after: After = unheld) {
    this.#after = after;
  }

  /** What a signal that has just come is. */
  hear(): "first" | "echo" | "again" {
    if (this.#stepsLeft >= 0) return this.#stepsLeft === 0 ? "again" : "echo";
    this.#stepsLeft = STEPS;
    this.#step();
    return "first";
  }

  #step(): void {
    this.#after(STEP_MS, () => {
      if (--this.#stepsLeft > 0) this.#step();
    });
  }
}

/** As the system's timers do; a program that has nothing else to do ends before. */
function unheld(ms: number, run: () => void): void {
  Deno.unrefTimer(setTimeout(run, ms));
}
