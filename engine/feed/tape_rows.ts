import { ADD, AT_EXCHANGE, CLEAR, EXECUTE, LAST } from "../core/event.ts";
import { Bar, type BarSink } from "./bar.ts";
import { CrossedMessages } from "./crossed_messages.ts";
import { SourceError } from "./decoder.ts";
import { isAfter, NsTime } from "./ns_time.ts";
import { RowBuffer } from "./row_buffer.ts";
import type { RowTaker } from "./row_order.ts";
import { WORD } from "./row_record.ts";
import { BATCH_ROWS } from "./tape_schema.ts";
import { type TapeFile, TapeWriter } from "./tape_writer.ts";
import { UnknownOrders } from "./unknown_orders.ts";

/** Thrown when the first order id comes after a tape without order ids was begun: start again with room for them. */
export class LateOrderId extends Error {
  constructor() {
    super("order ids begin after the first batch");
    this.name = "LateOrderId";
  }
}

/**
 * Writes events, in the order of the tape, to a file by batches.
 *
 * Whether the tape has order ids is decided when the first batch is full, or by `orders`.
 */
export class TapeRows implements RowTaker {
  writer: TapeWriter | undefined;
  readonly unknown = new UnknownOrders();
  /** Of single orders; the best prices of a book of levels never cross. */
  readonly crossed = new CrossedMessages();
  readonly #file: TapeFile;
  readonly #buffer = new RowBuffer("l3");
  #orders: boolean;
  /** Rows before those of the buffer. */
  #written = 0;

  constructor(file: TapeFile, orders = false) {
    this.#file = file;
    this.#orders = orders;
  }

  take(records: Int32Array, at: number, flags: number): void {
    const buffer = this.#buffer;
    const [exchange, local, price, size, id] = buffer.int64;
    const [kinds, sides, flagBytes] = buffer.bytes;
    const row = buffer.rows;
    const low = 2 * row;
    const high = low + 1;
    exchange[low] = records[at + WORD.EXCHANGE];
    exchange[high] = records[at + WORD.EXCHANGE + 1];
    local[low] = records[at + WORD.LOCAL];
    local[high] = records[at + WORD.LOCAL + 1];
    price[low] = records[at + WORD.PRICE];
    price[high] = records[at + WORD.PRICE + 1];
    size[low] = records[at + WORD.SIZE];
    size[high] = records[at + WORD.SIZE + 1];
    id[low] = records[at + WORD.ID];
    id[high] = records[at + WORD.ID + 1];
    const kind = records[at + WORD.KIND];
    kinds[row] = kind;
    sides[row] = records[at + WORD.SIDE];
    flagBytes[row] = flags;
    if (kind >= ADD && kind <= EXECUTE && !this.#orders) this.#useOrders();
    if (this.#orders && (kind === CLEAR || (kind >= ADD && kind <= EXECUTE)) && flags & AT_EXCHANGE) {
      this.#follow(row, records, at);
    }
    if (flags & LAST && flags & AT_EXCHANGE) this.crossed.end(this.#written + row + 1, this.unknown.crossed);
    buffer.rows = row + 1;
    if (row + 1 === BATCH_ROWS) this.flush();
  }

  /** Writes what has not been written. */
  flush(): void {
    if (this.#buffer.rows === 0) return;
    this.writer ??= new TapeWriter(this.#file, this.#orders ? "l3" : "l2");
    this.#written += this.#buffer.rows;
    this.writer.write(this.#buffer);
  }

  #follow(row: number, records: Int32Array, at: number): void {
    const int64 = (word: number) => records[at + word + 1] * 4294967296 + (records[at + word] >>> 0);
    const low = records[at + WORD.ID], high = records[at + WORD.ID + 1];
    const kind = records[at + WORD.KIND], side = records[at + WORD.SIDE];
    this.unknown.take(this.#written + row + 1, kind, low, high, side, int64(WORD.PRICE), int64(WORD.SIZE));
  }

  #useOrders(): void {
    if (this.writer !== undefined) throw new LateOrderId();
    this.#orders = true;
  }
}

/** Writes bars to a file by batches; each must open after the one before it and close no earlier than it opens. */
export class TapeBars implements BarSink {
  readonly bar = new Bar();
  writer: TapeWriter | undefined;
  readonly #file: TapeFile;
  readonly #buffer = new RowBuffer("bars");
  readonly #open = new NsTime();
  readonly #close = new NsTime();
  #count = 0;
  #lastHigh = -2147483648;
  #lastLow = 0;

  constructor(file: TapeFile) {
    this.#file = file;
  }

  add(): void {
    this.#count++;
    const { bar } = this;
    const buffer = this.#buffer;
    this.#check(bar);
    const row = buffer.rows;
    const values = [0, 0, bar.open, bar.high, bar.low, bar.close, bar.volume];
    setTime(buffer.int64[0], row, this.#open);
    setTime(buffer.int64[1], row, this.#close);
    for (let column = 2; column < values.length; column++) {
      buffer.int64[column][2 * row] = values[column];
      buffer.int64[column][2 * row + 1] = Math.floor(values[column] / 4294967296);
    }
    buffer.rows = row + 1;
    if (row + 1 === BATCH_ROWS) this.flush();
  }

  /** Writes what has not been written. */
  flush(): void {
    if (this.#buffer.rows === 0) return;
    this.writer ??= new TapeWriter(this.#file, "bars");
    this.writer.write(this.#buffer);
  }

  #check(bar: Bar): void {
    const [open, close] = [this.#open, this.#close];
    if (!open.set(bar.openSec, bar.openNs) || !close.set(bar.closeSec, bar.closeNs)) {
      throw this.#error("its time is outside 1677 to 2262", "repair or drop the bar");
    }
    if (!isAfter(open.high, open.low, this.#lastHigh, this.#lastLow)) {
      throw this.#error("it opens no later than the bar before it", "sort the source by time, without doubles");
    }
    if (isAfter(open.high, open.low, close.high, close.low)) {
      throw this.#error("it closes before it opens", "repair or drop the bar");
    }
    const most = Math.max(Math.abs(bar.high), Math.abs(bar.low), bar.volume);
    const within = bar.low <= bar.open && bar.open <= bar.high && bar.low <= bar.close && bar.close <= bar.high;
    if (!within || !(bar.volume >= 0 && most < 9007199254740992)) {
      const { open, high, low, close, volume } = bar;
      const told = `open ${open}, high ${high}, low ${low}, close ${close} ticks, volume ${volume} lots`;
      throw this.#error(`it has ${told}`, "low must be least, high most, volume from 0, and all below 2^53");
    }
    this.#lastHigh = open.high;
    this.#lastLow = open.low;
  }

  #error(problem: string, remedy: string): SourceError {
    return new SourceError(problem, this.#count, remedy, "bar");
  }
}

function setTime(column: Int32Array, row: number, time: NsTime): void {
  column[2 * row] = time.low;
  column[2 * row + 1] = time.high;
}
