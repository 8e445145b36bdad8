import { ERA } from "../core/clock.ts";
import { AT_EXCHANGE, AT_LOCAL } from "../core/event.ts";
import type { Columns } from "./columns.ts";
import { type TapeBatch, TapeBuffer } from "./tape_reader.ts";

/** What a session reads events from: a {@linkcode TapeReader}, or anything that gives batches alike. */
export interface BatchSource {
  readonly batches: number;
  /** Rows of batch `index`. */
  rowsIn(index: number): number;
  /** Batch `index`; with `buffer` it is good until the next call with the same one. */
  batch(index: number, buffer?: TapeBuffer): TapeBatch;
}

/** What cursors read from: a tape in windows of columns. */
export interface ColumnSource<C extends Columns = Columns> {
  /** How many windows the tape has. */
  readonly windows: number;
  /** Window `index`, good until three others have been asked for. */
  columns(index: number): C;
  /** The era that the exchange time of a row lies in (the window's last row where it has fewer). */
  eraAt(index: number, row: number): number;
  /** Counts times from another era: asked for again, a window is decoded again. */
  rebase(era: number): void;
}

const WORD = 4294967296;
/** High words of an era: 2^52 = 2^20 × 2^32. */
const ERA_HIGH = ERA / WORD;
/** Rows decoded at a time: 128 KiB of columns, which stay in the processor's cache until both cursors have passed. */
export const WINDOW = 4096;
/** Rows between two marks of time, by which a seek finds its neighbourhood. */
const STRIDE = 32;
/** Windows and batches at hand: the venue's, ours some milliseconds behind it, and one to step into. */
const KEPT = 3;

/**
 * An event tape in windows of decoded {@linkcode Columns}, for the two cursors of a feed.
 *
 * The venue's cursor runs ahead of ours by the feed's latency, so that most often both are in one window, which is then
 * decoded once. A cursor that is further behind than the windows at hand decodes again.
 *
 * | call | cost |
 * |---|---|
 * | `columns` of a window at hand | O(1) |
 * | `columns` of another | one pass over its rows; one read when its batch is new |
 * | memory | three batches as they stand in the file, three windows |
 */
export class BatchCache implements ColumnSource {
  readonly windows: number;
  /** By window: its batch, and the row of the batch it starts at. */
  readonly #batchOf: Int32Array;
  readonly #startOf: Int32Array;
  readonly #slots = Array.from({ length: KEPT }, () => new Slot());
  readonly #raw: RawBatches;
  #uses = 0;
  #eraHigh: number;

  constructor(source: BatchSource, era: number) {
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
    this.#raw = new RawBatches(source);
    this.#eraHigh = era * ERA_HIGH;
  }

  columns(index: number): Columns {
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
    oldest.load(this.#raw.batch(this.#batchOf[index]), this.#startOf[index], this.#eraHigh);
    return oldest;
  }

  eraAt(index: number, row: number): number {
    const batch = this.#raw.batch(this.#batchOf[index]);
    const at = Math.min(this.#startOf[index] + row, batch.rows - 1);
    return Math.floor(batch.exchange[2 * at + 1] / ERA_HIGH);
  }

  rebase(era: number): void {
    this.#eraHigh = era * ERA_HIGH;
    for (const slot of this.#slots) slot.index = -1;
  }
}

/** The batches that windows at hand lie in. */
class RawBatches {
  readonly #source: BatchSource;
  readonly #buffers = Array.from({ length: KEPT }, () => new TapeBuffer());
  readonly #batches: (TapeBatch | undefined)[] = [];
  readonly #indices: number[] = Array.from({ length: KEPT }, () => -1);
  #next = 0;

  constructor(source: BatchSource) {
    this.#source = source;
  }

  batch(index: number): TapeBatch {
    const known = this.#batches[this.#indices.indexOf(index)];
    if (known) return known;
    const at = this.#next;
    this.#next = (at + 1) % KEPT;
    const batch = this.#source.batch(index, this.#buffers[at]);
    this.#indices[at] = index;
    this.#batches[at] = batch;
    return batch;
  }
}

class Slot implements Columns {
  index = -1;
  used = 0;
  rows = 0;
  readonly #exchange = new Float64Array(WINDOW);
  readonly #local = new Float64Array(WINDOW);
  /** Whether the columns of times are those of the window: most readers need a few times, and seek. */
  #timed = false;
  #rawExchange: Int32Array = new Int32Array(0);
  #rawLocal: Int32Array = new Int32Array(0);
  readonly #exchangeMarks = new Float64Array(WINDOW / STRIDE);
  readonly #localMarks = new Float64Array(WINDOW / STRIDE);
  #start = 0;
  #eraHigh = 0;
  readonly price = new Float64Array(WINDOW);
  readonly size = new Float64Array(WINDOW);
  readonly kind = new Uint8Array(WINDOW);
  readonly side = new Int8Array(WINDOW);
  readonly flags = new Uint8Array(WINDOW);
  id = new Int32Array(0);

  load(batch: TapeBatch, start: number, eraHigh: number): void {
    const rows = this.rows = Math.min(WINDOW, batch.rows - start), end = start + rows;
    this.#rawExchange = batch.exchange;
    this.#rawLocal = batch.local;
    this.#start = start;
    this.#eraHigh = eraHigh;
    this.#timed = false;
    decodeIntegers(batch.price, start, this.price, rows);
    decodeIntegers(batch.size, start, this.size, rows);
    this.kind.set(batch.kind.subarray(start, end));
    this.side.set(batch.side.subarray(start, end));
    this.flags.set(batch.flags.subarray(start, end));
    if (batch.order) {
      if (this.id.length === 0) this.id = new Int32Array(2 * WINDOW);
      this.id.set(batch.order.subarray(2 * start, 2 * end));
    }
    this.#mark(AT_EXCHANGE, this.#exchangeMarks);
    this.#mark(AT_LOCAL, this.#localMarks);
  }

  get exchange(): Float64Array {
    if (!this.#timed) this.#time();
    return this.#exchange;
  }

  get local(): Float64Array {
    if (!this.#timed) this.#time();
    return this.#local;
  }

  timeOf(clock: number, row: number): number {
    const raw = clock === AT_EXCHANGE ? this.#rawExchange : this.#rawLocal;
    const k = 2 * (this.#start + row);
    const high = raw[k + 1] - this.#eraHigh;
    return high < 2 * ERA_HIGH ? high * WORD + (raw[k] >>> 0) : Infinity;
  }

  // The marks are read in order from the nearest cache; the last stride alone is looked at in the raw columns.
  seek(clock: number, from: number, limit: number): number {
    const marks = clock === AT_EXCHANGE ? this.#exchangeMarks : this.#localMarks;
    const { rows, flags } = this;
    let mark = Math.floor(from / STRIDE) + 1;
    while (mark * STRIDE < rows && marks[mark] < limit) mark++;
    const end = Math.min(rows, mark * STRIDE);
    let row = Math.max(from, end - STRIDE);
    while (row < end && ((flags[row] & clock) === 0 || this.timeOf(clock, row) < limit)) row++;
    while (row < rows && (flags[row] & clock) === 0) row++;
    return row;
  }

  /** Notes the time of the first row from every `STRIDE`th on that a clock sees. */
  #mark(clock: number, marks: Float64Array): void {
    const { rows, flags } = this;
    for (let start = 0, mark = 0; start < rows; start += STRIDE, mark++) {
      let row = start;
      while (row < rows && (flags[row] & clock) === 0) row++;
      marks[mark] = row < rows ? this.timeOf(clock, row) : Infinity;
    }
  }

  #time(): void {
    decodeTimes(this.#rawExchange, this.#start, this.#exchange, this.rows, this.#eraHigh);
    decodeTimes(this.#rawLocal, this.#start, this.#local, this.rows, this.#eraHigh);
    this.#timed = true;
  }
}

/** Reads `rows` int64 nanoseconds from row `start` as times of an era; what is 2^53 and more ahead of it is Infinity. */
export function decodeTimes(from: Int32Array, start: number, to: Float64Array, rows: number, eraHigh: number): void {
  for (let i = 0, k = 2 * start; i < rows; i++, k += 2) {
    const high = from[k + 1] - eraHigh;
    to[i] = high < 2 * ERA_HIGH ? high * WORD + (from[k] >>> 0) : Infinity;
  }
}

/** Reads `rows` int64 values below 2^53 in magnitude from row `start`. */
export function decodeIntegers(from: Int32Array, start: number, to: Float64Array, rows: number): void {
  for (let i = 0, k = 2 * start; i < rows; i++, k += 2) to[i] = from[k + 1] * WORD + (from[k] >>> 0);
}
