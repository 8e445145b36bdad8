import type { Code } from "../core/codes.ts";

/** What risk needs to know of the account. */
export interface RiskAccount {
  /** Cash of a currency in its minor units. */
  cashUnits(currency: number): number;
  /** Equity of a currency in whole units, at marks in half ticks. */
  equity(currency: number, marks2: ArrayLike<number>): number;
}

/** What risk needs to know of the session beside the order. */
export interface RiskView {
  /** Session time. */
  readonly now: number;
  /** Twice the middle of our book in ticks, else twice the last price; NaN while there is neither. */
  mid2(instrument: number): number;
  /** The last price in ticks, NaN before the first. */
  last(instrument: number): number;
  /** What positions are valued at, by instrument in half ticks. */
  marks2(): ArrayLike<number>;
  /** Messages were lost. */
  stale(instrument: number): boolean;
  /** Trading is halted, as far as we know. */
  halted(instrument: number): boolean;
  expired(instrument: number): boolean;
  /** Session time of the last message of the market; -Infinity before the first. */
  heard(instrument: number): number;
  /** The number of the instrument's trading day. */
  tradingDay(instrument: number): number;
  position(instrument: number): number;
  /** Whether the account's margin carries `lots` more (signed): 0, or a code; absent where there is no margin. */
  margin?(instrument: number, lots: number): Code | 0;
  /** What the margin that was just refused would have needed, and what there was, in whole currency. */
  marginRefused?(instrument: number): { readonly have: number; readonly need: number } | undefined;
  /** Absent where there is none. */
  readonly account?: RiskAccount;
}
