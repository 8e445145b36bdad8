import { AT_EXCHANGE, AT_LOCAL, DEPTH, KIND_NAMES, NONE, SNAPSHOT } from "../core/event.ts";
import { isAfter } from "./ns_time.ts";
import type { BarBatch, TapeBatch } from "./tape_reader.ts";

/** High words of int64 values below 2^53 in magnitude, from the least. */
const HIGH_WORDS = 1 << 21;
/** The earliest time there is. */
const EARLIEST = -2147483648;

/** What a check needs to know of its tape beside the rows it is given. */
interface Rows {
  readonly name: string;
  /** Rows of batch `index`. */
  rowsIn(index: number): number;
}

/**
 * Checks the rows of a tape that another program has written, a batch at a time: what our own writer refuses, a session must
 * not run on.
 *
 * - Times never go backwards, each clock by itself, and nothing is seen before it happens.
 * - Prices and sizes are below 2^53, and sizes not below 0.
 * - Kinds are known, and levels have a side. Of bars, low is least and high most.
 *
 * Throws RangeError with the row, counted from 1.
 *
 * | call | cost |
 * |---|---|
 * | `events`, `bars` | one pass over the rows of a batch behind those seen; nothing for a batch that was seen |
 *
 * Batches may be passed over, where they are empty, or a session goes on in the midst of a tape.
 */
export class TapeCheck {
  #next = 0;
  /** Rows in the batches before `next`. */
  #rows = 0;
  #exchangeHigh = EARLIEST;
  #exchangeLow = 0;
  #localHigh = EARLIEST;
  #localLow = 0;

  constructor(private readonly tape: Rows) {}

  /** Batch `index` of an event tape. */
  events(index: number, batch: TapeBatch): void {
    if (index < this.#next) return;
    while (this.#next < index) this.#rows += this.tape.rowsIn(this.#next++);
    const { exchange, local, flags, kind, side } = batch;
    for (let i = 0, k = 0; i < batch.rows; i++, k += 2) {
      if (flags[i] & AT_EXCHANGE) this.#exchange(i, exchange[k + 1], exchange[k]);
      if (flags[i] & AT_LOCAL) {
        this.#local(i, local[k + 1], local[k]);
        if (isAfter(exchange[k + 1], exchange[k], local[k + 1], local[k])) {
          throw this.#error(i, "it is seen before it happens (NEGATIVE_LATENCY)", "shift the local times");
        }
      }
      if (KIND_NAMES[kind[i]] === undefined) throw this.#error(i, `its kind is ${kind[i]}`, "see the README for kinds");
      if ((kind[i] === DEPTH || kind[i] === SNAPSHOT) && side[i] === NONE) {
        throw this.#error(i, "it is a level without a side", "give 1 for bids and -1 for asks");
      }
      this.#value(i, "price", batch.price[k + 1], -HIGH_WORDS);
      this.#value(i, "size", batch.size[k + 1], 0);
    }
    this.#next++;
    this.#rows += batch.rows;
  }

  /** Batch `index` of a bar tape. */
  bars(index: number, batch: BarBatch): void {
    if (index < this.#next) return;
    while (this.#next < index) this.#rows += this.tape.rowsIn(this.#next++);
    const { exchange, local, open, high, low, close, volume } = batch;
    for (let i = 0, k = 0; i < batch.rows; i++, k += 2) {
      this.#exchange(i, exchange[k + 1], exchange[k]);
      this.#local(i, local[k + 1], local[k]);
      if (isAfter(exchange[k + 1], exchange[k], local[k + 1], local[k])) {
        throw this.#error(i, "it closes before it opens", "repair or drop the bar");
      }
      for (const price of [open, close]) {
        if (
          isAfter(low[k + 1], low[k], price[k + 1], price[k]) || isAfter(price[k + 1], price[k], high[k + 1], high[k])
        ) {
          throw this.#error(i, "its low is not least or its high not most", "repair or drop the bar");
        }
      }
      this.#value(i, "low", low[k + 1], -HIGH_WORDS);
      this.#value(i, "high", high[k + 1], -HIGH_WORDS);
      this.#value(i, "volume", volume[k + 1], 0);
    }
    this.#next++;
    this.#rows += batch.rows;
  }

  #exchange(row: number, high: number, low: number): void {
    if (isAfter(this.#exchangeHigh, this.#exchangeLow, high, low)) throw this.#backwards(row, "exchange");
    this.#exchangeHigh = high;
    this.#exchangeLow = low;
  }

  #local(row: number, high: number, low: number): void {
    if (isAfter(this.#localHigh, this.#localLow, high, low)) throw this.#backwards(row, "local");
    this.#localHigh = high;
    this.#localLow = low;
  }

  #value(row: number, what: string, high: number, least: number): void {
    if (high >= least && high < HIGH_WORDS) return;
    const below = least === 0 && high < 0;
    throw this.#error(
      row,
      `its ${what} is ${below ? "below 0" : "2^53 or more"}`,
      "use a coarser grid, or repair the row",
    );
  }

  #backwards(row: number, clock: string): RangeError {
    return this.#error(row, `its ${clock} time is before that of a row above it`, `sort the rows by ${clock} time`);
  }

  #error(row: number, problem: string, remedy: string): RangeError {
    return new RangeError(`Cannot go on with ${this.tape.name}: row ${this.#rows + row + 1}: ${problem}; ${remedy}`);
  }
}
