import type { AmountTarget, AmountView } from "../core/amount.ts";
import { decimalUnits } from "../core/decimal.ts";
import { Money } from "../core/money.ts";
import { type Execution, type FeeModel, type FeeRates, FREE } from "./fee_model.ts";

/** Decimals by instrument that amounts of its currency are kept with; a `Valuation` has them. */
interface Scales {
  readonly scales: ArrayLike<number>;
}

/**
 * Fees as the exchange says them, fill by fill; where it says nothing, as the model has them.
 *
 * - What is said with more decimals than money is kept with is rounded half away from zero.
 */
export class ToldFees implements FeeModel {
  /** What the next fill costs, in its instrument's currency; taken by that fill. */
  told: string | undefined;
  readonly #model: FeeModel;
  readonly #valuation: Scales;

  constructor(model: FeeModel, valuation: Scales) {
    this.#model = model;
    this.#valuation = valuation;
  }

  fee(execution: Readonly<Execution>, notional: AmountView, into: AmountTarget): void {
    const { told } = this;
    if (told === undefined) return this.#model.fee(execution, notional, into);
    this.told = undefined;
    into.set(toldMoney(told, this.#valuation.scales[execution.instrument]));
  }

  rates(instrument: number, liquidity: number): FeeRates {
    return this.#model.rates?.(instrument, liquidity) ?? FREE;
  }

  save(): unknown {
    return this.#model.save?.();
  }

  load(state: unknown): void {
    this.#model.load?.(state);
  }
}

/**
 * An amount that an exchange says, with as many decimals as money is kept with: rounded half away from zero. Throws RangeError for what is
 * no decimal, or more than money can be.
 */
export function toldMoney(text: string, scale: number): Money {
  return Money.fromBigInt(decimalUnits(text, scale));
}
