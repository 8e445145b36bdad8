import { isAfter, type NsTime } from "./ns_time.ts";
import type { Row } from "./row.ts";

/** Where one clock of a source went back, and its rows were put in order. */
export interface BackStepsFound {
  /** Rows whose time is before that of the row before them. */
  readonly count: number;
  /** The widest of these steps, in ns. */
  readonly mostNs: number;
  /** The first of them. */
  readonly first: BackStep;
}

/** One row whose time is before that of the row before it. */
export interface BackStep {
  /** The file by its number in a conversion. */
  readonly file: number;
  /** Line or record of the file from 1; the row of all files where neither is known. */
  readonly place: number;
  /** What `place` counts. */
  readonly unit: "line" | "record" | "row";
  /** How far back, in ns. */
  readonly ns: number;
}

/**
 * Counts where times go back from one row of a source to the next.
 *
 * @example
 * ```ts
 * import { BackSteps } from "./back_steps.ts";
 * import { NsTime } from "./ns_time.ts";
 * import { Row } from "./row.ts";
 * const steps = new BackSteps(), time = new NsTime(), row = new Row();
 * for (const second of [7, 9, 8]) {
 *   time.set(second, 0);
 *   row.place++;
 *   steps.look(time, row, row.place);
 * }
 * if (steps.found()?.first.place !== 3 || steps.found()?.mostNs !== 1e9) throw new Error("unexpected");
 * ```
 */
export class BackSteps {
  #count = 0;
  #mostNs = 0;
  #first: BackStep | undefined;
  #high = -2147483648;
  #low = 0;

  /** The next row of the source, the `number`th, and its time on this clock. */
  look(time: NsTime, row: Row, number: number): void {
    const { high, low } = time;
    if (isAfter(this.#high, this.#low, high, low)) this.#step(high, low, row, number);
    this.#high = high;
    this.#low = low;
  }

  /** What was found; undefined where time never went back. */
  found(): BackStepsFound | undefined {
    return this.#first && { count: this.#count, mostNs: this.#mostNs, first: this.#first };
  }

  #step(high: number, low: number, { file, place, unit }: Row, number: number): void {
    const ns = (this.#high - high) * 4294967296 + ((this.#low >>> 0) - (low >>> 0));
    this.#count++;
    this.#mostNs = Math.max(this.#mostNs, ns);
    this.#first ??= place > 0 ? { file, place, unit, ns } : { file, place: number, unit: "row", ns };
  }
}
