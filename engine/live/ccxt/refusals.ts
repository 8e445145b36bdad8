import { Code } from "../../core/codes.ts";
import type { Refusal } from "../refusals.ts";

/** What ccxt's classes of errors mean. A class that is not here means what the nearest of those above it does. */
const CODES: Readonly<Record<string, Code>> = {
  InsufficientFunds: Code.CASH,
  OrderNotFound: Code.TOO_LATE,
  OrderNotCached: Code.TOO_LATE,
  OrderImmediatelyFillable: Code.WOULD_CROSS,
  OrderNotFillable: Code.NOT_FILLED_WHOLE,
  DuplicateOrderId: Code.CLIENT_ID_REUSED,
  InvalidOrder: Code.ORDER_FORM,
  ArgumentsRequired: Code.ORDER_FORM,
  NotSupported: Code.ORDER_FORM,
  BadSymbol: Code.UNKNOWN_INSTRUMENT,
  MarketClosed: Code.HALTED,
  AuthenticationError: Code.NOT_PERMITTED,
  RestrictedLocation: Code.NOT_PERMITTED,
  RateLimitExceeded: Code.THROTTLED,
  DDoSProtection: Code.THROTTLED,
  InvalidNonce: Code.CLOCK_OFF,
  CancelPending: Code.REQUEST_PENDING,
  ExchangeError: Code.VENUE_REFUSED,
};

/**
 * What an error of ccxt's means; undefined where it says nothing of what became of the request (RequestTimeout, ExchangeNotAvailable
 * and any other error of the network, and whatever is none of ccxt's).
 */
export function ccxtRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  for (let at: object | null = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const code = CODES[at.constructor.name];
    if (code !== undefined) return { code, reason: `${error.constructor.name}: ${ccxtWords(error)}` };
  }
  return undefined;
}

/** What an error says, without the queries of addresses: signatures stand in them. */
export function ccxtWords(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.replaceAll(/(https?:\/\/[^\s?]*)\?\S*/g, "$1").slice(0, 300);
}
