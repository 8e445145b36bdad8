import { AT_EXCHANGE, AT_LOCAL } from "../core/event.ts";
import { TapeCheck } from "./tape_check.ts";
import type { TapeBatch, TapeBuffer } from "./tape_reader.ts";
import { type Batches, type BatchReader, ERA_HIGH, WINDOW, WindowCache, type WindowColumns } from "./window_cache.ts";

/** What a session reads events from: a {@linkcode TapeReader}, or anything that gives batches alike. */
export interface BatchSource extends Batches {
  /** Batch `index`; with `buffer` it is good until the next call with the same one. */
  batch(index: number, buffer?: TapeBuffer): TapeBatch;
}

const WORD = 4294967296;
/** Rows between two marks of time, by which a seek finds its neighbourhood, and their power of 2. */
const STRIDE_BITS = 5;
const STRIDE = 1 << STRIDE_BITS;

/** An event tape in windows of decoded {@linkcode Columns}: a {@linkcode WindowCache}, at its costs. */
export class BatchCache extends WindowCache<TapeBatch, EventColumns> {
  constructor(source: BatchSource, era: number) {
    super(source, eventReader(source), era, () => new EventColumns());
  }
}

/** Reads the batches of an event tape. */
export function eventReader(source: BatchSource): BatchReader<TapeBatch> {
  const check = source.checked ? undefined : new TapeCheck(source);
  return {
    read(index, buffer) {
      const batch = source.batch(index, buffer);
      check?.events(index, batch);
      return batch;
    },
    eraIn: ({ exchange }, row) => Math.floor(exchange[2 * row + 1] / ERA_HIGH),
  };
}

/** A window of events, decoded. */
export class EventColumns implements WindowColumns<TapeBatch> {
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
    decodeLevels(batch.price, batch.size, start, this.price, this.size, rows);
    this.kind.set(batch.kind.subarray(start, end));
    this.side.set(batch.side.subarray(start, end));
    this.flags.set(batch.flags.subarray(start, end));
    if (batch.order) {
      if (this.id.length === 0) this.id = new Int32Array(2 * WINDOW);
      this.id.set(batch.order.subarray(2 * start, 2 * end));
    }
    this.rebase(eraHigh);
  }

  rebase(eraHigh: number): void {
    this.#eraHigh = eraHigh;
    this.#timed = false;
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

  // The marks are read in order from the nearest cache; the last stride alone is looked at in the raw columns. Times are
  // worked out in place here and below: a function that returns them would make an object of each.
  seek(clock: number, from: number, limit: number): number {
    const marks = clock === AT_EXCHANGE ? this.#exchangeMarks : this.#localMarks;
    const raw = clock === AT_EXCHANGE ? this.#rawExchange : this.#rawLocal;
    const { rows, flags } = this;
    const eraHigh = this.#eraHigh;
    let mark = (from >> STRIDE_BITS) + 1;
    while (mark << STRIDE_BITS < rows && marks[mark] < limit) mark++;
    const end = Math.min(rows, mark << STRIDE_BITS);
    let row = Math.max(from, end - STRIDE);
    for (let k = 2 * (this.#start + row); row < end; row++, k += 2) {
      if ((flags[row] & clock) === 0) continue;
      const high = raw[k + 1] - eraHigh;
      if (high >= 2 * ERA_HIGH || high * WORD + (raw[k] >>> 0) >= limit) break;
    }
    while (row < rows && (flags[row] & clock) === 0) row++;
    return row;
  }

  /** Notes the time of the first row from every `STRIDE`th on that a clock sees. */
  #mark(clock: number, marks: Float64Array): void {
    const raw = clock === AT_EXCHANGE ? this.#rawExchange : this.#rawLocal;
    const { rows, flags } = this;
    const eraHigh = this.#eraHigh;
    for (let start = 0, mark = 0; start < rows; start += STRIDE, mark++) {
      let row = start;
      while (row < rows && (flags[row] & clock) === 0) row++;
      const k = 2 * (this.#start + row);
      const high = row < rows ? raw[k + 1] - eraHigh : 2 * ERA_HIGH;
      marks[mark] = high < 2 * ERA_HIGH ? high * WORD + (raw[k] >>> 0) : Infinity;
    }
  }

  #time(): void {
    decodeTimes(this.#rawExchange, this.#start, this.#exchange, this.rows, this.#eraHigh);
    decodeTimes(this.#rawLocal, this.#start, this.#local, this.rows, this.#eraHigh);
    this.#timed = true;
  }
}

/** Reads prices and sizes in one loop, which takes two thirds of the time of two: both are below 2^53 in magnitude. */
function decodeLevels(
  prices: Int32Array,
  sizes: Int32Array,
  start: number,
  price: Float64Array,
  size: Float64Array,
  rows: number,
): void {
  for (let i = 0, k = 2 * start; i < rows; i++, k += 2) {
    price[i] = prices[k + 1] * WORD + (prices[k] >>> 0);
    size[i] = sizes[k + 1] * WORD + (sizes[k] >>> 0);
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
