import { ERA } from "../core/clock.ts";
import { AT_EXCHANGE, AT_LOCAL, LAST } from "../core/event.ts";
import { drawLatency, type LatencyModel } from "../venue/latency.ts";
import type { BarColumns } from "./bar_columns.ts";
import { seekBar } from "./bar_columns.ts";
import { type Columns, seekTime } from "./columns.ts";
import { type ColumnSource, WINDOW } from "./window_cache.ts";
import { loadKeeper, saveKeeper } from "../core/plain_state.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/**
 * A tape as it would have reached us with another latency, by a model.
 *
 * - An event reaches us that long after it happened at the exchange, a bar that long after it has closed.
 * - One draw a message, which can go by what was recorded of its first row; a later message never overtakes.
 *
 * It is for our cursor alone, which asks for each window once, in order: so each latency is drawn once. `late` makes what
 * shows the rows: {@linkcode LateEvents} or {@linkcode LateBars}.
 *
 * | call | cost |
 * |---|---|
 * | `columns` of the last window again | O(1) |
 * | `columns` of the next | one pass over its rows |
 * | memory | one window of times, latencies and flags |
 */
export class FeedLatency<C extends Columns> implements ColumnSource<C> {
  readonly windows: number;
  readonly #late: C & Late<C>;
  #index = -1;
  #era: number;

  constructor(
    private readonly tape: ColumnSource<C>,
    private readonly model: LatencyModel,
    era: number,
    late: new () => C & Late<C>,
  ) {
    this.windows = tape.windows;
    this.#era = era;
    this.#late = new late();
  }

  columns(index: number): C {
    if (index === this.#index) return this.#late;
    this.#index = index;
    this.#late.enter(this.tape.columns(index), this.model);
    return this.#late;
  }

  eraAt(index: number, row: number): number {
    return this.tape.eraAt(index, row);
  }

  // What lay too far ahead to be exact is read again; what was drawn stays drawn.
  rebase(era: number): void {
    this.tape.rebase(era);
    if (this.#index >= 0) {
      this.#late.rebase(this.tape.columns(this.#index), (era - this.#era) * ERA, this.model);
    }
    this.#era = era;
  }

  save(to: StateWriter): void {
    to.number(this.#index);
    saveKeeper(to, this.model, `the latency model ${this.model.name}`);
    this.#late.save(to);
  }

  load(from: StateReader, era: number): void {
    this.tape.load(from, era);
    this.#era = era;
    this.#index = from.number();
    loadKeeper(from, this.model, `the latency model ${this.model.name}`);
    this.#late.load(from);
    if (this.#index >= 0) this.#late.again(this.tape.columns(this.#index));
  }
}

/** A window of rows with other times of ours. */
interface Late<C extends Columns> {
  /** Shows the rows of a window, which is the next of its tape, and draws their latencies. */
  enter(rows: C, model: LatencyModel): void;
  /** Shows the same rows again, after `shift` was taken off their times. */
  rebase(rows: C, shift: number, model: LatencyModel): void;
  save(to: StateWriter): void;
  load(from: StateReader): void;
  /** After `load`: shows the rows of the window that was saved. */
  again(rows: C): void;
}

/** The rows of a window as they stand, but for our times and for which rows we see: all that happen at the exchange. */
abstract class LateRows<C extends Columns> implements Columns, Late<C> {
  readonly local = new Float64Array(WINDOW);
  readonly flags = new Uint8Array(WINDOW);
  protected of!: C;
  readonly #drawn = new Float64Array(WINDOW);
  /** When the last row before the window, and the last of it, reaches us. */
  #before = -Infinity;
  #last = -Infinity;
  #latency = 0;
  #starts = true;
  /** Rows of the window whose latency is drawn: those within the clock's reach. */
  #reached = 0;

  /** The clock by which a row is there to be sent. */
  protected abstract readonly from: number;
  abstract seek(clock: number, from: number, limit: number): number;

  enter(rows: C, model: LatencyModel): void {
    this.#mark(rows);
    this.#before = this.#last;
    this.#reached = 0;
    this.#draw(rows, model);
    this.#show(rows);
  }

  rebase(rows: C, shift: number, model: LatencyModel): void {
    this.#before -= shift;
    this.#draw(rows, model);
    this.#show(rows);
  }

  get rows(): number {
    return this.of.rows;
  }

  get exchange(): Float64Array {
    return this.of.exchange;
  }

  get price(): Float64Array {
    return this.of.price;
  }

  get size(): Float64Array {
    return this.of.size;
  }

  get kind(): Uint8Array {
    return this.of.kind;
  }

  get side(): Int8Array {
    return this.of.side;
  }

  get id(): Int32Array {
    return this.of.id;
  }

  timeOf(clock: number, row: number): number {
    return clock === AT_EXCHANGE ? this.of.timeOf(clock, row) : this.local[row];
  }

  save(to: StateWriter): void {
    to.numbers(this.#before, this.#last, this.#latency, this.#reached);
    to.flag(this.#starts);
    to.column(this.#drawn);
  }

  load(from: StateReader): void {
    this.#before = from.number();
    this.#last = from.number();
    this.#latency = from.number();
    this.#reached = from.number();
    this.#starts = from.flag();
    from.into(this.#drawn);
  }

  again(rows: C): void {
    this.#mark(rows);
    this.#show(rows);
  }

  #mark(rows: C): void {
    for (let i = 0; i < rows.rows; i++) this.flags[i] = rows.flags[i] & AT_EXCHANGE ? rows.flags[i] | AT_LOCAL : 0;
  }

  #draw(rows: C, model: LatencyModel): void {
    for (; this.#reached < rows.rows; this.#reached++) {
      const flags = rows.flags[this.#reached];
      if ((flags & AT_EXCHANGE) === 0) continue;
      const sent = rows.timeOf(this.from, this.#reached), seen = rows.timeOf(AT_LOCAL, this.#reached);
      if (sent === Infinity || seen === Infinity) return;
      if (this.#starts) this.#latency = drawLatency(model, sent, seen - sent);
      this.#starts = (flags & LAST) !== 0;
      this.#drawn[this.#reached] = this.#latency;
    }
  }

  #show(rows: C): void {
    this.of = rows;
    this.#last = this.#before;
    for (let i = 0; i < rows.rows; i++) {
      if ((this.flags[i] & AT_LOCAL) === 0) continue;
      this.#last = this.local[i] = Math.max(this.#last, rows.timeOf(this.from, i) + this.#drawn[i]);
    }
  }
}

/** Events with other times of ours. */
export class LateEvents extends LateRows<Columns> {
  protected readonly from = AT_EXCHANGE;

  seek(clock: number, from: number, limit: number): number {
    return seekTime(this, clock, from, limit);
  }
}

/** Bars with other times of ours. */
export class LateBars extends LateRows<BarColumns> implements BarColumns {
  protected readonly from = AT_LOCAL;

  get close(): Float64Array {
    return this.of.close;
  }

  at(what: number, row: number): number {
    return this.of.at(what, row);
  }

  seek(clock: number, from: number, limit: number): number {
    return seekBar(this, clock, from, limit);
  }
}
