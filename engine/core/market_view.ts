import { AT_EXCHANGE, AT_LOCAL, BUY, CLEAR, DEPTH, GAP, LAST, SNAPSHOT, STATUS, TRADE } from "./event.ts";
import type { Columns } from "../feed/columns.ts";
import type { TapeBook } from "../book/book.ts";
import { L2Book } from "../book/l2.ts";
import type { BarView, BookView } from "./strategy.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";
import type { Stateful } from "./stateful.ts";
import { wider } from "./wider.ts";

/** Trades of one message, and what else a strategy is told after it. */
export class Message {
  /** The message is whole: its last row has been applied. */
  complete = false;
  /** The book changed. */
  touched = false;
  /** On bar tapes: the bar that has closed. */
  bar: BarView | undefined = undefined;
  /** Whether changes of levels are kept, for whoever publishes them. */
  logs = false;
  /** Levels that were set, in order: `changedSides` and `changedPrices`, of which the book says the size. */
  changes = 0;
  changedSides: Int8Array = new Int8Array(0);
  changedPrices: Float64Array = new Float64Array(0);
  /** Levels were cleared, or the book changed in a way that is not kept: look at all of it. */
  cleared = false;
  trades = 0;
  prices: Float64Array = new Float64Array(64);
  sizes: Float64Array = new Float64Array(64);
  sides: Int8Array = new Int8Array(64);

  /** Keeps a trade of the message. */
  trade(price: number, size: number, side: number): void {
    if (this.trades === this.prices.length) {
      const length = this.trades * 2;
      this.prices = wider(this.prices, length);
      this.sizes = wider(this.sizes, length);
      this.sides = wider(this.sides, length);
    }
    this.prices[this.trades] = price;
    this.sizes[this.trades] = size;
    this.sides[this.trades++] = side;
  }

  /** Keeps that a level was set. */
  change(side: number, price: number): void {
    if (this.changes === this.changedPrices.length) {
      const length = Math.max(64, this.changes * 2);
      this.changedSides = wider(this.changedSides, length);
      this.changedPrices = wider(this.changedPrices, length);
    }
    this.changedSides[this.changes] = side;
    this.changedPrices[this.changes++] = price;
  }

  /** Ready for the next message. */
  clear(): void {
    this.complete = this.touched = this.cleared = false;
    this.trades = this.changes = 0;
  }
}

/** What we know of one instrument's market: its rows as they reach us, in the order of local time. */
export interface MarketView extends Stateful {
  readonly book: BookView;
  /** Price of the last trade in ticks, NaN before the first. */
  readonly lastPrice: number;
  /** Local minus exchange time of the last row seen, in ns. */
  readonly latency: number;
  /** Twice the price the position is valued at, in ticks: the middle of the book, else the last price; NaN before any. */
  readonly mark2: number;
  /** Trading is halted, as far as we know. */
  readonly halted: boolean;
  /** Takes what changes the account rather than the book: funding, dividends, splits, expiry, with our time of it. */
  onCorporate: (kind: number, price: number, size: number, at: number) => void;
  /** Is told of a gap, with the row of our columns it is in and our time of it. */
  onGap: (row: number, at: number) => void;
  /** The message that {@linkcode message} is putting together. */
  readonly pending: Message;
  /** Applies our rows from `from` on that reach us before `limit`; returns the row to go on with. */
  advance(columns: Columns, from: number, limit: number): number;
  /** Applies rows from `from` on to the end of the message or of the columns, whichever is first; returns the next row. */
  message(columns: Columns, from: number): number;
}

/** The market by price levels. */
export class L2View implements MarketView {
  // Only declared, so that it is written once, as in L2Venue.
  declare readonly book: TapeBook;
  readonly pending = new Message();
  lastPrice = NaN;
  latency = 0;
  halted = false;
  onCorporate: (kind: number, price: number, size: number, at: number) => void = () => {};
  onGap: (row: number, at: number) => void = () => {};

  constructor(book: TapeBook = new L2Book()) {
    this.book = book;
  }

  get mark2(): number {
    const middle = this.book.bestBid + this.book.bestAsk;
    return middle - middle === 0 ? middle : 2 * this.lastPrice;
  }

  advance(columns: Columns, from: number, limit: number): number {
    const { price: prices, size: sizes, kind: kinds, side: sides, flags } = columns;
    const { book } = this;
    const end = columns.seek(AT_LOCAL, from, limit);
    for (let i = from; i < end; i++) {
      if ((flags[i] & AT_LOCAL) === 0) continue;
      const kind = kinds[i];
      if (kind === DEPTH) {
        if (sides[i] === BUY) book.setBid(prices[i], sizes[i]);
        else book.setAsk(prices[i], sizes[i]);
      } else if (kind === TRADE) {
        this.lastPrice = prices[i];
      } else {
        this.#rare(columns, i);
      }
    }
    for (let i = end - 1; i >= from; i--) {
      if (flags[i] & AT_LOCAL) {
        this.latency = columns.timeOf(AT_LOCAL, i) - columns.timeOf(AT_EXCHANGE, i);
        break;
      }
    }
    return end;
  }

  message(columns: Columns, from: number): number {
    const { pending } = this;
    let i = from;
    while (i < columns.rows) {
      const flags = columns.flags[i];
      if (flags & AT_LOCAL) {
        const kind = columns.kind[i];
        if (kind === TRADE) {
          this.lastPrice = columns.price[i];
          pending.trade(columns.price[i], columns.size[i], columns.side[i]);
        } else {
          pending.touched = true;
          if (kind === DEPTH) this.book.set(columns.side[i], columns.price[i], columns.size[i]);
          else this.#rare(columns, i);
          if (pending.logs) {
            if (kind === DEPTH || kind === SNAPSHOT) pending.change(columns.side[i], columns.price[i]);
            else pending.cleared = true;
          }
        }
        if (flags & LAST) {
          pending.complete = true;
          this.latency = columns.timeOf(AT_LOCAL, i) - columns.timeOf(AT_EXCHANGE, i);
          return i + 1;
        }
      }
      i++;
    }
    return i;
  }

  #rare(columns: Columns, i: number): void {
    const kind = columns.kind[i], side = columns.side[i], price = columns.price[i], size = columns.size[i];
    if (kind === SNAPSHOT) {
      this.book.set(side, price, size);
      this.book.stale = false;
    } else if (kind === CLEAR) this.book.clear(side, price);
    else if (kind === GAP) {
      this.book.stale = true;
      this.onGap(i, columns.timeOf(AT_LOCAL, i));
    } else if (kind === STATUS) this.halted = size === 0;
    else this.onCorporate(kind, price, size, columns.timeOf(AT_LOCAL, i));
  }

  // What is pending is put together anew for each message.
  save(to: StateWriter): void {
    to.numbers(this.lastPrice, this.latency);
    to.flag(this.halted);
    this.book.save(to);
  }

  load(from: StateReader): void {
    this.lastPrice = from.number();
    this.latency = from.number();
    this.halted = from.flag();
    this.book.load(from);
  }
}
