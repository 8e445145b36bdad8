import { Code, codeName } from "../core/codes.ts";
import type { Refusal } from "./refusal.ts";

/** What to do about a refusal, by code, in words that follow a semicolon. */
export const REMEDIES: Readonly<Partial<Record<Code, string>>> = {
  [Code.WARMING_UP]: "wait until the strategy's warm-up is over",
  [Code.MESSAGE_RATE]: "send fewer requests: replace several by one, and wait a second",
  [Code.OPEN_ORDERS]: "cancel an open order first, or wait until one is filled",
  [Code.STALE_BOOK]: "wait for the next snapshot of the book",
  [Code.NO_PRICE]: "wait until its book has two sides and, for collarLast, until it has traded",
  [Code.STALE_DATA]: "wait for the next message of the market, or look at the feed's connection",
  [Code.HEARTBEAT]: "see why the strategy is not called, or let it call ctx.heartbeat()",
  [Code.ORDER_RATE]: "wait a second, or amend less often",
  [Code.CANCEL_RATE]: "wait a second, or cancel less often",
  [Code.ORDER_TO_TRADE]: "wait for fills, or quote less often",
  [Code.INSTRUMENT_HALTED]: "wait until trading goes on",
  [Code.PRICE_GRID]: "give prices in whole ticks, and none to an order without a limit",
  [Code.SIZE_GRID]: "give sizes in whole lots above 0",
  [Code.ORDER_SIZE]: "send fewer lots at a time",
  [Code.ORDER_SIZE_MIN]: "send more lots at a time",
  [Code.NOTIONAL]: "send fewer lots at a time",
  [Code.NOTIONAL_MIN]: "send more lots at a time",
  [Code.PRICE_BAND]: "move the price nearer to the middle of the book",
  [Code.COLLAR_LAST]: "move the price nearer to the last price",
  [Code.COLLAR_REFERENCE]: "move the price nearer to the reference price, or have that set",
  [Code.POSITION]: "send fewer lots, or cancel open orders of the side",
  [Code.ORDER_FORM]: "leave out what does not go with the order's type",
  [Code.MARGIN]: "send fewer lots, cancel open orders of the side, or put more cash in the account",
  [Code.REDUCE_ONLY]: "send no more lots than the position has, on its other side",
  [Code.OWN_ORDER]: "cancel the resting order first, or keep the price away from it",
  [Code.SHORT_SELLING]: "sell no more than is held, or have more lots located",
  [Code.GROSS_EXPOSURE]: "send fewer lots, or close positions",
  [Code.NET_EXPOSURE]: "send fewer lots, or balance them with the other side",
  [Code.CONCENTRATION]: "send fewer lots of this instrument",
  [Code.LEVERAGE]: "send fewer lots, close positions, or put more cash in the account",
  [Code.CASH]: "send fewer lots, cancel open orders that pay, or put more cash in the account",
  [Code.PAUSED]: "resume the session",
  [Code.HELD]: "have the hold taken back by command",
  [Code.BANDS]: "wait until the breaker's pause is over",
  [Code.PRICE_JUMP]: "wait until the breaker's pause is over, and the window has forgotten the jump",
  [Code.WIDE_SPREAD]: "wait until the spread is back within its limit, and the breaker's pause is over",
  [Code.FEED_SILENT]: "wait for the next message of the market",
  [Code.FEED_GAP]: "wait for the next snapshot of the book",
  [Code.CROSSED_BOOK]: "wait until the book is no longer crossed",
  [Code.DAILY_LOSS]: "wait for the next trading day",
  [Code.POSITION_AGE]: "close the position",
  [Code.LINK_GROUPS]: "cancel or close a group of linked orders first, or wait until one has ended",
  [Code.NOT_REDUCING_POSITION]: "send only what reduces the position, with all that is open on that side",
  [Code.KILLED]: "see why it was killed, and reset the kill switch",
  [Code.DRAWDOWN]: "see why, and release the guard by command",
  [Code.LOSS_STREAK]: "see why, and release the guard by command, or wait for its pause",
  [Code.PNL_JUMP]: "see why, and wait for the guard's pause",
  [Code.SLIPPAGE]: "see why, and release the guard by command, or wait for its pause",
  [Code.WASH_TRADE]: "see why, and release the guard by command",
  [Code.LAYERING]: "see why, and release the guard by command",
  [Code.MOMENTUM_IGNITION]: "see why, and release the guard by command",
  [Code.REFUSALS]: "see what was refused and why, and release the guard by command, or wait for its pause",
  [Code.UNKNOWN_INSTRUMENT]: "name one of ctx.instruments",
  [Code.EXPIRED_INSTRUMENT]: "trade another contract",
  [Code.CLOSED]: "nothing: the session has ended",
  [Code.RESTRICTED]: "nothing, as long as the instrument is on the list",
  [Code.LIMIT_MISSING]: 'state the limit, as a number or as "unlimited"',
  [Code.NO_ACCOUNT]: "give the session an account",
};

/** What to do about a code; by its range where it has no words of its own. */
export function remedy(code: Code): string {
  const own = REMEDIES[code];
  if (own !== undefined) return own;
  return ["try again later", "change the order, then try again", "nothing: it would be refused again"][
    Math.min(2, Math.floor(code / 100) % 10)
  ];
}

/**
 * A refusal in words: "POSITION: limit 500 lots (instruments.BTC), would be 512; send fewer lots, …".
 *
 * @example
 * ```ts
 * import { Code } from "../core/codes.ts";
 * import { refusalText } from "./remedies.ts";
 * const told = { code: Code.POSITION, check: "position", scope: "instruments.BTC", limit: 500, observed: 512, unit: "lots" };
 * if (!refusalText(told).startsWith("POSITION: limit 500 lots (instruments.BTC), would be 512;")) throw new Error("unexpected");
 * ```
 */
export function refusalText(refusal: Omit<Refusal, "instrument" | "text">): string {
  const { code, check, scope, limit, observed, unit } = refusal;
  if (code === 0) return "";
  const name = codeName(code), isLimit = limit === limit;
  const of = unit === "" ? "" : ` ${unit}`, whose = scope === "" ? "" : ` (${scope})`;
  const facts = isLimit
    ? `limit ${shown(limit)}${of}${whose}, would be ${shown(observed)}`
    : observed === observed
    ? `${check} is ${shown(observed)}${of}${whose}`
    : `${check}${whose}`;
  return `${name}: ${facts}; ${remedy(code)}`;
}

/** Twelve digits: money is exact before it is shown, and a share has no end. */
function shown(value: number): string {
  return String(Number(value.toPrecision(12)));
}
