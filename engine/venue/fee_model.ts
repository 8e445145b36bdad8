import type { AmountTarget, AmountView } from "../core/amount.ts";
import type { Decimal } from "../core/decimal.ts";
import type { Keeper } from "../core/stateful.ts";

/** What a fee model is told of a fill. One object is reused for all fills: keep numbers, not the object. */
export interface Execution {
  /** Index of the instrument in the session. */
  instrument: number;
  /** MAKER (0) or TAKER (1). */
  liquidity: number;
  /** Ticks. */
  price: number;
  /** Lots of this fill, above 0. */
  lots: number;
  /** Lots of the same order that were filled before this fill. */
  filledBefore: number;
  /** Whole seconds since 1970-01-01 UTC at the exchange. */
  readonly sec: number;
}

/** What a lot costs to trade, as far as it can be told before. */
export interface FeeRates {
  /** A share of the value; below 0 a rebate. */
  readonly rate: Decimal;
  /** An amount for each lot, in the settlement currency. */
  readonly lot: Decimal;
}

/** Nothing to pay. */
export const NOTHING: Decimal = { mantissa: 0, decimals: 0 };
/** It costs nothing, or nothing by size. */
export const FREE: FeeRates = { rate: NOTHING, lot: NOTHING };

/**
 * Says what a fill costs. A user's own model is one method.
 *
 * - A fee is charged for each fill when it happens, in the settlement currency; a negative fee is a rebate.
 * - It is a whole number of minor units of that currency: each fee is rounded half away from zero, once, at the scale
 *   of the money (see `Valuation`), and the roundings add up as a real exchange's do.
 * - Funding, borrowing and taxes are no fees.
 *
 * @example
 * ```ts
 * import type { FeeModel } from "./fee_model.ts";
 * const halfAPercent: FeeModel = { fee: (_execution, notional, into) => void into.set(notional).mulDiv(5, 1000) };
 * ```
 */
export interface FeeModel extends Keeper {
  /** Sets `into` to the fee of a fill whose value without sign is `notional`. */
  fee(execution: Readonly<Execution>, notional: AmountView, into: AmountTarget): void;
  /**
   * The rates of an instrument's next fill as MAKER or TAKER, by which a router compares venues: without what is paid by the
   * order or the fill. Where a model has no such method, a router takes it to be free unless its own table says otherwise.
   */
  rates?(instrument: number, liquidity: number): FeeRates;
}
