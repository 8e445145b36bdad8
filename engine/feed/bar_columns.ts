import { AT_EXCHANGE, AT_LOCAL, LAST } from "../core/event.ts";
import { decodeIntegers, decodeTimes } from "./batch_cache.ts";
import type { Columns } from "./columns.ts";
import { TapeCheck } from "./tape_check.ts";
import type { BarBatch, TapeBuffer } from "./tape_reader.ts";
import { type Batches, type BatchReader, ERA_HIGH, WINDOW, WindowCache, type WindowColumns } from "./window_cache.ts";

/** What {@linkcode BarColumns.at} reads: prices in ticks, low <= open, close <= high; volume in lots. */
export const OPEN = 0;
export const HIGH = 1;
export const LOW = 2;
export const CLOSE = 3;
export const VOLUME = 4;

/**
 * Bars as the core reads them: a row's exchange time is when the bar opens, its local time when it has closed and can be
 * known. Every row is a whole message, seen by both clocks; `price` is the close, `size` the volume.
 */
export interface BarColumns extends Columns {
  /** Closes in ticks. */
  readonly close: Float64Array;
  /** One value of a bar: OPEN, HIGH, LOW, CLOSE or VOLUME. */
  at(what: number, row: number): number;
}

/** What a session reads bars from: a {@linkcode TapeReader}, or anything that gives batches alike. */
export interface BarSource extends Batches {
  /** Batch `index`; with `buffer` it is good until the next call with the same one. */
  bars(index: number, buffer?: TapeBuffer): BarBatch;
}

const WORD = 4294967296;
/** Bars that a seek passes at a time. */
const STRIDE = 16;
/** Every bar is a message of its own, for both clocks. */
const FLAGS = new Uint8Array(WINDOW).fill(AT_EXCHANGE | AT_LOCAL | LAST);
const KINDS = new Uint8Array(WINDOW);
const SIDES = new Int8Array(WINDOW);
const NO_IDS = new Int32Array(0);
const NONE = new Int32Array(0);

/**
 * A bar tape in windows of {@linkcode BarColumns}: a {@linkcode WindowCache}, at its costs.
 *
 * Closes and when they are known are decoded; all else is read from the batch as it stands in the file, value by value where it is
 * asked for: of most bars nobody asks for more.
 *
 * | call | cost |
 * |---|---|
 * | `at`, `timeOf` | O(1) |
 * | `exchange`, `size` of a window | one pass over its rows, and an array |
 */
export class BarCache extends WindowCache<BarBatch, DecodedBars> {
  constructor(source: BarSource, era: number) {
    super(source, barReader(source), era, () => new DecodedBars());
  }
}

/** Reads the batches of a tape of bars. */
export function barReader(source: BarSource): BatchReader<BarBatch> {
  const check = source.checked ? undefined : new TapeCheck(source);
  return {
    read(index, buffer) {
      const batch = source.bars(index, buffer);
      check?.bars(index, batch);
      return batch;
    },
    eraIn: eraOfBar,
  };
}

/** The era in which a bar opens; that in which it closes where it has opened already in `era`. */
function eraOfBar(batch: BarBatch, row: number, era: number): number {
  const opens = Math.floor(batch.exchange[2 * row + 1] / ERA_HIGH);
  return opens > era ? opens : Math.floor(batch.local[2 * row + 1] / ERA_HIGH);
}

/** A window of bars, decoded. */
export class DecodedBars implements BarColumns, WindowColumns<BarBatch> {
  rows = 0;
  readonly local = new Float64Array(WINDOW);
  readonly close = new Float64Array(WINDOW);
  readonly price = this.close;
  readonly kind = KINDS;
  readonly side = SIDES;
  readonly flags = FLAGS;
  readonly id = NO_IDS;
  #start = 0;
  #eraHigh = 0;
  #opens: Int32Array = NONE;
  #closes: Int32Array = NONE;
  /** By OPEN … VOLUME. */
  readonly #values: Int32Array[] = [NONE, NONE, NONE, NONE, NONE];

  load(batch: BarBatch, start: number, eraHigh: number): void {
    this.rows = Math.min(WINDOW, batch.rows - start);
    this.#start = start;
    this.#opens = batch.exchange;
    this.#closes = batch.local;
    const values = this.#values;
    values[OPEN] = batch.open;
    values[HIGH] = batch.high;
    values[LOW] = batch.low;
    values[CLOSE] = batch.close;
    values[VOLUME] = batch.volume;
    decodeIntegers(batch.close, start, this.close, this.rows);
    this.rebase(eraHigh);
  }

  rebase(eraHigh: number): void {
    this.#eraHigh = eraHigh;
    decodeTimes(this.#closes, this.#start, this.local, this.rows, eraHigh);
  }

  at(what: number, row: number): number {
    const raw = this.#values[what], k = 2 * (this.#start + row);
    return raw[k + 1] * WORD + (raw[k] >>> 0);
  }

  timeOf(clock: number, row: number): number {
    if (clock === AT_LOCAL) return this.local[row];
    const raw = this.#opens, k = 2 * (this.#start + row), high = raw[k + 1] - this.#eraHigh;
    return high < 2 * ERA_HIGH ? high * WORD + (raw[k] >>> 0) : Infinity;
  }

  seek(clock: number, from: number, limit: number): number {
    if (clock !== AT_LOCAL) return seekBar(this, clock, from, limit);
    const { local, rows } = this;
    let row = from;
    while (row + STRIDE < rows && local[row + STRIDE] < limit) row += STRIDE;
    while (row < rows && local[row] < limit) row++;
    return row;
  }

  get exchange(): Float64Array {
    const opens = new Float64Array(this.rows);
    decodeTimes(this.#opens, this.#start, opens, this.rows, this.#eraHigh);
    return opens;
  }

  get size(): Float64Array {
    const volumes = new Float64Array(this.rows);
    decodeIntegers(this.#values[VOLUME], this.#start, volumes, this.rows);
    return volumes;
  }
}

/** The first bar from `from` on that is not before `limit`: in steps that double, then halves. */
export function seekBar(bars: BarColumns, clock: number, from: number, limit: number): number {
  let low = from, high = from, step = 1;
  while (high < bars.rows && bars.timeOf(clock, high) < limit) {
    low = high + 1;
    high += step;
    step *= 2;
  }
  high = Math.min(high, bars.rows);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bars.timeOf(clock, middle) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
