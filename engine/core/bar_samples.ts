import { type BarColumns, CLOSE } from "../feed/bar_columns.ts";
import { WINDOW } from "../feed/batch_cache.ts";
import type { Core } from "./core.ts";
import { AT_LOCAL } from "./event.ts";
import type { Feed } from "./feed.ts";
import type { Recorder } from "./recorder.ts";

/**
 * Samples of the account at each of a range of bars, during which nothing was filled: of sessions with one instrument.
 *
 * The account stands still meanwhile, so that its equity is a line in the price, and the samples go out together.
 */
export class BarSamples {
  readonly #times = new Float64Array(WINDOW);
  readonly #marks2 = new Float64Array(WINDOW);
  readonly #equity = new Float64Array(WINDOW);

  constructor(private readonly core: Core, private readonly recorder: Recorder) {}

  /** Samples at the bars of our cursor's window from row `from` on, up to the cursor; not at the tape's last bar. */
  take(feed: Feed, from: number): void {
    const { recorder } = this;
    const count = feed.ourRow - from - (feed.seen ? 1 : 0);
    if (count <= 0 || !(recorder.sample || recorder.samples)) return;
    const columns = feed.ourColumns as BarColumns;
    const times = this.#times, marks2 = this.#marks2, equity = this.#equity;
    for (let i = 0; i < count; i++) {
      times[i] = columns.timeOf(AT_LOCAL, from + i);
      marks2[i] = 2 * columns.at(CLOSE, from + i);
    }
    this.core.account.equityLine(0, marks2, equity, count);
    if (recorder.samples) return recorder.samples(times, equity, count);
    for (let i = 0; i < count; i++) recorder.sample!(times[i], equity[i]);
  }
}
