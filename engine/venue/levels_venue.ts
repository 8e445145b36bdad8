import { ADD, AT_EXCHANGE, CLEAR, DEPTH, EXECUTE, NONE, TRADE } from "../core/event.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { UNKNOWN_ORDER } from "../book/book.ts";
import { L3Book } from "../book/l3.ts";
import { applyOrderRow } from "../book/l3_rows.ts";
import type { Columns } from "../feed/columns.ts";
import { L2Venue } from "./l2_venue.ts";

/** Rows of levels that one row about an order can come to: it trades, leaves a level, joins another. */
const ROWS_MAX = 3;

/**
 * A venue over a tape of single orders that tells only what a tape of levels would: where we stand is for the queue model to
 * say. What a model makes of a market can so be held against {@linkcode L3Venue}, which knows.
 *
 * - A row about an order becomes the new size of its level; an execution is a trade at its price first.
 * - A hidden execution is a trade at its price, as on tapes of levels, where nobody can tell.
 * - An execution of an order that is not in the book is a trade alone.
 *
 * | operation | cost |
 * |---|---|
 * | a row | that of L3Book, and of up to three rows of {@linkcode L2Venue} |
 */
export class LevelsVenue extends L2Venue {
  readonly #byOrder = new L3Book();
  readonly #rows = new LevelRows();

  override advance(columns: Columns, from: number, limit: number): number {
    const end = columns.seek(AT_EXCHANGE, from, limit);
    this.answered = false;
    for (let i = from; i < end; i++) {
      if ((columns.flags[i] & AT_EXCHANGE) === 0) continue;
      this.#rows.clear(columns.timeOf(AT_EXCHANGE, i));
      this.#put(columns, i);
      // What one event came to happens at once, whatever it answers on the way.
      let answered = false;
      for (let row = 0; row < this.#rows.rows;) {
        row = super.advance(this.#rows, row, Infinity);
        answered ||= this.answered;
      }
      this.answered = answered;
      if (answered) return i + 1;
    }
    return end;
  }

  /** The rows of levels that row `i` comes to. */
  #put(columns: Columns, i: number): void {
    const kind = columns.kind[i], side = columns.side[i], price = columns.price[i], size = columns.size[i];
    const book = this.#byOrder, rows = this.#rows;
    if (kind < ADD || kind > EXECUTE) {
      rows.add(kind, side, price, size);
      if (kind !== CLEAR) return;
      if (side === NONE) book.clear(NONE);
      else book.clearThrough(side, price);
      // A tape of orders that is told again from nothing is whole again.
      if (side === NONE) this.book.stale = false;
      return;
    }
    const low = columns.id[2 * i], high = columns.id[2 * i + 1];
    const known = book.has(low, high);
    const own = known ? book.orderSide(low, high) : side, before = known ? book.orderPrice(low, high) : price;
    const code = applyOrderRow(book, kind, low, high, side, price, size);
    if (code === UNKNOWN_ORDER) this.unknownOrders++;
    if (kind === EXECUTE) rows.add(TRADE, -own, before, size);
    if (code === UNKNOWN_ORDER || own === NONE) return;
    rows.add(DEPTH, own, before, book.levelSize(own, before));
    const after = book.has(low, high) ? book.orderPrice(low, high) : before;
    if (after !== before) rows.add(DEPTH, own, after, book.levelSize(own, after));
  }

  protected override saveMore(to: StateWriter): void {
    super.saveMore(to);
    this.#byOrder.save(to);
  }

  protected override loadMore(from: StateReader): void {
    super.loadMore(from);
    this.#byOrder.load(from);
  }
}

/** A few rows of one time. */
class LevelRows implements Columns {
  rows = 0;
  #time = 0;
  readonly exchange = new Float64Array(ROWS_MAX);
  readonly local = this.exchange;
  readonly price = new Float64Array(ROWS_MAX);
  readonly size = new Float64Array(ROWS_MAX);
  readonly kind = new Uint8Array(ROWS_MAX);
  readonly side = new Int8Array(ROWS_MAX);
  readonly flags = new Uint8Array(ROWS_MAX).fill(AT_EXCHANGE);
  readonly id = new Int32Array(0);

  clear(time: number): void {
    this.rows = 0;
    this.#time = time;
  }

  add(kind: number, side: number, price: number, size: number): void {
    const row = this.rows++;
    this.kind[row] = kind;
    this.side[row] = side;
    this.price[row] = price;
    this.size[row] = size;
  }

  timeOf(): number {
    return this.#time;
  }

  seek(): number {
    return this.rows;
  }
}
