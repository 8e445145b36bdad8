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
  /** Nothing was heard of the instrument for longer than its data may be old. */
  STALE_DATA: 1005,
  /** The strategy was not called for longer than its limit, and has given no other sign of life. */
  HEARTBEAT: 1006,
  /** More orders and amends in one second than the limit. */
  ORDER_RATE: 1007,
  /** As many cancels in one second as the limit allows: no order that may have to be cancelled goes out. */
  CANCEL_RATE: 1008,
  /** Too many orders and amends for each fill. */
  ORDER_TO_TRADE: 1009,
  /** Trading is halted, as far as we know. */
  INSTRUMENT_HALTED: 1010,
  /** The session is paused by the kill switch; cancels still go through. */
  PAUSED: 1020,
  /** Held by a command from outside. */
  HELD: 1021,
  /** Circuit breakers: the price stayed outside its bands. */
  BANDS: 1022,
  /** The price jumped. */
  PRICE_JUMP: 1023,
  /** The spread is too wide. */
  WIDE_SPREAD: 1024,
  /** No message of the market for too long. */
  FEED_SILENT: 1025,
  /** Messages were lost. */
  FEED_GAP: 1026,
  /** The best bid is above the best ask. */
  CROSSED_BOOK: 1027,
  /** Post-trade limits: the day's loss; orders are taken again the next day. */
  DAILY_LOSS: 1028,
  /** A position was held for too long. */
  POSITION_AGE: 1029,
  /** As many parent orders are live as may be. */
  PARENTS: 1040,
  /** As many groups of linked orders are live as may be. */
  LINK_GROUPS: 1050,
  /** A router reaches no venue: each is stale, halted, silent, rejecting or left out. */
  NO_VENUE: 1060,
  /** As many routes are at work as a router takes. */
  OPEN_ROUTES: 1061,
  /** A route has used up its rounds, with something left. */
  ROUTE_ROUNDS: 1062,
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
  /** Fewer lots than an order must have. */
  ORDER_SIZE_MIN: 1108,
  /** Less value than an order must have. */
  NOTIONAL_MIN: 1109,
  /** Too far from the last price. */
  COLLAR_LAST: 1110,
  /** Too far from the reference price. */
  COLLAR_REFERENCE: 1111,
  /** A reduce-only order of more lots than the position it would reduce. */
  REDUCE_ONLY: 1112,
  /** It could trade with an order of our own. */
  OWN_ORDER: 1113,
  /** More lots would be sold short than may be. */
  SHORT_SELLING: 1114,
  /** The value of all positions, with all open orders filled, would pass its limit. */
  GROSS_EXPOSURE: 1115,
  /** Long less short value, with all open orders of the side filled, would pass its limit. */
  NET_EXPOSURE: 1116,
  /** One instrument would be too large a share of it all. */
  CONCENTRATION: 1117,
  /** Gross exposure would be too many times the equity. */
  LEVERAGE: 1118,
  /** The cash does not pay for it and for all that is open. */
  CASH: 1119,
  /** Only orders that reduce the position pass for now, together with those that are open. */
  NOT_REDUCING_POSITION: 1120,
  /** The client's own id stands for another order already. */
  CLIENT_ID_REUSED: 1180,
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
  /** The instrument is on the restricted list. */
  RESTRICTED: 1205,
  /** A limit is not stated, and what is not stated is not allowed. */
  LIMIT_MISSING: 1206,
  /** There is no account to hold the order against. */
  NO_ACCOUNT: 1207,
  /** The kill switch was thrown: nothing leaves before it is reset. */
  KILLED: 1220,
  /** Post-trade limits: equity fell too far below its peak. */
  DRAWDOWN: 1221,
  /** Too many losing round trips in a row. */
  LOSS_STREAK: 1222,
  /** Equity moved too much in too short a time. */
  PNL_JUMP: 1223,
  /** Fills were too far from the middle of the book at which they were sent. */
  SLIPPAGE: 1224,
  /** Compliance: own buys and sells at one price. */
  WASH_TRADE: 1225,
  /** Orders layered on one side and cancelled around a fill on the other. */
  LAYERING: 1226,
  /** Own trades that moved the price, and then the other way. */
  MOMENTUM_IGNITION: 1227,
  /** A command was to end what does not hold. */
  NOTHING_HELD: 1228,
  /** Risk refused too many orders: a strategy that runs into its limits again and again is not right. */
  REFUSALS: 1229,
  /** The client's own id is older than those that are remembered: it may have been sent. */
  CLIENT_ID_OLD: 1280,
  /** An execution older than those that are remembered: it may have been booked. */
  EXECUTION_OLD: 1281,
  /** Trading is halted. */
  HALTED: 2000,
  /** There is nothing to trade against. */
  NO_LIQUIDITY: 2001,
  /** The exchange asks for fewer requests. */
  THROTTLED: 2002,
  /** The exchange is overloaded, or about to stop. */
  VENUE_BUSY: 2003,
  /** The exchange takes no request with our time on it: its clock and ours are too far apart. */
  CLOCK_OFF: 2004,
  /** There is no connection to the exchange: nothing was sent. */
  NOT_CONNECTED: 2005,
  /** A fill came in between, and what was asked no longer fits: the order goes on as it was. */
  FILLED_MEANWHILE: 2006,
  /** No answer came, and the exchange says that nothing was done. */
  NO_ANSWER: 2007,
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
  /** An exchange's refusal that we have no word for: its own stand in the reason. */
  VENUE_REFUSED: 2204,
  /** The key may not do this: unknown, not signed as it should be, or without the permission. */
  NOT_PERMITTED: 2205,
} as const;

/** A refusal's code. */
export type Code = (typeof Code)[keyof typeof Code];

const NAMES = new Map<number, string>(Object.entries(Code).map(([name, code]) => [code, name]));

/** The name of a code, "POSITION"; its number as text where it has none. */
export function codeName(code: number): string {
  return NAMES.get(code) ?? String(code);
}
