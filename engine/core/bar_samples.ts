import type { BarColumns } from "../feed/bar_columns.ts";
import { WINDOW } from "../feed/window_cache.ts";
import type { Core } from "./core.ts";
import type { Feed } from "./feed.ts";
import type { Recorder } from "./recorder.ts";

/**
 * Samples of the account at each of a range of bars, during which nothing was filled: of sessions with one instrument.
 *
 * The account stands still meanwhile, so that its equity is a line in the price, and the samples go out together.
 */
export class BarSamples {
  readonly #equity = new Float64Array(WINDOW);

  constructor(private readonly core: Core, private readonly recorder: Recorder) {}

  /** Samples at the bars of our cursor's window from row `from` on, up to the cursor; not at the tape's last bar. */
  take(feed: Feed, from: number): void {
    const { recorder } = this;
    const to = feed.ourRow - (feed.seen ? 1 : 0);
    if (to <= from || !(recorder.sample || recorder.samples)) return;
    const { close, local } = feed.ourColumns as BarColumns;
    const equity = this.#equity;
    this.core.account.equityLine(close, equity, from, to);
    if (recorder.samples) return recorder.samples(local, equity, from, to);
    for (let i = from; i < to; i++) recorder.sample!(local[i], equity[i]);
  }
}
