import type { Valuation } from "../account/valuation.ts";
import { closest } from "../core/closest.ts";
import { type Decimal, parseDecimal, POWERS_OF_TEN } from "../core/decimal.ts";
import { type Amount, Money } from "../core/money.ts";
import { type Execution, type FeeModel, type FeeRates, FREE, NOTHING } from "./fee_model.ts";
import { MAKER } from "./liquidity.ts";
import { parseVenues, venueModel } from "./venue_fees.ts";

/** Fees as a command line or a settings file states them: one of the three forms, decimals as text. */
export interface FeeSpec {
  /** Rate of value for orders that rested; with `taker`. Below 0: a rebate. */
  readonly maker?: string;
  /** Rate of value for orders that took; with `maker`. */
  readonly taker?: string;
  /** Amount for each lot. */
  readonly lot?: string;
  /** The least that an order pays once any of it is filled; with `lot`. */
  readonly minimum?: string;
  /** Amount for each fill. */
  readonly trade?: string;
  /** Fees of single venues, "okx", in place of these. */
  readonly venues?: Readonly<Record<string, FeeSpec>>;
}

/** A rate of a tiered model: it holds from a traded value of `from` on. */
export interface FeeTier {
  readonly from: string;
  readonly maker: string;
  readonly taker: string;
}

/** Charges nothing. */
export class NoFees implements FeeModel {
  fee(_execution: Readonly<Execution>, _notional: Amount, into: Money): void {
    into.clear();
  }

  rates(): FeeRates {
    return FREE;
  }
}

/**
 * A share of the value traded, by whether our order rested (maker) or took (taker).
 *
 * - The rate is the same at every size, hour and volume, and for every instrument.
 * - Each fill of an order is charged by its own side of the trade: one order can pay both rates.
 * - No discount for paying in an exchange's own token.
 *
 * Rates are exact decimals below 1 with up to 9 places; RangeError where they are not.
 *
 * @example
 * ```ts
 * import { Money } from "../core/money.ts";
 * import { ProportionalFees } from "./fees.ts";
 * const fee = new Money();
 * const execution = { instrument: 0, liquidity: 0, price: 618002, lots: 1, filledBefore: 0, sec: 0 };
 * new ProportionalFees("0.0002", "0.0007").fee(execution, Money.parse("61.8002", 8), fee);
 * if (fee.toString(8) !== "0.01236004") throw new Error("unexpected");
 * ```
 */
export class ProportionalFees implements FeeModel {
  readonly #maker: FeeRates;
  readonly #taker: FeeRates;

  constructor(maker: string, taker: string) {
    this.#maker = { rate: parseRate("maker", maker), lot: NOTHING };
    this.#taker = { rate: parseRate("taker", taker), lot: NOTHING };
  }

  fee({ liquidity }: Readonly<Execution>, notional: Amount, into: Money): void {
    const { rate } = liquidity === MAKER ? this.#maker : this.#taker;
    into.set(notional).mulDiv(rate.mantissa, POWERS_OF_TEN[rate.decimals]);
  }

  rates(_instrument: number, liquidity: number): FeeRates {
    return liquidity === MAKER ? this.#maker : this.#taker;
  }

  /** Nothing: it goes by its rates alone. */
  save(): null {
    return null;
  }
}

/**
 * An amount for each lot (each share, where a lot is one), and at least a minimum for each order.
 *
 * - The minimum is for the order, not for the fill: the first fill pays up to it, and later ones only what goes beyond.
 * - An order that is never filled pays nothing. An amended order is still the same order.
 * - The amount is the same in every settlement currency; no share of the value caps it.
 */
export class LotFees implements FeeModel {
  /** By instrument, in minor units. */
  readonly #perLot: Float64Array;
  readonly #minimum: Float64Array;
  readonly #before = new Money();
  readonly #floor = new Money();
  readonly #rates: FeeRates;

  constructor(perLot: string, minimum: string, valuation: Valuation) {
    this.#rates = { rate: NOTHING, lot: readPart("lot", perLot, () => parseDecimal(perLot)) };
    this.#perLot = unitsOf("lot", perLot, valuation);
    this.#minimum = unitsOf("minimum", minimum, valuation);
    if (this.#minimum.some((units) => units < 0)) throw bad("minimum", minimum, "it must be 0 or more");
    if (this.#minimum.some((units) => units > 0) && this.#perLot.some((units) => units < 0)) {
      throw bad("lot", perLot, "a rebate has no minimum; leave the minimum out");
    }
  }

  fee({ instrument, lots, filledBefore }: Readonly<Execution>, _notional: Amount, into: Money): void {
    const before = this.#total(instrument, filledBefore, this.#before);
    this.#total(instrument, filledBefore + lots, into).subtract(before);
  }

  rates(): FeeRates {
    return this.#rates;
  }

  /** What an order pays in all once `lots` of it are filled. */
  #total(instrument: number, lots: number, into: Money): Money {
    into.clear().addProduct(this.#perLot[instrument], lots);
    if (lots === 0 || this.#minimum[instrument] === 0) return into;
    const floor = this.#floor.clear().addProduct(this.#minimum[instrument], 1);
    return into.compare(floor) < 0 ? into.set(floor) : into;
  }

  /** Nothing: it goes by its rates alone. */
  save(): null {
    return null;
  }
}

/**
 * One amount for each fill, whatever its size.
 *
 * - An order that fills in three parts pays three times, as each is a trade at the exchange.
 * - The amount is the same in every settlement currency.
 */
export class FlatFees implements FeeModel {
  readonly #units: Float64Array;

  constructor(amount: string, valuation: Valuation) {
    this.#units = unitsOf("trade", amount, valuation);
  }

  fee({ instrument }: Readonly<Execution>, _notional: Amount, into: Money): void {
    into.clear().addProduct(this.#units[instrument], 1);
  }

  rates(): FeeRates {
    return FREE;
  }

  /** Nothing: it goes by its rates alone. */
  save(): null {
    return null;
  }
}

/**
 * Rates of value that change with the value traded so far.
 *
 * - The tier is the one that the volume before the fill has reached; a fill that passes a threshold still pays the old
 *   rate on all of it.
 * - Volume is ours alone, makers' and takers' together, counted for each settlement currency by itself, as amounts of
 *   different currencies cannot be added.
 * - With `days`, volume is that of the UTC day of the fill and the days − 1 before it, and changes tier at once, where
 *   exchanges often do at the next midnight. Without, it is all volume since the session began.
 * - Volume from before the session is not known: the session begins in the first tier.
 *
 * | operation | cost |
 * |---|---|
 * | fee | the number of tiers; on a new day also the days that passed, at most `days` |
 */
export class TieredFees implements FeeModel {
  readonly #tiers: readonly ProportionalFees[];
  readonly #currencyOf: Int32Array;
  /** By currency and tier: the volume at which it begins. */
  readonly #from: readonly (readonly Money[])[];
  /** By currency: volume that counts now, and the volume of each day of the window, day d at d modulo `days`. */
  readonly #volume: readonly Money[];
  readonly #daily: readonly (readonly Money[])[];
  readonly #days: number;
  #day = -Infinity;

  /** RangeError where the tiers are none, do not begin at 0 or do not rise, or `days` is not an integer of 1 to 366. */
  constructor(tiers: readonly FeeTier[], valuation: Valuation, options: { readonly days?: number } = {}) {
    const days = options.days ?? 0;
    if (options.days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= 366)) {
      throw bad("days", String(days), "it must be an integer of 1 to 366");
    }
    this.#tiers = tiers.map(({ maker, taker }) => new ProportionalFees(maker, taker));
    this.#currencyOf = valuation.currencyOf;
    this.#from = Array.from(
      valuation.currencyScales,
      (scale) => tiers.map(({ from }) => readPart("from", from, () => Money.parse(from, scale))),
    );
    for (const thresholds of this.#from) {
      thresholds.forEach((threshold, i) => {
        const fits = i === 0 ? threshold.isZero() : threshold.compare(thresholds[i - 1]) > 0;
        if (!fits) throw bad("from", tiers[i].from, "tiers begin at 0 and rise");
      });
    }
    if (tiers.length === 0) throw bad("tiers", "none", "name at least one, from 0");
    this.#volume = valuation.currencies.map(() => new Money());
    this.#daily = valuation.currencies.map(() => Array.from({ length: days }, () => new Money()));
    this.#days = days;
  }

  fee(execution: Readonly<Execution>, notional: Amount, into: Money): void {
    if (this.#days > 0) this.#roll(Math.floor(execution.sec / 86_400));
    const currency = this.#currencyOf[execution.instrument];
    this.#tiers[this.#tier(currency)].fee(execution, notional, into);
    this.#volume[currency].add(notional);
    if (this.#days > 0) this.#daily[currency][this.#slot(this.#day)].add(notional);
  }

  rates(instrument: number, liquidity: number): FeeRates {
    return this.#tiers[this.#tier(this.#currencyOf[instrument])].rates(instrument, liquidity);
  }

  #tier(currency: number): number {
    const from = this.#from[currency];
    let tier = from.length - 1;
    while (tier > 0 && this.#volume[currency].compare(from[tier]) < 0) tier--;
    return tier;
  }

  /** Forgets the days that have left the window. */
  #roll(day: number): void {
    if (day <= this.#day) return;
    const passed = Math.min(day - this.#day, this.#days);
    for (let currency = 0; currency < this.#daily.length; currency++) {
      for (let i = 0; i < passed; i++) {
        const slot = this.#daily[currency][this.#slot(day - i)];
        this.#volume[currency].subtract(slot);
        slot.clear();
      }
    }
    this.#day = day;
  }

  /** Where a day's volume stands; days before 1970 are negative. */
  #slot(day: number): number {
    const slot = day % this.#days;
    return slot < 0 ? slot + this.#days : slot;
  }

  save(): unknown {
    const limbs = (amounts: readonly Money[]) => amounts.flatMap(({ hi, lo }) => [hi, lo]);
    return [this.#day, limbs(this.#volume), limbs(this.#daily.flat())];
  }

  load(state: unknown): void {
    const [day, volume, daily] = state as [number, number[], number[]];
    this.#day = day;
    this.#volume.forEach((amount, i) => amount.setLimbs(volume[2 * i], volume[2 * i + 1]));
    this.#daily.flat().forEach((amount, i) => amount.setLimbs(daily[2 * i], daily[2 * i + 1]));
  }
}

const KEYS = ["maker", "taker", "lot", "minimum", "trade"] as const;
const FORMS = "maker=0.0002,taker=0.0007 or lot=0.005,minimum=1 or trade=0.5 or none";

/**
 * Reads fees as `--fees` takes them: "maker=0.0002,taker=0.0007", "lot=0.005,minimum=1", "trade=0.5" or "none"; and of
 * several venues "maker=0.0002,taker=0.0007; okx: maker=0.0008,taker=0.001", where what has no name is for all others.
 *
 * Throws RangeError that names the bad part, its value and what it may be.
 *
 * @example
 * ```ts
 * import { parseFees } from "./fees.ts";
 * const { maker, taker } = parseFees("maker=-0.0001,taker=0.0005");
 * if (maker !== "-0.0001" || taker !== "0.0005") throw new Error("unexpected");
 * ```
 */
export function parseFees(text: string): FeeSpec {
  return /[:;]/.test(text) ? parseVenues(text, parseForm) : parseForm(text);
}

function parseForm(text: string): FeeSpec {
  const trimmed = text.trim();
  if (trimmed === "none") return {};
  const spec: Record<string, string> = {};
  for (const part of trimmed.split(",")) {
    const [key, value, ...more] = part.split("=").map((each) => each.trim());
    if (!KEYS.some((known) => known === key)) {
      const where = `${JSON.stringify(part.trim())} in ${JSON.stringify(text)}`;
      throw new RangeError(`Cannot read fees: ${where} is no fee; ${closest(key, KEYS)} (Write ${FORMS})`);
    }
    if (key in spec) throw bad(key, value, "it is given twice; leave one out");
    if (!value || more.length > 0) throw bad(key, part.trim(), `write ${key}=NUMBER`);
    if (key === "maker" || key === "taker") parseRate(key, value);
    else readPart(key, value, () => parseDecimal(value));
    spec[key] = value;
  }
  checkForm(spec, text);
  return spec;
}

/** Builds the model of a spec; RangeError as its parts do not fit one another or the instruments' money. */
export function feeModel(spec: FeeSpec, valuation: Valuation): FeeModel {
  if (spec.venues !== undefined) return venueModel(spec.venues, { ...spec, venues: undefined }, valuation, feeModel);
  checkForm(spec, JSON.stringify(spec));
  if (spec.maker !== undefined && spec.taker !== undefined) return new ProportionalFees(spec.maker, spec.taker);
  if (spec.lot !== undefined) return new LotFees(spec.lot, spec.minimum ?? "0", valuation);
  if (spec.trade !== undefined) return new FlatFees(spec.trade, valuation);
  return new NoFees();
}

function checkForm(spec: FeeSpec, text: string): void {
  const { maker, taker, lot, minimum, trade } = spec;
  const forms = Number(maker !== undefined || taker !== undefined) +
    Number(lot !== undefined || minimum !== undefined) +
    Number(trade !== undefined);
  if (forms > 1) throw new RangeError(`Cannot read fees: ${text} mixes kinds of fee; write one of ${FORMS}`);
  if ((maker === undefined) !== (taker === undefined)) {
    const missing = maker === undefined ? "maker" : "taker";
    throw new RangeError(`Cannot read fees: ${missing} is missing in ${text}; write ${missing}=0 where it is free`);
  }
  if (minimum !== undefined && lot === undefined) {
    throw new RangeError(`Cannot read fees: lot is missing in ${text}; a minimum goes with an amount for each lot`);
  }
}

function parseRate(name: string, text: string): Decimal {
  const rate = readPart(name, text, () => parseDecimal(text));
  if (rate.decimals > 9) throw bad(name, text, "a rate has at most 9 decimals");
  if (Math.abs(rate.mantissa) >= POWERS_OF_TEN[rate.decimals]) {
    throw bad(name, text, "a rate is a share of the value below 1: 0.0007 is 7 basis points, 0.07 %");
  }
  return rate;
}

/** By instrument: an amount in minor units. */
function unitsOf(name: string, text: string, valuation: Valuation): Float64Array {
  return Float64Array.from(valuation.scales, (scale) => {
    const amount = readPart(name, text, () => Money.parse(text, scale));
    const units = amount.toNumber(0);
    if (!Number.isSafeInteger(units)) throw bad(name, text, `it must be below 2^53 units of 1e-${scale}`);
    return units;
  });
}

/** Reads a part, so that what cannot be read is told with the part's name. */
function readPart<T>(name: string, text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw bad(name, text, error.message.slice(error.message.indexOf(": ") + 2));
  }
}

function bad(name: string, text: string, remedy: string): RangeError {
  return new RangeError(`Cannot read fees: ${name} is ${JSON.stringify(text)}; ${remedy}`);
}
