import { BUY, NONE, SELL } from "../core/event.ts";
import { BAD_PRICE, BAD_SIDE, BAD_SIZE, DONE, ORDER_EXISTS, type OrderBook, UNKNOWN_ORDER } from "./book.ts";
import { OrderIndex } from "./order_index.ts";
import {
  COUNT,
  HEAD,
  ID_HIGH,
  ID_LOW,
  isSide,
  LEVEL_PRICE,
  LEVEL_SIZE,
  NEXT,
  OrderQueues,
  SIZE,
} from "./order_queues.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/**
 * A book of single orders: price-time priority, by order id.
 *
 * Prices are integer ticks below 2^53 in magnitude, sizes lots from 1, ids two 32-bit halves (signed or unsigned alike).
 * What changes the book returns DONE or the code of a refusal from book.ts, and a refused row changes nothing; rows about
 * ids that are not here also count in {@linkcode unknownOrders}. The book takes what the source says: it never matches, and
 * may stand crossed for a while.
 *
 * | operation | cost |
 * |---|---|
 * | `add`, `modify`, `cancel`, `execute` | O(1) near the touch; O(log n + n) of the far levels when one of them comes or goes |
 * | `has`, `orderSize` and the like, best price and size, `levelSize`, `levelOrders` | O(1) |
 * | `lotsAhead`, `ordersAhead` | O(least of the orders ahead and those behind) |
 * | `top(n)` | O(n) |
 * | `clear(side)`, `clearThrough` | O(orders cleared) |
 * | memory | 64 to 192 bytes a live order, slots reused; 132 KiB of price windows |
 *
 * @example
 * ```ts
 * import { BUY } from "../core/event.ts";
 * import { L3Book } from "./l3.ts";
 * const book = new L3Book();
 * book.add(1, 0, BUY, 617999, 12);
 * book.add(2, 0, BUY, 617999, 5);
 * book.execute(1, 0, 4);
 * if (book.lotsAhead(2, 0) !== 8 || book.bestBidSize !== 13) throw new Error("unexpected");
 * ```
 */
export class L3Book implements OrderBook {
  /** Messages were lost: what stands here cannot be trusted before the next snapshot. */
  stale = false;
  /** Rows about an id that was not in the book. */
  unknownOrders = 0;

  readonly #queues = new OrderQueues();
  readonly #index = new OrderIndex();

  /** Best bid in ticks, -Infinity where there is none. */
  get bestBid(): number {
    return this.#queues.bestBid;
  }

  /** Best ask in ticks, Infinity where there is none. */
  get bestAsk(): number {
    return this.#queues.bestAsk;
  }

  /** Lots at the best bid, 0 where there is none. */
  get bestBidSize(): number {
    return this.#queues.levelNumbers[this.#queues.bestLevel(BUY) * 4 + LEVEL_SIZE];
  }

  /** Lots at the best ask, 0 where there is none. */
  get bestAskSize(): number {
    return this.#queues.levelNumbers[this.#queues.bestLevel(SELL) * 4 + LEVEL_SIZE];
  }

  /** Whether the best bid stands at or above the best ask. */
  get crossed(): boolean {
    return this.bestBid >= this.bestAsk;
  }

  /** Orders in the book. */
  get count(): number {
    return this.#queues.count;
  }

  /** Orders there is memory for. */
  get capacity(): number {
    return this.#queues.capacity;
  }

  /** A new order joins the back of the queue at `price`. Refused: ORDER_EXISTS, BAD_SIDE, BAD_PRICE, BAD_SIZE. */
  add(idLow: number, idHigh: number, side: number, price: number, size: number): number {
    if (!isSide(side)) return BAD_SIDE;
    if (!Number.isSafeInteger(price)) return BAD_PRICE;
    if (!isSize(size)) return BAD_SIZE;
    if (this.#index.get(idLow, idHigh) !== 0) return ORDER_EXISTS;
    this.#index.set(idLow, idHigh, this.#queues.append(side, price, size, 0, idLow, idHigh));
    return DONE;
  }

  /**
   * An order now has `price` and `size`. The same price and a smaller (or equal) size keeps its place; all else goes to the
   * back of the queue. Refused: UNKNOWN_ORDER, BAD_PRICE, BAD_SIZE.
   */
  modify(idLow: number, idHigh: number, price: number, size: number): number {
    const slot = this.#known(idLow, idHigh);
    if (slot === 0) return UNKNOWN_ORDER;
    if (!Number.isSafeInteger(price)) return BAD_PRICE;
    if (!isSize(size)) return BAD_SIZE;
    const queues = this.#queues, less = queues.orderSizes[slot * 4 + SIZE] - size;
    if (less >= 0 && price === queues.price(slot)) queues.reduce(slot, less);
    else queues.move(slot, price, size);
    return DONE;
  }

  /** `size` lots leave an order, which keeps its place; it goes when none are left. Refused: UNKNOWN_ORDER, BAD_SIZE. */
  cancel(idLow: number, idHigh: number, size: number): number {
    const slot = this.#known(idLow, idHigh);
    if (slot === 0) return UNKNOWN_ORDER;
    const queues = this.#queues, left = queues.orderSizes[slot * 4 + SIZE];
    if (!isSize(size) || size > left) return BAD_SIZE;
    if (size < left) {
      queues.reduce(slot, size);
    } else {
      queues.remove(slot);
      this.#index.remove(idLow, idHigh);
    }
    return DONE;
  }

  /** `size` lots of an order traded: what is left keeps its place. Refused as {@linkcode cancel} is. */
  execute(idLow: number, idHigh: number, size: number): number {
    return this.cancel(idLow, idHigh, size);
  }

  /** Takes every order of `side` out; side NONE: the whole book. */
  clear(side: number): void {
    if (side === NONE) {
      this.#queues.clear();
      this.#index.clear();
    } else {
      this.clearThrough(side, side === BUY ? -Infinity : Infinity);
    }
  }

  /** Takes out every order of `side` from the best up to and with `price`. */
  clearThrough(side: number, price: number): void {
    const queues = this.#queues;
    for (;;) {
      const level = queues.bestLevel(side);
      if (level === 0) return;
      const best = queues.levelNumbers[level * 4 + LEVEL_PRICE];
      if (side === BUY ? best < price : best > price) return;
      for (let n = queues.levels[level * 8 + COUNT]; n > 0; n--) {
        const slot = queues.levels[level * 8 + HEAD];
        this.#index.remove(queues.orders[slot * 8 + ID_LOW], queues.orders[slot * 8 + ID_HIGH]);
        queues.remove(slot);
      }
    }
  }

  /** Whether an order is in the book. */
  has(idLow: number, idHigh: number): boolean {
    return this.#index.get(idLow, idHigh) !== 0;
  }

  /** The side of an order, NONE where it is not in the book. */
  orderSide(idLow: number, idHigh: number): number {
    const slot = this.#index.get(idLow, idHigh);
    return slot === 0 ? NONE : this.#queues.side(slot);
  }

  /** The price of an order in ticks, NaN where it is not in the book. */
  orderPrice(idLow: number, idHigh: number): number {
    const slot = this.#index.get(idLow, idHigh);
    return slot === 0 ? NaN : this.#queues.price(slot);
  }

  /** The lots an order has left, 0 where it is not in the book. */
  orderSize(idLow: number, idHigh: number): number {
    const slot = this.#index.get(idLow, idHigh);
    return slot === 0 ? 0 : this.#queues.orderSizes[slot * 4 + SIZE];
  }

  /** Lots in front of an order at its price, -1 where it is not in the book. */
  lotsAhead(idLow: number, idHigh: number): number {
    const slot = this.#index.get(idLow, idHigh);
    return slot === 0 ? -1 : this.#queues.lotsAhead(slot);
  }

  /** Orders in front of an order at its price, -1 where it is not in the book. */
  ordersAhead(idLow: number, idHigh: number): number {
    const slot = this.#index.get(idLow, idHigh);
    return slot === 0 ? -1 : this.#queues.ordersAhead(slot);
  }

  /** Levels of `side`. */
  levelCount(side: number): number {
    return side === BUY ? this.#queues.bids.count : this.#queues.asks.count;
  }

  /** Lots at a price of `side`, 0 where there is no level. */
  levelSize(side: number, price: number): number {
    return this.#queues.levelSize(side, price);
  }

  /** Orders at a price of `side`, 0 where there is no level. */
  levelOrders(side: number, price: number): number {
    return this.#queues.levels[this.#queues.level(side, price) * 8 + COUNT];
  }

  /** The next level of `side` behind `price`; ∓Infinity where there is none. */
  next(side: number, price: number): number {
    return side === BUY ? this.#queues.bids.below(price) : 0 - this.#queues.asks.below(-price);
  }

  /** Copies the best `n` levels of `side`, best first, into three columns; returns how many there are. */
  top(side: number, n: number, prices: Float64Array, sizes: Float64Array, counts: Int32Array): number {
    return this.#queues.top(side, n, prices, sizes, counts);
  }

  /** Visits the orders at a price of `side` in priority order; the visitor must not change the book. */
  eachOrder(side: number, price: number, visit: (idLow: number, idHigh: number, size: number) => void): void {
    const { orders, orderSizes, levels } = this.#queues;
    for (let slot = levels[this.#queues.level(side, price) * 8 + HEAD]; slot !== 0; slot = orders[slot * 8 + NEXT]) {
      visit(orders[slot * 8 + ID_LOW] >>> 0, orders[slot * 8 + ID_HIGH] >>> 0, orderSizes[slot * 4 + SIZE]);
    }
  }

  // By order in their queues, which is all that can be seen of the book; slots are given anew.
  save(to: StateWriter): void {
    const { orders, orderSizes, levels, levelNumbers, count } = this.#queues;
    const ids = new Int32Array(2 * count), sizes = new Float64Array(count);
    const prices: number[] = [], counts: number[] = [];
    let at = 0;
    for (const side of [BUY, SELL]) {
      for (let level = this.#queues.bestLevel(side); level !== 0; level = this.#queues.levelBehind(level)) {
        prices.push(levelNumbers[level * 4 + LEVEL_PRICE]);
        counts.push(side * levels[level * 8 + COUNT]);
        for (let slot = levels[level * 8 + HEAD]; slot !== 0; slot = orders[slot * 8 + NEXT]) {
          ids[2 * at] = orders[slot * 8 + ID_LOW];
          ids[2 * at + 1] = orders[slot * 8 + ID_HIGH];
          sizes[at++] = orderSizes[slot * 4 + SIZE];
        }
      }
    }
    to.section("orders of the market", 1, () => {
      to.flag(this.stale);
      to.number(this.unknownOrders);
      to.column(Float64Array.from(prices));
      to.column(Int32Array.from(counts));
      to.column(ids);
      to.column(sizes);
    });
  }

  load(from: StateReader): void {
    from.section("orders of the market", 1, () => {
      this.stale = from.flag();
      this.unknownOrders = from.number();
      const prices = from.column(new Float64Array(0)), counts = from.column(new Int32Array(0));
      const ids = from.column(new Int32Array(0)), sizes = from.column(new Float64Array(0));
      this.clear(NONE);
      for (let level = 0, at = 0; level < prices.length; level++) {
        const side = Math.sign(counts[level]);
        for (let n = Math.abs(counts[level]); n > 0; n--, at++) {
          this.add(ids[2 * at], ids[2 * at + 1], side, prices[level], sizes[at]);
        }
      }
    });
  }

  #known(idLow: number, idHigh: number): number {
    const slot = this.#index.get(idLow, idHigh);
    if (slot === 0) this.unknownOrders++;
    return slot;
  }
}

function isSize(size: number): boolean {
  return size > 0 && Number.isSafeInteger(size);
}
