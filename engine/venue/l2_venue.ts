import { AT_EXCHANGE, BUY, CLEAR, DEPTH, GAP, SELL, SNAPSHOT, STATUS, TRADE } from "../core/event.ts";
import type { Columns } from "../feed/columns.ts";
import type { TapeBook } from "../book/book.ts";
import { L2Book } from "../book/l2.ts";
import { SparseLevels } from "../book/sparse_levels.ts";
import type { OrderTable } from "../oms/order_table.ts";
import type { QueueModel } from "./queue_model.ts";
import type { AnswerSink } from "./answer_sink.ts";
import { MAKER, TAKER } from "./liquidity.ts";
import { SimVenue } from "./sim_venue.ts";
import type { VenueOptions } from "./venue_options.ts";
import type { Working } from "./working.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { loadKeeper, saveKeeper } from "../core/plain_state.ts";
import { wider } from "../core/wider.ts";

/**
 * A venue over a tape of price levels.
 *
 * - An order joins the end of its level's queue; the {@linkcode QueueModel} says how it comes forward.
 * - A trade at our price takes from the queue ahead, then from us; one through our price, or the other side's best at or
 *   through it, fills us at our own price.
 * - Orders of ours at one price share one queue: a traded lot that filled one is gone for those behind it.
 * - `frozen`: lots we took are gone until the tape's next row for that level. `insert`: they stay gone, and what a trade
 *   took from us it did not take from the level, until the tape empties the level.
 * - A trade whose aggressor is not stated hits the side it is at or through by the touch.
 *
 * With `whole` and `frozen` the outcome is hftbacktest's (2.4.4, no partial fills), fill by fill, but for four cases. The
 * option `like: "hftbacktest"` (`--like hftbacktest`), which chooses {@linkcode HftbacktestVenue}, gives its outcome in these
 * as well. Step by step, ours first:
 * 1. Orders of ours at one price: a trade of 3 lots with 2 ahead of both leaves 1 lot, which fills the first of them. There
 *    each has a queue of its own, and the 1 lot fills both.
 * 2. A trade whose aggressor is not stated: it hits the side it is at or through. There it does nothing.
 * 3. A clear row of one side in the midst of a tape, up to price p: the best after it is the best level behind p. There
 *    - levels better than the best, which the market had passed over, survive it: an order that joins one waits behind them;
 *    - the search for the best that is left begins two ticks behind p: a level one tick behind it is not found;
 *    - a best that lay behind p may so improve, to a level that had been passed over, and fills nobody. Orders of ours at or
 *      behind it are then passed by, unless there are more ticks from it to the trade, or the next best, than we have orders.
 * 4. A side that is empty for a time, while levels that the market had passed over still stand: once new levels have come
 *    and gone, those are its best. There they are not found where they are worse than every level set since.
 *
 * There the depth is meant that hftbacktest takes by default, HashMapMarketDepth. Cases 3 and 4 change what the strategy sees
 * as well. A market order that finds its side empty expires here, with the option, too; there it trades at a price of 2^63.
 */
export class L2Venue extends SimVenue {
  // Only declared, so that it is written once: the engine then knows which kind of book it is, which makes rows a sixth faster.
  declare readonly book: TapeBook;

  /** By slot: lots ahead in the queue; lots traded at the level since its last change. */
  #front = new Float64Array(256);
  #traded = new Float64Array(256);
  /** insert: what our trades changed at a level, in lots, by side. */
  readonly #bidSupply = new SparseLevels();
  readonly #askSupply = new SparseLevels();
  readonly #insert: boolean;
  readonly #partial: boolean;

  constructor(
    orders: OrderTable,
    options: VenueOptions,
    private readonly queue: QueueModel,
    out: AnswerSink,
    book: TapeBook = new L2Book(),
  ) {
    super(orders, options, out);
    this.book = book;
    this.#insert = options.impact === "insert";
    this.#partial = options.fills === "partial";
  }

  get bestBid(): number {
    return this.book.bestBid;
  }

  get bestAsk(): number {
    return this.book.bestAsk;
  }

  /**
   * Applies the venue's rows from `from` on that happen before `limit`; stops early after a row that made an answer.
   * Returns the row to go on with.
   */
  advance(columns: Columns, from: number, limit: number): number {
    const { price: prices, size: sizes, kind: kinds, side: sides, flags } = columns;
    const { book, bids, asks } = this;
    const end = columns.seek(AT_EXCHANGE, from, limit);
    // Triggers, and orders of ours that stand in the book, make every row a matter of the slow path.
    const plain = !this.#insert && this.waiting.length === 0;
    // Where our orders stand changes only with an answer, behind which this stops.
    const bidsBest = bids.best, bidsWorst = bids.worst, asksBest = asks.best, asksWorst = asks.worst;
    const idle = plain && bids.count === 0 && asks.count === 0;
    this.answered = false;
    for (let i = from; i < end; i++) {
      if ((flags[i] & AT_EXCHANGE) === 0) continue;
      const kind = kinds[i];
      if (kind === DEPTH && plain) {
        const price = prices[i];
        if (sides[i] === BUY) {
          const best = book.bestBid;
          const size = sizes[i];
          const previous = book.setBid(price, size);
          if (price <= bidsBest && price >= bidsWorst) this.#level(bids, price, previous, size);
          if (price <= best || price < asksBest || size === 0) continue;
          this.now = columns.timeOf(AT_EXCHANGE, i);
          this.reached(asks, BUY, best);
        } else {
          const best = book.bestAsk;
          const size = sizes[i];
          const previous = book.setAsk(price, size);
          if (price >= asksBest && price <= asksWorst) this.#level(asks, price, previous, size);
          if (price >= best || price > bidsBest || size === 0) continue;
          this.now = columns.timeOf(AT_EXCHANGE, i);
          this.reached(bids, SELL, best);
        }
      } else {
        if (kind === TRADE && idle) continue;
        this.now = columns.timeOf(AT_EXCHANGE, i);
        if (kind === TRADE) this.traded(prices[i], sizes[i], sides[i]);
        else this.#other(columns, i);
      }
      if (this.answered) return i + 1;
    }
    return end;
  }

  protected available(side: number, limit: number): number {
    let lots = 0;
    let price = side === BUY ? this.book.bestAsk : this.book.bestBid;
    if (!this.#partial) return Math.abs(price) === Infinity ? 0 : Infinity;
    for (; side * price <= side * limit && Math.abs(price) !== Infinity; price = this.book.next(-side, price)) {
      lots += this.book.size(-side, price);
    }
    return lots;
  }

  protected take(slot: number, side: number, limit: number, lots: number): number {
    let price = side === BUY ? this.book.bestAsk : this.book.bestBid;
    if (Math.abs(price) === Infinity) return 0;
    if (!this.#partial) {
      this.filled(slot, price, lots, TAKER);
      return lots;
    }
    let left = lots;
    while (left > 0 && side * price <= side * limit && Math.abs(price) !== Infinity) {
      const next = this.book.next(-side, price);
      const there = this.book.size(-side, price);
      const piece = Math.min(left, there);
      this.book.set(-side, price, there - piece);
      if (this.#insert) {
        this.#supplied(-side, price, -piece);
        this.#forward(side === BUY ? this.asks : this.bids, price, piece);
      }
      left -= piece;
      this.filled(slot, price, piece, TAKER);
      price = next;
    }
    return lots - left;
  }

  protected rests(slot: number): void {
    const size = this.book.size(this.orders.side[slot], this.price[slot]);
    this.#front[slot] = this.queue.joins === undefined ? size : this.queue.joins(size);
    this.#traded[slot] = 0;
  }

  /** Lots ahead of a resting order in its queue, by the queue model: a float, 0 or below when it is next. */
  ahead(slot: number): number {
    return this.#front[slot];
  }

  protected override before(slot: number): number {
    if (!this.#partial) return super.before(slot) === 0 && !(this.#front[slot] >= 0.5) ? 0 : Infinity;
    const side = this.orders.side[slot], own = this.price[slot];
    let lots = Math.max(0, Math.min(Math.round(this.#front[slot]), this.book.size(side, own)));
    let price = side === BUY ? this.book.bestBid : this.book.bestAsk;
    for (; side * price > side * own; price = this.book.next(side, price)) lots += this.book.size(side, price);
    return lots;
  }

  protected leaves(): void {}

  protected shrinks(): void {}

  protected widen(length: number): void {
    this.#front = wider(this.#front, length);
    this.#traded = wider(this.#traded, length);
  }

  /** A level at which we may rest went from `previous` to `size` lots. */
  #level(working: Working, price: number, previous: number, size: number): void {
    const { slots } = working;
    for (let k = 0; k < working.count; k++) {
      const slot = slots[k];
      if (this.price[slot] !== price) continue;
      const front = this.queue.front(this.#front[slot], this.#traded[slot], previous, size);
      if (front !== front) {
        throw new RangeError(`Cannot go on: the queue model ${this.queue.name} gave NaN; it must give the lots ahead`);
      }
      this.#front[slot] = front;
      this.#traded[slot] = 0;
    }
  }

  /** The best of `aggressor`'s side, `before` until now, has reached orders of ours on the other. */
  protected reached(working: Working, aggressor: number, _before: number): void {
    if (this.halted) return;
    const best = aggressor === BUY ? this.book.bestBid : this.book.bestAsk;
    let there = this.book.size(aggressor, best);
    for (let k = 0; k < working.count && (there > 0 || !this.#partial);) {
      const slot = working.slots[k], price = this.price[slot];
      if (aggressor * price > aggressor * best) return;
      const lots = this.#partial ? Math.min(this.tradable(slot), there) : this.fillable(slot);
      if (lots <= 0) {
        k++;
        continue;
      }
      const gone = Math.min(lots, there);
      there -= gone;
      if (this.#insert) {
        this.#supplied(aggressor, best, -gone);
        this.book.set(aggressor, best, there);
      }
      this.filled(slot, price, lots, MAKER);
    }
  }

  /** A trade in the market; `aggressor` is NONE where the tape does not say. */
  protected traded(price: number, size: number, aggressor: number): void {
    if (aggressor !== BUY && (aggressor === SELL || price <= this.book.bestBid)) this.#hit(this.bids, price, size, 1);
    if (aggressor !== SELL && (aggressor === BUY || price >= this.book.bestAsk)) this.#hit(this.asks, price, size, -1);
    if (this.waiting.length > 0) this.trigger(price);
  }

  /** A trade of `size` lots at `price` meets our orders of one side; `sign` is 1 for bids. */
  #hit(working: Working, price: number, size: number, sign: number): void {
    if (sign * price > sign * working.best) return;
    // In whole mode a trade through us fills all it passes; at our price, and in partial mode, its lots count.
    let lots = size;
    for (let k = 0; k < working.count;) {
      const slot = working.slots[k], own = this.price[slot];
      if (sign * own < sign * price) return;
      let meets = lots;
      if (own === price) {
        meets = this.comeForward(slot, lots);
        if (meets === 0) {
          k++;
          continue;
        }
      } else if (this.#partial && lots <= 0) return;
      const shown = this.tradable(slot);
      const piece = this.#partial ? Math.min(shown, meets) : this.fillable(slot);
      if (piece <= 0) {
        k++;
        continue;
      }
      if (this.#partial || own === price) lots = Math.max(0, lots - Math.min(piece, meets));
      if (this.#insert) this.#supplied(sign, price, Math.min(piece, meets));
      this.filled(slot, own, piece, MAKER);
      // One that shows its next slice now stands behind all others of its price, and the trade may come that far.
      if (working.slots[k] === slot && k < working.count && piece < shown) k++;
    }
  }

  /** Of `lots` that traded at the order's price, those that reach it; what stood ahead of it took the others. */
  protected comeForward(slot: number, lots: number): number {
    const front = this.#front[slot] -= lots;
    this.#traded[slot] += lots;
    if (front > -0.5) return 0;
    this.#front[slot] = 0;
    return Math.round(-front);
  }

  /** insert: we took lots at the front of a level, so whoever of us stands behind comes forward. */
  #forward(working: Working, price: number, lots: number): void {
    for (let k = 0; k < working.count; k++) {
      const slot = working.slots[k];
      if (this.price[slot] === price) this.#front[slot] = Math.max(0, this.#front[slot] - lots);
    }
  }

  /** insert: `lots` more (or fewer) stand at a level than the tape says. */
  #supplied(side: number, price: number, lots: number): void {
    const supply = side === BUY ? this.#bidSupply : this.#askSupply;
    supply.set(price, supply.size(price) + lots);
  }

  /** insert: what stands at a level by our account, when the tape says `size`. A level the tape empties is as it says. */
  #standing(side: number, price: number, size: number): number {
    const supply = side === BUY ? this.#bidSupply : this.#askSupply;
    if (size === 0) supply.set(price, 0);
    return size === 0 ? 0 : Math.max(0, size + supply.size(price));
  }

  #forget(supply: SparseLevels, from: number, to: number): void {
    if (supply.size(from) !== 0) supply.set(from, 0);
    for (let price = supply.above(from); price <= to && price !== Infinity; price = supply.above(price)) {
      supply.set(price, 0);
    }
  }

  /** Rows that are rare, and level changes where our own orders stand in the book. */
  #other(columns: Columns, i: number): void {
    const kind = columns.kind[i], side = columns.side[i], price = columns.price[i], size = columns.size[i];
    const { book, bids, asks } = this;
    if (kind === DEPTH || kind === SNAPSHOT) {
      const left = this.#insert ? this.#standing(side, price, size) : size;
      const bid = book.bestBid, ask = book.bestAsk;
      const working = side === BUY ? bids : asks;
      this.#level(working, price, book.set(side, price, left), left);
      if (book.bestBid > bid && book.bestBid >= asks.best) this.reached(asks, BUY, bid);
      if (book.bestAsk < ask && book.bestAsk <= bids.best) this.reached(bids, SELL, ask);
      if (this.waiting.length > 0) this.trigger(NaN);
    } else if (kind === CLEAR) {
      book.clear(side, price);
      if (side !== SELL) this.#forget(this.#bidSupply, side === BUY ? price : -Infinity, Infinity);
      if (side !== BUY) this.#forget(this.#askSupply, -Infinity, side === SELL ? price : Infinity);
    } else if (kind === STATUS) {
      this.status(size !== 0);
    } else if (kind === GAP) {
      book.stale = true;
    } else {
      this.corporate(kind, price, size);
    }
    if (kind === SNAPSHOT) book.stale = false;
  }

  protected saveMore(to: StateWriter): void {
    to.column(this.#front);
    to.column(this.#traded);
    this.#bidSupply.save(to);
    this.#askSupply.save(to);
    saveKeeper(to, this.queue, `the queue model ${this.queue.name}`);
    this.book.save(to);
  }

  protected loadMore(from: StateReader): void {
    this.#front = from.column(this.#front);
    this.#traded = from.column(this.#traded);
    this.#bidSupply.load(from);
    this.#askSupply.load(from);
    loadKeeper(from, this.queue, `the queue model ${this.queue.name}`);
    this.book.load(from);
  }
}
