import { ERA } from "../core/clock.ts";
import { AT_EXCHANGE, AT_LOCAL } from "../core/event.ts";
import type { LatencyModel } from "../venue/latency.ts";
import { type ColumnSource, WINDOW } from "./batch_cache.ts";
import { type BarColumns, seekBar } from "./bar_columns.ts";

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
  #columns: LateBars | undefined;
  readonly #drawn = new Float64Array(WINDOW);

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
    if (this.#columns !== undefined) this.#before = this.#columns.local[this.#columns.rows - 1];
    this.#index = index;
    const bars = this.tape.columns(index);
    for (let i = 0; i < bars.rows; i++) this.#drawn[i] = this.model.latency(bars.timeOf(AT_LOCAL, i), 0);
    return this.#columns = new LateBars(bars, this.#drawn, this.#before);
  }

  eraAt(index: number, row: number): number {
    return this.tape.eraAt(index, row);
  }

  rebase(era: number): void {
    this.#before -= (era - this.#era) * ERA;
    this.#era = era;
    this.tape.rebase(era);
    // What lay too far ahead to be exact is read again; what was drawn stays drawn.
    if (this.#columns) this.#columns = new LateBars(this.tape.columns(this.#index), this.#drawn, this.#before);
  }
}

/** The bars of a window with other times of ours: their closes and what was drawn, none before the last. */
class LateBars implements BarColumns {
  readonly local: Float64Array;

  constructor(private readonly bars: BarColumns, drawn: Float64Array, before: number) {
    this.local = new Float64Array(bars.rows);
    let last = before;
    for (let i = 0; i < bars.rows; i++) {
      last = this.local[i] = Math.max(last, bars.timeOf(AT_LOCAL, i) + drawn[i]);
    }
  }

  get rows(): number {
    return this.bars.rows;
  }

  get exchange(): Float64Array {
    return this.bars.exchange;
  }

  get price(): Float64Array {
    return this.bars.price;
  }

  get close(): Float64Array {
    return this.bars.close;
  }

  get size(): Float64Array {
    return this.bars.size;
  }

  get kind(): Uint8Array {
    return this.bars.kind;
  }

  get side(): Int8Array {
    return this.bars.side;
  }

  get flags(): Uint8Array {
    return this.bars.flags;
  }

  get id(): Int32Array {
    return this.bars.id;
  }

  at(what: number, row: number): number {
    return this.bars.at(what, row);
  }

  timeOf(clock: number, row: number): number {
    return clock === AT_EXCHANGE ? this.bars.timeOf(clock, row) : this.local[row];
  }

  seek(clock: number, from: number, limit: number): number {
    return seekBar(this, clock, from, limit);
  }
}
