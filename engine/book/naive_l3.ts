import { BUY, NONE, SELL } from "../core/event.ts";
import { BAD_PRICE, BAD_SIDE, BAD_SIZE, DONE, ORDER_EXISTS, type OrderBook, UNKNOWN_ORDER } from "./book.ts";

interface Order {
  readonly idLow: number;
  readonly idHigh: number;
  readonly side: number;
  price: number;
  size: number;
}

/**
 * The slow, obvious twin of {@linkcode L3Book}: one list of orders, the longest in their queue first. Tests hold the fast
 * one against it.
 *
 * Every operation costs O(orders), `top` O(orders × log orders).
 */
export class NaiveL3Book implements OrderBook {
  unknownOrders = 0;
  #orders: Order[] = [];

  get bestBid(): number {
    return this.#prices(BUY)[0] ?? -Infinity;
  }

  get bestAsk(): number {
    return this.#prices(SELL)[0] ?? Infinity;
  }

  get bestBidSize(): number {
    return this.levelSize(BUY, this.bestBid);
  }

  get bestAskSize(): number {
    return this.levelSize(SELL, this.bestAsk);
  }

  get crossed(): boolean {
    return this.bestBid >= this.bestAsk;
  }

  get count(): number {
    return this.#orders.length;
  }

  add(idLow: number, idHigh: number, side: number, price: number, size: number): number {
    if (side !== BUY && side !== SELL) return BAD_SIDE;
    if (!Number.isSafeInteger(price)) return BAD_PRICE;
    if (!Number.isSafeInteger(size) || size < 1) return BAD_SIZE;
    if (this.has(idLow, idHigh)) return ORDER_EXISTS;
    this.#orders.push({ idLow: idLow >>> 0, idHigh: idHigh >>> 0, side, price: price === 0 ? 0 : price, size });
    return DONE;
  }

  modify(idLow: number, idHigh: number, price: number, size: number): number {
    const order = this.#find(idLow, idHigh);
    if (!order) return this.#unknown();
    if (!Number.isSafeInteger(price)) return BAD_PRICE;
    if (!Number.isSafeInteger(size) || size < 1) return BAD_SIZE;
    if (price !== order.price || size > order.size) {
      this.#orders = [...this.#orders.filter((other) => other !== order), order];
    }
    order.price = price;
    order.size = size;
    return DONE;
  }

  cancel(idLow: number, idHigh: number, size: number): number {
    const order = this.#find(idLow, idHigh);
    if (!order) return this.#unknown();
    if (!Number.isSafeInteger(size) || size < 1 || size > order.size) return BAD_SIZE;
    order.size -= size;
    this.#orders = this.#orders.filter((other) => other.size > 0);
    return DONE;
  }

  execute(idLow: number, idHigh: number, size: number): number {
    return this.cancel(idLow, idHigh, size);
  }

  clear(side: number): void {
    this.#orders = this.#orders.filter((order) => side !== NONE && order.side !== side);
  }

  clearThrough(side: number, price: number): void {
    this.#orders = this.#orders.filter((order) =>
      order.side !== side || (side === BUY ? order.price < price : order.price > price)
    );
  }

  has(idLow: number, idHigh: number): boolean {
    return this.#find(idLow, idHigh) !== undefined;
  }

  orderSide(idLow: number, idHigh: number): number {
    return this.#find(idLow, idHigh)?.side ?? NONE;
  }

  orderPrice(idLow: number, idHigh: number): number {
    return this.#find(idLow, idHigh)?.price ?? NaN;
  }

  orderSize(idLow: number, idHigh: number): number {
    return this.#find(idLow, idHigh)?.size ?? 0;
  }

  lotsAhead(idLow: number, idHigh: number): number {
    return this.#ahead(idLow, idHigh)?.reduce((lots, order) => lots + order.size, 0) ?? -1;
  }

  ordersAhead(idLow: number, idHigh: number): number {
    return this.#ahead(idLow, idHigh)?.length ?? -1;
  }

  levelCount(side: number): number {
    return this.#prices(side).length;
  }

  levelSize(side: number, price: number): number {
    return this.#queue(side, price).reduce((lots, order) => lots + order.size, 0);
  }

  levelOrders(side: number, price: number): number {
    return this.#queue(side, price).length;
  }

  next(side: number, price: number): number {
    const behind = this.#prices(side).filter((level) => side === BUY ? level < price : level > price);
    return behind[0] ?? (side === BUY ? -Infinity : Infinity);
  }

  top(side: number, n: number, prices: Float64Array, sizes: Float64Array, counts: Int32Array): number {
    const best = this.#prices(side).slice(0, n);
    best.forEach((price, k) => {
      prices[k] = price;
      sizes[k] = this.levelSize(side, price);
      counts[k] = this.levelOrders(side, price);
    });
    return best.length;
  }

  eachOrder(side: number, price: number, visit: (idLow: number, idHigh: number, size: number) => void): void {
    for (const order of this.#queue(side, price)) visit(order.idLow, order.idHigh, order.size);
  }

  #find(idLow: number, idHigh: number): Order | undefined {
    return this.#orders.find((order) => order.idLow === idLow >>> 0 && order.idHigh === idHigh >>> 0);
  }

  #unknown(): number {
    this.unknownOrders++;
    return UNKNOWN_ORDER;
  }

  #queue(side: number, price: number): Order[] {
    return this.#orders.filter((order) => order.side === side && order.price === price);
  }

  #ahead(idLow: number, idHigh: number): Order[] | undefined {
    const order = this.#find(idLow, idHigh);
    if (!order) return undefined;
    const queue = this.#queue(order.side, order.price);
    return queue.slice(0, queue.indexOf(order));
  }

  /** The prices of a side, best first. */
  #prices(side: number): number[] {
    const prices = new Set(this.#orders.filter((order) => order.side === side).map((order) => order.price));
    return [...prices].sort((a, b) => side === BUY ? b - a : a - b);
  }
}
