import { ERA } from "../core/clock.ts";
import { AT_EXCHANGE, AT_LOCAL, LAST } from "../core/event.ts";
import { type ColumnSource, decodeIntegers, decodeTimes, WINDOW } from "./batch_cache.ts";
import { type Columns, seekTime } from "./columns.ts";
import { type BarBatch, TapeBuffer } from "./tape_reader.ts";

/**
 * Bars as the core reads them: a row's exchange time is when the bar opens, its local time when it has closed and can be
 * known. Every row is a whole message, seen by both clocks; `price` is the close, `size` the volume.
 */
export interface BarColumns extends Columns {
  /** Ticks, with low <= open, close <= high. */
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** Lots. */
  readonly volume: Float64Array;
}

/** What a session reads bars from: a {@linkcode TapeReader}, or anything that gives batches alike. */
export interface BarSource {
  readonly batches: number;
  /** Rows of batch `index`. */
  rowsIn(index: number): number;
  /** Batch `index`; with `buffer` it is good until the next call with the same one. */
  bars(index: number, buffer?: TapeBuffer): BarBatch;
}

/** High words of an era: 2^52 = 2^20 × 2^32. */
const ERA_HIGH = ERA / 4294967296;
/** Windows at hand: the venue's, ours at most a bar behind it, and one to step into. */
const KEPT = 3;
/** Every bar is a message of its own, for both clocks. */
const FLAGS = new Uint8Array(WINDOW).fill(AT_EXCHANGE | AT_LOCAL | LAST);
const KINDS = new Uint8Array(WINDOW);
const SIDES = new Int8Array(WINDOW);
const NO_IDS = new Int32Array(0);

/**
 * A bar tape in windows of decoded {@linkcode BarColumns}, for the two cursors of a feed.
 *
 * | call | cost |
 * |---|---|
 * | `columns` of a window at hand | O(1) |
 * | `columns` of another | one pass over its rows; one read when its batch is new |
 * | memory | three windows, each with its batch as it stands in the file |
 */
export class BarCache implements ColumnSource<BarColumns> {
  readonly windows: number;
  /** By window: its batch, and the row of the batch it starts at. */
  readonly #batchOf: Int32Array;
  readonly #startOf: Int32Array;
  readonly #slots = Array.from({ length: KEPT }, () => new Slot());
  #uses = 0;
  #era: number;

  constructor(private readonly source: BarSource, era: number) {
    const batchOf: number[] = [], startOf: number[] = [];
    for (let batch = 0; batch < source.batches; batch++) {
      for (let start = 0; start < source.rowsIn(batch); start += WINDOW) {
        batchOf.push(batch);
        startOf.push(start);
      }
    }
    this.windows = batchOf.length;
    this.#batchOf = Int32Array.from(batchOf);
    this.#startOf = Int32Array.from(startOf);
    this.#era = era;
  }

  columns(index: number): BarColumns {
    let oldest = this.#slots[0];
    for (const slot of this.#slots) {
      if (slot.index === index) {
        slot.used = ++this.#uses;
        return slot;
      }
      if (slot.used < oldest.used) oldest = slot;
    }
    oldest.index = index;
    oldest.used = ++this.#uses;
    oldest.load(this.#batch(index, oldest), this.#startOf[index], this.#era * ERA_HIGH);
    return oldest;
  }

  /** The era in which a bar opens; that in which it closes where it has opened already. */
  eraAt(index: number, row: number): number {
    const batch = this.#batch(index, this.#slots[0]);
    const high = 2 * Math.min(this.#startOf[index] + row, batch.rows - 1) + 1;
    const opens = Math.floor(batch.exchange[high] / ERA_HIGH);
    return opens > this.#era ? opens : Math.floor(batch.local[high] / ERA_HIGH);
  }

  rebase(era: number): void {
    this.#era = era;
    for (const slot of this.#slots) slot.index = -1;
  }

  /** The batch of a window, read into a slot's buffer unless one holds it. */
  #batch(index: number, into: Slot): BarBatch {
    const batch = this.#batchOf[index];
    for (const slot of this.#slots) if (slot.batchIndex === batch) return slot.batch!;
    into.batchIndex = batch;
    return into.batch = this.source.bars(batch, into.buffer);
  }
}

class Slot implements BarColumns {
  index = -1;
  used = 0;
  rows = 0;
  batchIndex = -1;
  batch: BarBatch | undefined;
  readonly buffer = new TapeBuffer();
  readonly exchange = new Float64Array(WINDOW);
  readonly local = new Float64Array(WINDOW);
  readonly open = new Float64Array(WINDOW);
  readonly high = new Float64Array(WINDOW);
  readonly low = new Float64Array(WINDOW);
  readonly close = new Float64Array(WINDOW);
  readonly volume = new Float64Array(WINDOW);
  readonly price = this.close;
  readonly size = this.volume;
  readonly kind = KINDS;
  readonly side = SIDES;
  readonly flags = FLAGS;
  readonly id = NO_IDS;

  load(batch: BarBatch, start: number, eraHigh: number): void {
    const rows = this.rows = Math.min(WINDOW, batch.rows - start);
    decodeTimes(batch.exchange, start, this.exchange, rows, eraHigh);
    decodeTimes(batch.local, start, this.local, rows, eraHigh);
    decodeIntegers(batch.open, start, this.open, rows);
    decodeIntegers(batch.high, start, this.high, rows);
    decodeIntegers(batch.low, start, this.low, rows);
    decodeIntegers(batch.close, start, this.close, rows);
    decodeIntegers(batch.volume, start, this.volume, rows);
  }

  timeOf(clock: number, row: number): number {
    return clock === AT_EXCHANGE ? this.exchange[row] : this.local[row];
  }

  seek(clock: number, from: number, limit: number): number {
    return seekTime(this, clock, from, limit);
  }
}
