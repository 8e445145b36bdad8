import { ERA } from "../core/clock.ts";
import { AT_EXCHANGE } from "../core/event.ts";
import type { LatencyModel } from "../venue/latency.ts";
import { type ColumnSource, WINDOW } from "./batch_cache.ts";
import type { BarColumns } from "./bar_columns.ts";
import { seekTime } from "./columns.ts";

/**
 * Bars as they reach us some time after they have closed, by a model of latency.
 *
 * One draw a bar; a later bar never overtakes. It is for our cursor alone, which asks for each window once, in order: so
 * each latency is drawn once.
 */
export class BarLatency implements ColumnSource<BarColumns> {
  readonly windows: number;
  #index = -1;
  #era: number;
  /** When the bar before the window reaches us. */
  #before = -Infinity;
  #columns: BarColumns | undefined;
  readonly #drawn = new Float64Array(WINDOW);
  readonly #local = new Float64Array(WINDOW);

  constructor(
    private readonly tape: ColumnSource<BarColumns>,
    private readonly model: LatencyModel,
    era: number,
  ) {
    this.windows = tape.windows;
    this.#era = era;
  }

  columns(index: number): BarColumns {
    if (this.#columns !== undefined && index === this.#index) return this.#columns;
    if (this.#columns !== undefined) this.#before = this.#local[this.#columns.rows - 1];
    this.#index = index;
    const { rows, local } = this.tape.columns(index);
    // From the close on a bar waits to be seen; how long the one before it took is nothing a model of bars can know.
    for (let i = 0; i < rows; i++) this.#drawn[i] = this.model.latency(local[i], 0);
    return this.#columns = this.#delayed();
  }

  eraAt(index: number, row: number): number {
    return this.tape.eraAt(index, row);
  }

  rebase(era: number): void {
    this.#before -= (era - this.#era) * ERA;
    this.#era = era;
    this.tape.rebase(era);
    // What lay too far ahead to be exact is read again; what was drawn stays drawn.
    if (this.#columns !== undefined) this.#columns = this.#delayed();
  }

  #delayed(): BarColumns {
    const from = this.tape.columns(this.#index);
    let last = this.#before;
    for (let i = 0; i < from.rows; i++) last = this.#local[i] = Math.max(last, from.local[i] + this.#drawn[i]);
    return new DelayedBars(from, this.#local);
  }
}

/** The columns of a window with other times of ours. */
class DelayedBars implements BarColumns {
  readonly rows: number;
  readonly exchange: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly price: Float64Array;
  readonly size: Float64Array;
  readonly kind: Uint8Array;
  readonly side: Int8Array;
  readonly flags: Uint8Array;
  readonly id: Int32Array;

  constructor(from: BarColumns, readonly local: Float64Array) {
    this.rows = from.rows;
    this.exchange = from.exchange;
    this.open = from.open;
    this.high = from.high;
    this.low = from.low;
    this.close = this.price = from.close;
    this.volume = this.size = from.volume;
    this.kind = from.kind;
    this.side = from.side;
    this.flags = from.flags;
    this.id = from.id;
  }

  timeOf(clock: number, row: number): number {
    return clock === AT_EXCHANGE ? this.exchange[row] : this.local[row];
  }

  seek(clock: number, from: number, limit: number): number {
    return seekTime(this, clock, from, limit);
  }
}
