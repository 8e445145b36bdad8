import { ADD, AT_EXCHANGE, BUY, CANCEL, CLEAR, EXECUTE, GAP, NONE, SELL, STATUS, TRADE } from "../core/event.ts";
import { UNKNOWN_ORDER } from "../book/book.ts";
import type { Columns } from "../feed/columns.ts";
import { L3Book } from "../book/l3.ts";
import { applyOrderRow } from "../book/l3_rows.ts";
import type { OrderTable } from "../oms/order_table.ts";
import { LevelQueue } from "./level_queue.ts";
import type { AnswerSink } from "./answer_sink.ts";
import { MAKER, TAKER } from "./liquidity.ts";
import { SimVenue } from "./sim_venue.ts";
import type { VenueOptions } from "./venue_options.ts";
import { TapeSizes } from "./tape_sizes.ts";
import type { Working } from "./working.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { wider } from "../core/wider.ts";

/**
 * A venue over a tape of single orders: where we stand in a queue is exact.
 *
 * - An order joins the end of its price's queue. It comes forward by what cancels, executions and changes take from orders
 *   that stand before it, and by nothing else; who comes later stands behind it.
 * - An execution of an order that stands behind us, or at a worse price, fills us first, at our price: who traded would
 *   have met us before. Lots that fill us are counted once, for the first of us in the queue.
 * - An order of the tape that comes to a price at or through ours fills us at our price, with what is left of it beyond the
 *   market's orders before us.
 * - A hidden execution (TRADE) strictly through our price fills us; one at our price says nothing about the queue.
 * - `frozen`: who was executed on the tape is executed here too, and who came to trade with us rests as recorded.
 *   `insert`: an order keeps the lots that we were filled with in its place, and who came to trade with us rests with what
 *   is left. What is kept beyond the order's life on the tape keeps its place, and is next to trade at its price, until the
 *   last live order of that price leaves.
 * - What our orders take from an order of the tape stays taken, with either: later cancels and executions find so much
 *   less, and what they do not find they do not look for elsewhere. A change of its size is a change by that many lots.
 * - With `whole`, an order that is reached is filled whole, and what fills an arriving one is not taken from the book.
 * - After a CLEAR, what is told again at our price counts as before us, up to the lots that stood there.
 * - An execution of an order that is not in the book (it rested before the tape began) stands before us at our price.
 */
export class L3Venue extends SimVenue {
  readonly book = new L3Book();

  /** By slot: lots of the market's orders before ours at its price. */
  #front = new Float64Array(256);
  /** Orders of which the tape and the book say different sizes, because of us. */
  readonly #tape = new TapeSizes();
  /** The queue of one price, copied so that the book can change under it. */
  readonly #queue = new LevelQueue();
  /** In that queue: the next order whose turn it is, and the lots that those before it lost. */
  #next = 0;
  #passed = 0;
  readonly #insert: boolean;
  readonly #partial: boolean;

  constructor(orders: OrderTable, options: VenueOptions, out: AnswerSink) {
    super(orders, options, out);
    this.#insert = options.impact === "insert";
    this.#partial = options.fills === "partial";
  }

  get bestBid(): number {
    return this.book.bestBid;
  }

  get bestAsk(): number {
    return this.book.bestAsk;
  }

  /** Orders whose size in the book is not the tape's, because of us. */
  get changed(): number {
    return this.#tape.count;
  }

  /** Lots of the market's orders before a resting order of ours at its price. */
  ahead(slot: number): number {
    return this.#front[slot];
  }

  advance(columns: Columns, from: number, limit: number): number {
    const { price, size, kind, side, flags, id } = columns;
    const { book } = this;
    const end = columns.seek(AT_EXCHANGE, from, limit);
    this.answered = false;
    // While nothing of ours is there, and the book is the tape's, rows need no second look.
    const idle = this.open === 0 && this.#tape.count === 0;
    for (let i = from; i < end; i++) {
      if ((flags[i] & AT_EXCHANGE) === 0) continue;
      const what = kind[i];
      if (what >= ADD && what <= EXECUTE && idle) {
        const code = applyOrderRow(book, what, id[2 * i], id[2 * i + 1], side[i], price[i], size[i]);
        if (code === UNKNOWN_ORDER) this.unknownOrders++;
        continue;
      }
      this.now = columns.timeOf(AT_EXCHANGE, i);
      if (what >= ADD && what <= EXECUTE) {
        this.#order(what, id[2 * i], id[2 * i + 1], side[i], price[i], size[i]);
        if (this.waiting.length > 0) this.trigger(what === EXECUTE ? price[i] : NaN);
      } else this.#other(what, side[i], price[i], size[i]);
      if (this.answered) return i + 1;
    }
    return end;
  }

  protected available(side: number, limit: number): number {
    const { book } = this;
    let price = side === BUY ? book.bestAsk : book.bestBid;
    if (!this.#partial) return Math.abs(price) === Infinity ? 0 : Infinity;
    let lots = 0;
    for (; side * price <= side * limit && Math.abs(price) !== Infinity; price = book.next(-side, price)) {
      lots += book.levelSize(-side, price);
    }
    return lots;
  }

  protected override before(slot: number): number {
    if (!this.#partial) return super.before(slot) === 0 && this.#front[slot] <= 0 ? 0 : Infinity;
    const side = this.orders.side[slot], own = this.price[slot];
    return this.#through(side, own) + Math.min(this.#front[slot], this.book.levelSize(side, own));
  }

  protected take(slot: number, side: number, limit: number, lots: number): number {
    const { book } = this;
    if (!this.#partial) {
      const best = side === BUY ? book.bestAsk : book.bestBid;
      if (Math.abs(best) === Infinity) return 0;
      this.filled(slot, best, lots, TAKER);
      return lots;
    }
    const queue = this.#queue;
    let left = lots;
    while (left > 0) {
      const price = side === BUY ? book.bestAsk : book.bestBid;
      if (Math.abs(price) === Infinity || side * price > side * limit) break;
      queue.copy(book, -side, price);
      for (let k = 0; k < queue.count && left > 0; k++) {
        const low = queue.low[k], high = queue.high[k], had = queue.lots[k];
        const piece = Math.min(left, had);
        const said = this.#said(low, high, had);
        this.#lose(low, high, -side, price, 0, piece);
        this.#note(low, high, said, had - piece);
        left -= piece;
        this.filled(slot, price, piece, TAKER);
      }
      this.#settle(-side, price);
    }
    return lots - left;
  }

  protected rests(slot: number): void {
    this.#front[slot] = this.book.levelSize(this.orders.side[slot], this.price[slot]);
  }

  protected leaves(): void {}

  protected shrinks(): void {}

  protected widen(length: number): void {
    this.#front = wider(this.#front, length);
  }

  #order(kind: number, low: number, high: number, side: number, price: number, size: number): void {
    const { book } = this;
    if (kind === ADD) {
      if (!book.has(low, high)) this.#add(low, high, side, price, size, size, size);
      return;
    }
    const had = book.orderSize(low, high), said = this.#said(low, high, had);
    if (had === 0 && said < 0) {
      this.unknownOrders++;
      if (kind === EXECUTE && (side === BUY || side === SELL)) this.#meet(side, price, -1, size);
    } else if (kind === EXECUTE) this.#execute(low, high, size, had, said);
    else if (kind === CANCEL || size === 0) this.#cancel(low, high, kind === CANCEL ? size : said, had, said);
    else this.#modify(low, high, side, price, size, had, said);
  }

  /** An order comes to a price with `size` lots, of which `fresh` have not met us yet; the tape says it has `said`. */
  #add(
    low: number,
    high: number,
    side: number,
    price: number,
    size: number,
    fresh: number,
    said: number,
  ): void {
    if (side !== BUY && side !== SELL) return;
    const taken = this.#reached(side, price, Math.min(fresh, size));
    const left = this.#insert ? size - taken : size;
    if (left > 0) this.book.add(low, high, side, price, left);
    this.#note(low, high, said, left);
  }

  #execute(low: number, high: number, size: number, had: number, said: number): void {
    const { book } = this;
    const left = Math.max(0, said - size);
    let lots = size;
    if (had > 0) {
      const side = book.orderSide(low, high), price = book.orderPrice(low, high);
      const before = book.lotsAhead(low, high);
      const met = this.#meet(side, price, before, size);
      if (this.#insert) lots -= met;
      const gone = Math.min(lots, had);
      if (gone > 0) this.#lose(low, high, side, price, book.lotsAhead(low, high), gone);
      this.#note(low, high, left, had - gone);
      this.#settle(side, price);
    } else this.#note(low, high, left, 0);
  }

  #cancel(low: number, high: number, size: number, had: number, said: number): void {
    const { book } = this;
    const left = Math.max(0, said - size);
    const gone = left === 0 ? had : Math.min(size, had);
    if (gone > 0) {
      const side = book.orderSide(low, high), price = book.orderPrice(low, high);
      this.#lose(low, high, side, price, book.lotsAhead(low, high), gone);
      this.#note(low, high, left, had - gone);
      this.#settle(side, price);
    } else this.#note(low, high, left, had);
  }

  #modify(low: number, high: number, side: number, price: number, size: number, had: number, said: number): void {
    const { book } = this;
    const left = Math.max(0, size + had - said);
    if (had === 0) return this.#add(low, high, side, price, left, left, size);
    const own = book.orderSide(low, high), at = book.orderPrice(low, high);
    const stays = price === at && size <= said;
    const gone = stays ? had - left : had;
    if (gone > 0) this.#lose(low, high, own, at, book.lotsAhead(low, high), gone);
    // At the same price what it had before has met us already.
    if (stays) this.#note(low, high, size, left);
    else this.#add(low, high, own, price, left, price === at ? size - said : left, size);
    this.#settle(own, at);
  }

  /**
   * Lots of an execution meet whoever of us stands before the order they are for: at a better price, or with fewer than
   * `before` lots of the queue before us. With insert, lots that others kept because of us have their turn too.
   * Returns the lots that found somebody.
   */
  #meet(side: number, price: number, before: number, lots: number): number {
    const working = side === BUY ? this.bids : this.asks;
    this.#next = this.#passed = 0;
    if (this.#tape.done > 0) this.#queue.copyKept(this.book, side, price, before, this.#tape);
    else this.#queue.count = 0;
    let left = lots;
    for (let k = 0; k < working.count;) {
      const slot = working.slots[k], own = this.price[slot];
      if (side * own < side * price) break;
      if (own === price) {
        left = this.#meetKept(side, price, this.#front[slot] + this.#passed, left);
        if (before - this.#passed < this.#front[slot]) break;
      }
      if (left <= 0 && (this.#partial || own === price)) break;
      const piece = this.#partial ? Math.min(this.tradable(slot), left) : this.fillable(slot);
      if (piece <= 0) k++;
      else {
        left = Math.max(0, left - piece);
        this.filled(slot, own, piece, MAKER);
      }
    }
    return lots - this.#meetKept(side, price, Infinity, left);
  }

  /** Lots meet what was kept because of us before the first `until` lots of the queue; returns those that go on. */
  #meetKept(side: number, price: number, until: number, lots: number): number {
    const queue = this.#queue;
    let left = lots;
    for (; this.#next < queue.count && queue.before[this.#next] < until && left > 0; this.#next++) {
      const k = this.#next, gone = Math.min(left, queue.lots[k]);
      this.#lose(queue.low[k], queue.high[k], side, price, queue.before[k] - this.#passed, gone);
      this.#note(queue.low[k], queue.high[k], 0, queue.lots[k] - gone);
      this.#passed += gone;
      left -= gone;
    }
    return left;
  }

  /** `lots` come to `price` of `side` and meet whoever of us is opposite; returns the lots that did. */
  #reached(side: number, price: number, lots: number): number {
    const working = side === BUY ? this.asks : this.bids;
    if (this.halted || working.count === 0 || side * price < side * working.best) return 0;
    let taken = 0;
    for (let k = 0; k < working.count;) {
      const slot = working.slots[k], own = this.price[slot];
      if (side * own > side * price) break;
      const left = lots - taken - this.#through(-side, own) - this.#front[slot];
      if (left <= 0 && (this.#partial || taken === 0)) break;
      const piece = this.#partial ? Math.min(this.tradable(slot), left) : this.fillable(slot);
      if (piece <= 0) k++;
      else {
        taken = Math.min(lots, taken + piece);
        this.filled(slot, own, piece, MAKER);
      }
    }
    return taken;
  }

  /** A hidden execution of `lots` at `price`, started by `aggressor` where that is known. */
  #trade(price: number, lots: number, aggressor: number): void {
    if (aggressor !== BUY) this.#pierce(this.bids, BUY, price, lots);
    if (aggressor !== SELL) this.#pierce(this.asks, SELL, price, lots);
    if (this.waiting.length > 0) this.trigger(price);
  }

  #pierce(working: Working, side: number, price: number, lots: number): void {
    let left = lots;
    for (let k = 0; k < working.count && (left > 0 || !this.#partial);) {
      const slot = working.slots[k], own = this.price[slot];
      if (side * own <= side * price) return;
      const piece = this.#partial ? Math.min(this.tradable(slot), left) : this.fillable(slot);
      if (piece <= 0) k++;
      else {
        left = Math.max(0, left - piece);
        this.filled(slot, own, piece, MAKER);
      }
    }
  }

  /** Lots of the market at prices of `side` better than `price`. */
  #through(side: number, price: number): number {
    const { book } = this;
    let lots = 0, better = side === BUY ? book.bestBid : book.bestAsk;
    for (; side * better > side * price; better = book.next(side, better)) lots += book.levelSize(side, better);
    return lots;
  }

  /** What the tape says an order has, where the book says `had`; -1 for one that is in neither. */
  #said(low: number, high: number, had: number): number {
    const said = this.#tape.count === 0 ? -1 : this.#tape.get(low, high);
    return said < 0 && had > 0 ? had : said;
  }

  /** Notes that the tape says `said` of an order and the book `has`. */
  #note(low: number, high: number, said: number, has: number): void {
    if (said !== has) this.#tape.set(low, high, said);
    else if (this.#tape.count > 0) this.#tape.remove(low, high);
  }

  /** An order of the market with `before` lots before it loses `lots`: who of us stands behind it comes forward. */
  #lose(low: number, high: number, side: number, price: number, before: number, lots: number): void {
    this.book.cancel(low, high, lots);
    const working = side === BUY ? this.bids : this.asks;
    if (side * price > side * working.best || side * price < side * working.worst) return;
    for (let k = 0; k < working.count; k++) {
      const slot = working.slots[k];
      if (this.price[slot] === price && before < this.#front[slot]) this.#front[slot] -= lots;
    }
  }

  /** insert: where no live order is left at a price, what was kept there because of us goes too. */
  #settle(side: number, price: number): void {
    if (this.#tape.done === 0) return;
    const queue = this.#queue;
    queue.copy(this.book, side, price);
    for (let k = 0; k < queue.count; k++) if (this.#tape.get(queue.low[k], queue.high[k]) !== 0) return;
    for (let k = 0; k < queue.count; k++) {
      this.#lose(queue.low[k], queue.high[k], side, price, 0, queue.lots[k]);
      this.#tape.remove(queue.low[k], queue.high[k]);
    }
  }

  #other(kind: number, side: number, price: number, size: number): void {
    const { book } = this;
    if (kind === TRADE) this.#trade(price, size, side);
    else if (kind === CLEAR) {
      if (side === NONE) {
        book.clear(NONE);
        book.stale = false;
      } else book.clearThrough(side, price);
      this.#tape.keep((low, high) => book.has(low, high));
      if (this.waiting.length > 0) this.trigger(NaN);
    } else if (kind === STATUS) this.status(size !== 0);
    else if (kind === GAP) book.stale = true;
    else this.corporate(kind, price, size);
  }

  protected saveMore(to: StateWriter): void {
    to.column(this.#front);
    this.#tape.save(to);
    this.book.save(to);
  }

  protected loadMore(from: StateReader): void {
    this.#front = from.column(this.#front);
    this.#tape.load(from);
    this.book.load(from);
  }
}
