import { type BarColumns, HIGH, LOW, OPEN, VOLUME } from "../feed/bar_columns.ts";
import { AT_LOCAL } from "./event.ts";
import { type MarketView, Message } from "./market_view.ts";
import type { BarView, BookView } from "./strategy.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";

/** Values of a bar that {@linkcode BarColumns.at} reads, numbered from 0. */
const VALUES = 5;

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
  readonly halted = false;
  readonly bestBidSize = 0;
  readonly bestAskSize = 0;
  // A tape of bars holds bars alone: no funding, dividends, splits, expiry, halts or gaps.
  onCorporate: (kind: number, price: number, size: number, at: number) => void = () => {};
  onGap: (row: number, at: number) => void = () => {};
  /** NaN before the first bar: and not 0, so that the engine keeps a float here from the start. */
  close = NaN;
  #columns: Pick<BarColumns, "at"> | undefined;
  #row = 0;

  constructor(readonly instrument: number) {
    this.pending.bar = this;
    this.pending.complete = true;
  }

  get open(): number {
    return this.#at(OPEN);
  }

  get high(): number {
    return this.#at(HIGH);
  }

  get low(): number {
    return this.#at(LOW);
  }

  get volume(): number {
    return this.#at(VOLUME);
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
    const row = columns.seek(AT_LOCAL, from, limit);
    if (row > from) this.message(columns, row - 1);
    return row;
  }

  message(columns: BarColumns, from: number): number {
    if (this.#columns !== columns) this.#columns = columns;
    this.#row = from;
    this.close = columns.close[from];
    this.pending.complete = true;
    return from + 1;
  }

  // Windows at hand reach back further than the last bar, so that it can be read until the next one comes.
  #at(what: number): number {
    return this.#columns === undefined ? NaN : this.#columns.at(what, this.#row);
  }

  // The last bar, which may lie in a window that its feed has left: its values rather than its place.
  save(to: StateWriter): void {
    to.number(this.close);
    to.column(Float64Array.from({ length: VALUES }, (_, what) => this.#at(what)));
  }

  load(from: StateReader): void {
    this.close = from.number();
    const values = from.column(new Float64Array(0));
    this.#columns = { at: (what) => values[what] };
  }
}
