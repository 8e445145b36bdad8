/**
 * Codes of refusals: data, not exceptions. The range says what to do.
 *
 * | range | whose | what to do |
 * |---|---|---|
 * | 1000–1099 | risk | try again later, as it is |
 * | 1100–1199 | risk | change the order, then try again |
 * | 1200–1299 | risk | give up |
 * | 2000–2099 | venue | try again later, as it is |
 * | 2100–2199 | venue | change the order, then try again |
 * | 2200–2299 | venue | give up |
 */
export const Code = {
  /** Data flows, but the strategy's declared warm-up is not over. */
  WARMING_UP: 1000,
  /** More messages in one second than the limit. */
  MESSAGE_RATE: 1001,
  /** As many orders open as the limit allows. */
  OPEN_ORDERS: 1002,
  /** The book is stale: messages were lost, and no snapshot has come since. */
  STALE_BOOK: 1003,
  /** No price to judge the order by yet. */
  NO_PRICE: 1004,
  /** The price is not a whole number of ticks, or not a number. */
  PRICE_GRID: 1100,
  /** The size is not a whole number of lots above 0, or not a number. */
  SIZE_GRID: 1101,
  /** More lots than one order may have. */
  ORDER_SIZE: 1102,
  /** More value than one order may have. */
  NOTIONAL: 1103,
  /** Too far from the middle of the book. */
  PRICE_BAND: 1104,
  /** The position, with all open orders filled, would pass its limit. */
  POSITION: 1105,
  /** Fields that do not go together, as a market order that is post-only. */
  ORDER_FORM: 1106,
  /** The account does not cover the initial margin of the position, were all open orders of the side filled. */
  MARGIN: 1107,
  /** No such instrument in this session. */
  UNKNOWN_INSTRUMENT: 1200,
  /** The instrument has expired. */
  EXPIRED_INSTRUMENT: 1201,
  /** No such order, or it is done. */
  UNKNOWN_ORDER: 1202,
  /** A cancel or amend of this order is on its way already. */
  REQUEST_PENDING: 1203,
  /** The session is liquidating this account or has ended. */
  CLOSED: 1204,
  /** Trading is halted. */
  HALTED: 2000,
  /** There is nothing to trade against. */
  NO_LIQUIDITY: 2001,
  /** A post-only order that would have traded. */
  WOULD_CROSS: 2100,
  /** A reduce-only order that would not reduce. */
  NOT_REDUCING: 2101,
  /** A fill-or-kill order that could not be filled whole. */
  NOT_FILLED_WHOLE: 2102,
  /** Prevented from trading with an order of one's own. */
  SELF_TRADE: 2103,
  /** The rest of an immediate-or-cancel order. */
  NOT_IMMEDIATE: 2104,
  /** Its time was up. */
  TIME_UP: 2105,
  /** Came too late: the order was done. */
  TOO_LATE: 2200,
  /** The instrument expired with the order open. */
  DELISTED: 2201,
  /** Orders do not survive a split. */
  CORPORATE_ACTION: 2203,
  /** The account was liquidated here, and takes no more orders. */
  LIQUIDATED: 2202,
} as const;

/** A refusal's code. */
export type Code = (typeof Code)[keyof typeof Code];

const NAMES = new Map<number, string>(Object.entries(Code).map(([name, code]) => [code, name]));

/** The name of a code, "POSITION"; its number as text where it has none. */
export function codeName(code: number): string {
  return NAMES.get(code) ?? String(code);
}
