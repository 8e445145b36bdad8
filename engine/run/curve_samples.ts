import { WINDOW } from "../feed/window_cache.ts";
import type { Clock } from "../core/clock.ts";
import { EquityCurve } from "../stats/equity_curve.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/** Samples that go to the curve together. */
const PENDING = 2 * WINDOW;

/**
 * An equity curve whose samples are handed over many at a time: a session that trades often has a few bars between fills,
 * and the curve takes thousands of samples for hardly more than it takes for ten.
 *
 * | operation | cost |
 * |---|---|
 * | `room`, `add` | constant, nothing allocated; now and then the samples that wait are handed over |
 * | `curve` | the samples that wait |
 */
export class CurveSamples {
  readonly #curve = new EquityCurve();
  readonly #seconds = new Float64Array(PENDING);
  readonly #equity = new Float64Array(PENDING);
  #count = 0;
  /** Whether a position was held at the samples that wait. */
  #held = false;

  /** The curve with all samples so far. */
  get curve(): EquityCurve {
    this.#hand();
    return this.#curve;
  }

  /** Takes the equity at a time in Unix seconds; `held` says whether a position is held. */
  add(seconds: number, equity: number, held: boolean): void {
    if (held !== this.#held || this.#count === PENDING) {
      this.#hand();
      this.#held = held;
    }
    this.#seconds[this.#count] = seconds;
    this.#equity[this.#count++] = equity;
  }

  /** Takes those at `from` to `to` of two columns, with times of a clock. */
  addAll(clock: Clock, ns: Float64Array, equity: Float64Array, from: number, to: number, held: boolean): void {
    if (held !== this.#held || this.#count + to - from > PENDING) {
      this.#hand();
      this.#held = held;
    }
    const count = this.#count;
    clock.allToEpochSeconds(ns, this.#seconds, from, to, count);
    const pending = this.#equity;
    for (let i = from; i < to; i++) pending[count + i - from] = equity[i];
    this.#count = count + to - from;
  }

  // What waits goes to the curve, which comes to the same whenever it is handed over.
  save(to: StateWriter): void {
    this.curve.save(to);
    to.flag(this.#held);
  }

  load(from: StateReader): void {
    this.#count = 0;
    this.#curve.load(from);
    this.#held = from.flag();
  }

  #hand(): void {
    if (this.#count === 0) return;
    const count = this.#count;
    this.#count = 0;
    this.#curve.samples(this.#seconds, this.#equity, 0, count, this.#held);
  }
}
