/** What the books have in common: their interfaces, which fast books and slow twins share, and the codes of refused rows. */

import type { Stateful } from "../core/stateful.ts";

/** The row was applied. */
export const DONE = 0;
/** No order with this id is in the book. */
export const UNKNOWN_ORDER = 1;
/** An order with this id is in the book already. */
export const ORDER_EXISTS = 2;
/** The size is not an integer from 1 to below 2^53, or more than the order has left. */
export const BAD_SIZE = 3;
/** The price is not an integer below 2^53 in magnitude. */
export const BAD_PRICE = 4;
/** The side is neither BUY nor SELL. */
export const BAD_SIDE = 5;

/** A book of price levels: sizes in lots by price in ticks. {@linkcode L2Book} says what each member means. */
export interface LevelBook {
  readonly bestBid: number;
  readonly bestAsk: number;
  readonly bestBidSize: number;
  readonly bestAskSize: number;
  readonly crossings: number;
  size(side: number, price: number): number;
  count(side: number): number;
  set(side: number, price: number, size: number): number;
  clear(side: number, price?: number): void;
  top(side: number, n: number, prices: Float64Array, sizes: Float64Array): number;
  next(side: number, price: number): number;
}

/** A book of price levels that rows of a tape are applied to, its two sides each by a call of its own. */
export interface TapeBook extends LevelBook, Stateful {
  /** Messages were lost: what stands here cannot be trusted before the next snapshot. */
  stale: boolean;
  setBid(price: number, size: number): number;
  setAsk(price: number, size: number): number;
}

/** A book of single orders by price and time. {@linkcode L3Book} says what each member means. */
export interface OrderBook {
  readonly bestBid: number;
  readonly bestAsk: number;
  readonly bestBidSize: number;
  readonly bestAskSize: number;
  readonly crossed: boolean;
  readonly count: number;
  readonly unknownOrders: number;
  add(idLow: number, idHigh: number, side: number, price: number, size: number): number;
  modify(idLow: number, idHigh: number, price: number, size: number): number;
  cancel(idLow: number, idHigh: number, size: number): number;
  execute(idLow: number, idHigh: number, size: number): number;
  clear(side: number): void;
  clearThrough(side: number, price: number): void;
  has(idLow: number, idHigh: number): boolean;
  orderSide(idLow: number, idHigh: number): number;
  orderPrice(idLow: number, idHigh: number): number;
  orderSize(idLow: number, idHigh: number): number;
  lotsAhead(idLow: number, idHigh: number): number;
  ordersAhead(idLow: number, idHigh: number): number;
  levelCount(side: number): number;
  levelSize(side: number, price: number): number;
  levelOrders(side: number, price: number): number;
  next(side: number, price: number): number;
  top(side: number, n: number, prices: Float64Array, sizes: Float64Array, counts: Int32Array): number;
  eachOrder(side: number, price: number, visit: (idLow: number, idHigh: number, size: number) => void): void;
}
