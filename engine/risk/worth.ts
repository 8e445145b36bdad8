import type { Valuation } from "../account/valuation.ts";
import { POWERS_OF_TEN } from "../core/decimal.ts";
import { Money } from "../core/money.ts";

/**
 * What lots are worth, as single numbers that risk can compare: minor units of the settlement currency.
 *
 * - Linear and quanto: exact while below 2^53 units; above, rounded as floats are.
 * - Inverse: lots × multiplier ÷ price, rounded as floats are; a price that is not above 0 gives NaN.
 * - The sign of a price does not count: exposure is a size.
 *
 * Each call is constant and allocates nothing.
 */
export class Worth {
  /** By instrument: minor units of a lot at a price of one tick. */
  readonly #units: Float64Array;
  readonly #inverse: Uint8Array;
  /** By instrument: minor units in one of whole currency. */
  readonly #whole: Float64Array;
  /** By instrument: mantissa and power of ten of lot × multiplier. */
  readonly #lot: Float64Array;
  readonly #lotPower: Float64Array;

  constructor(valuation: Valuation) {
    const { instruments } = valuation, scratch = new Money();
    this.#units = Float64Array.from(instruments, (_, i) => valuation.value(i, 1, 1, scratch).toNumber(0));
    this.#inverse = Uint8Array.from(valuation.direction, (direction) => direction < 0 ? 1 : 0);
    this.#whole = Float64Array.from(valuation.scales, (scale) => POWERS_OF_TEN[scale]);
    this.#lot = Float64Array.from(instruments, ({ lot, multiplier }) => lot.mantissa * multiplier.mantissa);
    this.#lotPower = Float64Array.from(
      instruments,
      ({ lot, multiplier }) => POWERS_OF_TEN[lot.decimals + multiplier.decimals],
    );
  }

  /** Minor units of `lots` at a price in half ticks. */
  units(instrument: number, lots: number, price2: number): number {
    if (this.#inverse[instrument] === 0) return lots * Math.abs(price2) * this.#units[instrument] / 2;
    return price2 > 0 ? 2 * lots * this.#units[instrument] / price2 : NaN;
  }

  /** 1 where who buys pays, -1 where who sells does, as of inverse contracts. */
  payer(instrument: number): number {
    return this.#inverse[instrument] === 0 ? 1 : -1;
  }

  /** Minor units that the payer of a lot at a price in half ticks takes out of the cash, rounded up, and never below 0. */
  paid(instrument: number, price2: number): number {
    if (this.#inverse[instrument] === 0) return Math.max(0, Math.ceil(price2 * this.#units[instrument] / 2));
    return price2 > 0 ? Math.ceil(2 * this.#units[instrument] / price2) : NaN;
  }

  /** Whole currency of minor units. */
  whole(instrument: number, units: number): number {
    return units / this.#whole[instrument];
  }

  /** Minor units in one of whole currency. */
  wholeUnits(instrument: number): number {
    return this.#whole[instrument];
  }

  /** Value of an order as its limit counts it, in whole currency; of an inverse contract size × multiplier. */
  notional(instrument: number, lots: number, price2: number): number {
    if (this.#inverse[instrument] !== 0) return lots * this.#lot[instrument] / this.#lotPower[instrument];
    return this.units(instrument, lots, price2) / this.#whole[instrument];
  }
}
