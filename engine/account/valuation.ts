import { type Decimal, POWERS_OF_TEN } from "../core/decimal.ts";
import type { Instrument } from "../core/instrument.ts";
import type { Money } from "../core/money.ts";

/** Decimals that every amount of money has at least. */
const SCALE_MIN = 8;
const SCALE_MAX = 18;
/** Below this every integer is exact in a number, and so is a product of integers. */
const EXACT = 2 ** 53;

/**
 * What ticks and lots are worth: the currencies of a session's instruments, the scale of each, and the value of a
 * number of lots at a price, in minor units.
 *
 * - Currencies are numbered in the order in which the instruments first name them. The scale of a currency is 8, or
 *   more where the instruments that settle in it need more: decimals of tick + lot + multiplier + 1, at most 18. The one
 *   beyond makes the middle of two ticks exact too.
 * - linear and quanto: value = ticks × lots × units, exact. A quanto's multiplier states what one unit of price and size
 *   is worth in the settlement currency, so no exchange rate is needed.
 * - inverse (COIN-M): value = lots × units ÷ ticks in the base currency, rounded half away from zero at the scale: once
 *   for each fill and each mark. Its price must be above 0.
 *
 * Marks are in half ticks (`mark2` = bid + ask of the middle, or 2 × price), so that the middle is an integer.
 *
 * | operation | cost |
 * |---|---|
 * | value, markValue | one or two multiplications; inverse: one division more |
 * | markUnits | two multiplications |
 *
 * Throws RangeError at construction where an instrument needs more than 18 decimals, or one tick and lot 2^53 units.
 *
 * @example
 * ```ts
 * import { instrument } from "../core/instrument.ts";
 * import { Money } from "../core/money.ts";
 * import { Valuation } from "./valuation.ts";
 * const btc = instrument({ symbol: "BTCUSDT", venue: "binance-usdm", tick: "0.1", lot: "0.001", currency: "USDT" });
 * const valuation = new Valuation([btc]);
 * const value = valuation.value(0, 618002, 1, new Money());
 * if (value.toString(valuation.scales[0]) !== "61.80020000") throw new Error("unexpected");
 * ```
 */
export class Valuation {
  /** Names of the settlement currencies. */
  readonly currencies: readonly string[];
  /** Scale of each currency's money. */
  readonly currencyScales: Uint8Array;
  /** By instrument: the number of its settlement currency. */
  readonly currencyOf: Int32Array;
  /** By instrument: the scale of its money. */
  readonly scales: Uint8Array;
  /** By instrument: 1, or -1 for inverse ones, where who buys lots gives away value in the base currency. */
  readonly direction: Int8Array;
  /** By instrument: minor units of a tick and lot; for inverse ones, of a lot at a price of 1, before the tick. */
  readonly #units: Float64Array;
  /** By instrument: minor units of half a tick and a lot; NaN where they are no integer, and on inverse ones. */
  readonly #halfUnits: Float64Array;
  /** By instrument: 0 where the value is linear, else the tick's mantissa, by which the price divides. */
  readonly #divisor: Float64Array;

  constructor(readonly instruments: readonly Instrument[]) {
    const count = instruments.length;
    this.currencies = [...new Set(instruments.map((each) => each.currency))];
    this.currencyOf = Int32Array.from(instruments, (each) => this.currencies.indexOf(each.currency));
    this.currencyScales = new Uint8Array(this.currencies.length).fill(SCALE_MIN);
    instruments.forEach((each, i) => {
      const scale = Math.max(this.currencyScales[this.currencyOf[i]], scaleOf(each));
      this.currencyScales[this.currencyOf[i]] = scale;
    });
    this.scales = Uint8Array.from(this.currencyOf, (currency) => this.currencyScales[currency]);
    this.direction = new Int8Array(count).fill(1);
    this.#units = new Float64Array(count);
    this.#halfUnits = new Float64Array(count);
    this.#divisor = new Float64Array(count);
    instruments.forEach((each, i) => {
      const inverse = each.kind === "inverse";
      if (inverse) {
        this.direction[i] = -1;
        this.#divisor[i] = each.tick.mantissa;
      }
      const units = this.#units[i] = unitsOf(each, this.scales[i], inverse);
      this.#halfUnits[i] = inverse || units % 2 !== 0 ? NaN : units / 2;
    });
  }

  /** Sets `into` to the value of `lots` (signed: a short position's is negative) at a price in ticks, and returns it. */
  value(instrument: number, price: number, lots: number, into: Money): Money {
    const divisor = this.#divisor[instrument];
    if (divisor === 0) return into.clear().addProduct3(price, lots, this.#units[instrument]);
    if (!(price > 0)) throw this.#notAbove0(instrument, price);
    return into.clear().addProduct(lots, this.#units[instrument]).mulDiv(1, price * divisor);
  }

  /** Sets `into` to the value of `lots` (signed) at a mark in half ticks, and returns it. */
  markValue(instrument: number, mark2: number, lots: number, into: Money): Money {
    return this.markFraction(instrument, mark2, lots, 1, into);
  }

  /** As markValue, as one number where that is exact; else NaN. */
  markUnits(instrument: number, mark2: number, lots: number): number {
    const value = mark2 * lots * this.#halfUnits[instrument];
    return value > -EXACT && value < EXACT ? value : NaN;
  }

  /** As markValue, of lots ÷ `parts`, rounded once. */
  markFraction(instrument: number, mark2: number, lots: number, parts: number, into: Money): Money {
    const divisor = this.#divisor[instrument];
    if (divisor === 0) return into.clear().addProduct3(mark2, lots, this.#units[instrument]).mulDiv(1, 2 * parts);
    if (!(mark2 > 0)) throw this.#notAbove0(instrument, mark2 / 2);
    return into.clear().addProduct3(lots, 2, this.#units[instrument]).mulDiv(1, mark2 * divisor * parts);
  }

  /** The number of a currency by its name; RangeError where no instrument settles in it. */
  currency(name: string): number {
    const index = this.currencies.indexOf(name);
    if (index < 0) {
      throw new RangeError(
        `Cannot account in ${name}: no instrument settles in it; the currencies are ${this.currencies.join(", ")}`,
      );
    }
    return index;
  }

  #notAbove0(instrument: number, price: number): RangeError {
    const { symbol } = this.instruments[instrument];
    return new RangeError(`Cannot value inverse ${symbol}: the price is ${price} ticks; it must be above 0`);
  }
}

function scaleOf({ symbol, tick, lot, multiplier }: Instrument): number {
  const needed = tick.decimals + lot.decimals + multiplier.decimals;
  if (needed > SCALE_MAX) {
    throw new RangeError(
      `Cannot account for ${symbol}: tick, lot and multiplier have ${needed} decimals together; at most ${SCALE_MAX} are kept`,
    );
  }
  return Math.max(SCALE_MIN, Math.min(SCALE_MAX, needed + 1));
}

function unitsOf({ symbol, tick, lot, multiplier }: Instrument, scale: number, inverse: boolean): number {
  const factors: Decimal[] = inverse ? [lot, multiplier] : [tick, lot, multiplier];
  let units = inverse ? POWERS_OF_TEN[tick.decimals] : 1;
  let shift = scale;
  for (const { mantissa, decimals } of factors) {
    units *= mantissa;
    shift -= decimals;
  }
  units *= POWERS_OF_TEN[shift];
  if (!(units < EXACT)) {
    throw new RangeError(
      `Cannot account for ${symbol}: a tick of a lot is ${units} units of 1e-${scale}; it must be below 2^53, so use a larger tick or lot in the instruments of its currency`,
    );
  }
  return units;
}
