import { ADD, AT_EXCHANGE, AT_LOCAL, BUY, CLEAR, EXECUTE, GAP, LAST, NONE, SELL, STATUS, TRADE } from "./event.ts";
import type { Columns } from "../feed/columns.ts";
import { L3Book } from "../book/l3.ts";
import { applyOrderRow } from "../book/l3_rows.ts";
import { type MarketView, Message } from "./market_view.ts";
import type { BookView } from "./strategy.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";

/** A book of single orders as strategies see it: by level, with the number of orders. */
export class OrdersView implements BookView {
  #counts = new Int32Array(16);

  constructor(private readonly book: L3Book) {}

  get bestBid(): number {
    return this.book.bestBid;
  }

  get bestAsk(): number {
    return this.book.bestAsk;
  }

  get bestBidSize(): number {
    return this.book.bestBidSize;
  }

  get bestAskSize(): number {
    return this.book.bestAskSize;
  }

  get stale(): boolean {
    return this.book.stale;
  }

  size(side: number, price: number): number {
    return this.book.levelSize(side, price);
  }

  orders(side: number, price: number): number {
    return this.book.levelOrders(side, price);
  }

  top(side: number, n: number, prices: Float64Array, sizes: Float64Array): number {
    if (this.#counts.length < n) this.#counts = new Int32Array(n);
    return this.book.top(side, n, prices, sizes, this.#counts);
  }
}

/**
 * The market by single orders.
 *
 * An EXECUTE is a trade and a change of the book; its aggressor is on the other side of the order that rested. After a gap
 * the book is stale until it is cleared whole and told again.
 */
export class L3View implements MarketView {
  /** What rests in the market, by order. */
  readonly resting = new L3Book();
  readonly book = new OrdersView(this.resting);
  readonly pending = new Message();
  lastPrice = NaN;
  latency = 0;
  halted = false;
  onCorporate: (kind: number, price: number, size: number, at: number) => void = () => {};
  onGap: (row: number, at: number) => void = () => {};

  get mark2(): number {
    const middle = this.resting.bestBid + this.resting.bestAsk;
    return middle - middle === 0 ? middle : 2 * this.lastPrice;
  }

  advance(columns: Columns, from: number, limit: number): number {
    const { price, size, kind, side, flags, id } = columns;
    const { resting } = this;
    const end = columns.seek(AT_LOCAL, from, limit);
    let last = -1;
    for (let i = from; i < end; i++) {
      if ((flags[i] & AT_LOCAL) === 0) continue;
      last = i;
      const what = kind[i];
      if (what >= ADD && what <= EXECUTE) {
        if (what === EXECUTE) this.lastPrice = price[i];
        applyOrderRow(resting, what, id[2 * i], id[2 * i + 1], side[i], price[i], size[i]);
      } else if (what === TRADE) this.lastPrice = price[i];
      else this.#rare(columns, i);
    }
    if (last >= 0) this.latency = columns.timeOf(AT_LOCAL, last) - columns.timeOf(AT_EXCHANGE, last);
    return end;
  }

  message(columns: Columns, from: number): number {
    const { rows, flags } = columns;
    for (let i = from; i < rows; i++) {
      if ((flags[i] & AT_LOCAL) === 0) continue;
      this.#row(columns, i);
      if (flags[i] & LAST) {
        this.pending.complete = true;
        this.latency = columns.timeOf(AT_LOCAL, i) - columns.timeOf(AT_EXCHANGE, i);
        return i + 1;
      }
    }
    return rows;
  }

  #row(columns: Columns, i: number): void {
    const { pending } = this, { id } = columns;
    const kind = columns.kind[i], side = columns.side[i], price = columns.price[i], size = columns.size[i];
    if (kind === TRADE || kind === EXECUTE) {
      this.lastPrice = price;
      pending.trade(price, size, kind === TRADE ? side : side === BUY ? SELL : side === SELL ? BUY : NONE);
    }
    if (kind === TRADE) return;
    pending.touched = pending.cleared = true;
    if (kind >= ADD && kind <= EXECUTE) {
      applyOrderRow(this.resting, kind, id[2 * i], id[2 * i + 1], side, price, size);
    } else this.#rare(columns, i);
  }

  #rare(columns: Columns, i: number): void {
    const { resting } = this;
    const kind = columns.kind[i], side = columns.side[i], price = columns.price[i];
    if (kind === CLEAR) {
      if (side === NONE) {
        resting.clear(NONE);
        resting.stale = false;
      } else resting.clearThrough(side, price);
    } else if (kind === GAP) {
      resting.stale = true;
      this.onGap(i, columns.timeOf(AT_LOCAL, i));
    } else if (kind === STATUS) this.halted = columns.size[i] === 0;
    else this.onCorporate(kind, price, columns.size[i], columns.timeOf(AT_LOCAL, i));
  }

  // What is pending is put together anew for each message.
  save(to: StateWriter): void {
    to.numbers(this.lastPrice, this.latency);
    to.flag(this.halted);
    this.resting.save(to);
  }

  load(from: StateReader): void {
    this.lastPrice = from.number();
    this.latency = from.number();
    this.halted = from.flag();
    this.resting.load(from);
  }
}
