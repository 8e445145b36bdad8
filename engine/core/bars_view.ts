import type { BarColumns } from "../feed/bar_columns.ts";
import { type MarketView, Message } from "./market_view.ts";
import type { BarView, BookView } from "./strategy.ts";

/**
 * The market by bars: what we know is the last one that has closed.
 *
 * It is its own {@linkcode BarView}, the one object that `onBar` is given, and its own book: bid and ask are both the last
 * close, with nothing known to stand there.
 */
export class BarsView implements MarketView, BarView, BookView {
  readonly book: BookView = this;
  readonly pending = new Message();
  // A bar is seen at its close: there is no latency of single prices to speak of.
  readonly latency = 0;
  readonly stale = false;
  readonly bestBidSize = 0;
  readonly bestAskSize = 0;
  onCorporate: (kind: number, price: number, size: number) => void = () => {};
  // NaN and not 0, so that the engine keeps these as floats from the first on.
  open = NaN;
  high = NaN;
  low = NaN;
  close = NaN;
  volume = NaN;

  constructor(readonly instrument: number) {
    this.pending.bar = this;
  }

  get lastPrice(): number {
    return this.close;
  }

  get mark2(): number {
    return 2 * this.close;
  }

  get bestBid(): number {
    return this.close === this.close ? this.close : -Infinity;
  }

  get bestAsk(): number {
    return this.close === this.close ? this.close : Infinity;
  }

  size(): number {
    return 0;
  }

  top(): number {
    return 0;
  }

  advance(columns: BarColumns, from: number, limit: number): number {
    const { local, rows } = columns;
    let i = from;
    while (i < rows && local[i] < limit) i++;
    if (i > from) this.message(columns, i - 1);
    return i;
  }

  message(columns: BarColumns, from: number): number {
    this.open = columns.open[from];
    this.high = columns.high[from];
    this.low = columns.low[from];
    this.close = columns.close[from];
    this.volume = columns.volume[from];
    this.pending.complete = true;
    return from + 1;
  }
}
