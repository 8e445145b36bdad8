import { type Decimal, parseDecimal, POWERS_OF_TEN } from "../core/decimal.ts";
import { toFloat } from "../core/instrument.ts";
import { type Amount, Money } from "../core/money.ts";
import type { Account } from "./account.ts";
import type { Valuation } from "./valuation.ts";
import type { Keeper } from "../core/stateful.ts";

/**
 * Says what money positions need, and when they are taken away. Marks are in half ticks, one for each instrument.
 *
 * The session asks `breached` of an instrument after its mark or its position changed. Where it is true it closes the
 * position by market orders, after cancelling what is open; risk asks `admits` before an order goes out.
 */
export interface MarginModel extends Keeper {
  /** Whether positions of a currency stand together, and go together when one is breached. */
  readonly shared: boolean;
  /** Sets `into` to the margin that opening a position of `lots` at a mark takes, and returns it. */
  initial(instrument: number, lots: number, mark2: number, into: Money): Money;
  /** Sets `into` to the margin that keeping a position of `lots` at a mark takes, and returns it. */
  maintenance(instrument: number, lots: number, mark2: number, into: Money): Money;
  /** True where the account can carry the position that trading `lots` more (signed) would leave; always to reduce. */
  admits(account: Account, instrument: number, lots: number, marks2: ArrayLike<number>): boolean;
  /** What the last `admits` that said no held against each other, in the instrument's currency; absent where nobody can say. */
  readonly asked?: { readonly have: Amount; readonly need: Amount };
  /** True where the position must be liquidated. */
  breached(account: Account, instrument: number, marks2: ArrayLike<number>): boolean;
  /** The price at which it would be, all else as it is, in whole currency, for display; NaN where there is none. */
  liquidationPrice(account: Account, instrument: number, marks2: ArrayLike<number>): number;
}

/** How a margin model is set: rates of value as decimals. */
export interface MarginSpec {
  /** isolated: each position stands on its own margin. cross: all of a currency stand together. */
  readonly mode: "isolated" | "cross";
  /** Above 0, at most 1: "0.05" is a leverage of 20. */
  readonly initial: string;
  /** 0 or more, below initial. */
  readonly maintenance: string;
}

/** A margin model was asked to cover an instrument whose case it does not know. */
export class UnsupportedMarginError extends RangeError {
  override name = "UnsupportedMarginError";
  readonly code = "MARGIN_UNSUPPORTED";
}

/** No margin: every position is carried, whatever it loses. The default. */
export class NoMargin implements MarginModel {
  readonly shared = false;

  initial(_instrument: number, _lots: number, _mark2: number, into: Money): Money {
    return into.clear();
  }

  maintenance(_instrument: number, _lots: number, _mark2: number, into: Money): Money {
    return into.clear();
  }

  admits(): boolean {
    return true;
  }

  breached(): boolean {
    return false;
  }

  liquidationPrice(): number {
    return NaN;
  }
}

/**
 * Margin as a fixed share of the value at the mark, for linear instruments.
 *
 * - One rate for all instruments and sizes: no brackets that rise with the position, as exchanges have.
 * - The mark is the session's own (the middle of the book, or the last price), not an index that an exchange computes.
 * - cross: the positions of a currency are liquidated, all of them, when its equity is below the sum of their
 *   maintenance margins. Profit that is not realised counts as margin.
 * - isolated: a position has cost × initial as its margin, and is liquidated alone when margin + unrealised is below its
 *   maintenance margin. Fees and funding come from the wallet, not from that margin. A new position must be covered by
 *   the wallet less the margins of the others; profit of theirs that is not realised does not count.
 * - No liquidation fee, no insurance fund, no partial liquidation: the whole position goes at what the book then gives,
 *   and may lose more than its margin.
 * - An order is judged when it is submitted or amended, together with all open orders of its side in its instrument, as if
 *   all were filled at the mark. Open orders in other instruments reserve no margin.
 *
 * Amounts round half away from zero at the scale of the currency.
 *
 * @example
 * ```ts
 * import { instrument } from "../core/instrument.ts";
 * import { Money } from "../core/money.ts";
 * import { Account } from "./account.ts";
 * import { marginModel } from "./margin.ts";
 * const account = new Account([instrument({ symbol: "X", venue: "v", tick: "0.01", lot: "1" })], { cash: { USD: "100" } });
 * const margin = marginModel({ mode: "cross", initial: "0.1", maintenance: "0.05" }, account.valuation);
 * account.fill(0, 1, 10_000, 9, new Money()); // 900.00 on 100.00
 * if (margin.breached(account, 0, [20_000]) || !margin.breached(account, 0, [18_700])) throw new Error("unexpected");
 * ```
 */
export class LinearMargin implements MarginModel {
  readonly shared: boolean;
  readonly #valuation: Valuation;
  readonly #isolated: boolean;
  readonly #initial: Decimal;
  readonly #maintenance: Decimal;
  readonly #have = new Money();
  readonly #need = new Money();
  readonly #one = new Money();

  /** RangeError where a rate is out of its bounds; UnsupportedMarginError for an inverse or quanto instrument. */
  constructor(spec: MarginSpec, valuation: Valuation) {
    const { mode } = spec;
    if (mode !== "isolated" && mode !== "cross") {
      throw new RangeError(`Cannot set margin: mode is ${JSON.stringify(mode)}; it is "isolated" or "cross"`);
    }
    const initial = parseRate("initial", spec.initial);
    const maintenance = parseRate("maintenance", spec.maintenance);
    if (!(toFloat(initial) > 0 && toFloat(initial) <= 1)) {
      throw new RangeError(`Cannot set margin: initial is ${spec.initial}; it must be above 0 and at most 1`);
    }
    if (!(toFloat(maintenance) >= 0 && toFloat(maintenance) < toFloat(initial))) {
      throw new RangeError(
        `Cannot set margin: maintenance is ${spec.maintenance}; it must be 0 or more and below initial, ${spec.initial}`,
      );
    }
    for (const { symbol, kind } of valuation.instruments) {
      if (kind === "linear") continue;
      throw new UnsupportedMarginError(
        `Cannot use margin model ${mode} with ${kind} instrument ${symbol}: not supported; use margin none, or leave the instrument out`,
      );
    }
    this.#valuation = valuation;
    this.#isolated = mode === "isolated";
    this.shared = mode === "cross";
    this.#initial = initial;
    this.#maintenance = maintenance;
  }

  initial(instrument: number, lots: number, mark2: number, into: Money): Money {
    return share(this.#valuation.markValue(instrument, mark2, lots, into), this.#initial);
  }

  maintenance(instrument: number, lots: number, mark2: number, into: Money): Money {
    return share(this.#valuation.markValue(instrument, mark2, lots, into), this.#maintenance);
  }

  get asked(): { readonly have: Amount; readonly need: Amount } {
    return { have: this.#have, need: this.#need };
  }

  admits(account: Account, instrument: number, lots: number, marks2: ArrayLike<number>): boolean {
    const held = account.position(instrument);
    if (Math.abs(held + lots) <= Math.abs(held)) return true;
    const { currencyOf } = this.#valuation;
    const currency = currencyOf[instrument];
    const have = this.#have;
    if (this.#isolated) account.wallet(currency, have);
    else account.equity(currency, marks2, have);
    const need = this.initial(instrument, held + lots, marks2[instrument], this.#need);
    for (let i = 0; i < currencyOf.length; i++) {
      if (currencyOf[i] !== currency || i === instrument || account.position(i) === 0) continue;
      need.add(
        this.#isolated ? this.#ownMargin(account, i) : this.initial(i, account.position(i), marks2[i], this.#one),
      );
    }
    return have.compare(need) >= 0;
  }

  breached(account: Account, instrument: number, marks2: ArrayLike<number>): boolean {
    const lots = account.position(instrument);
    if (lots === 0) return false;
    const have = this.#have;
    if (this.#isolated) {
      account.unrealised(instrument, marks2[instrument], have).add(this.#ownMargin(account, instrument));
      return have.compare(this.maintenance(instrument, lots, marks2[instrument], this.#need)) < 0;
    }
    const currency = this.#valuation.currencyOf[instrument];
    account.equity(currency, marks2, have);
    return have.compare(this.#maintenanceOfAll(account, currency, marks2)) < 0;
  }

  liquidationPrice(account: Account, instrument: number, marks2: ArrayLike<number>): number {
    const lots = account.position(instrument);
    if (lots === 0) return NaN;
    const { instruments, scales, currencyOf } = this.#valuation;
    const { tickSize, lotSize, contract } = instruments[instrument];
    const scale = scales[instrument];
    const side = lots > 0 ? 1 : -1;
    const size = Math.abs(lots) * lotSize * contract;
    const rate = toFloat(this.#maintenance);
    // Solved for the price m: spare + side × size × m = rest + rate × size × m.
    let spare: number;
    let rest = 0;
    if (this.#isolated) {
      spare = this.#ownMargin(account, instrument).toNumber(scale) - account.cost(instrument).toNumber(scale);
    } else {
      const mark = marks2[instrument] / 2 * tickSize;
      const equity = account.equity(currencyOf[instrument], marks2, this.#have).toNumber(scale);
      spare = equity - side * size * mark;
      const all = this.#maintenanceOfAll(account, currencyOf[instrument], marks2).toNumber(scale);
      rest = all - rate * size * mark;
    }
    const price = (rest - spare) / (size * (side - rate));
    return price > 0 ? price : NaN;
  }

  /** Nothing: it goes by its rates alone. */
  save(): null {
    return null;
  }

  /** The margin that an isolated position was given when it was opened. */
  #ownMargin(account: Account, instrument: number): Money {
    return share(this.#one.set(account.cost(instrument)), this.#initial);
  }

  #maintenanceOfAll(account: Account, currency: number, marks2: ArrayLike<number>): Money {
    const { currencyOf } = this.#valuation;
    const need = this.#need.clear();
    for (let i = 0; i < currencyOf.length; i++) {
      const lots = currencyOf[i] === currency ? account.position(i) : 0;
      if (lots !== 0) need.add(this.maintenance(i, lots, marks2[i], this.#one));
    }
    return need;
  }
}

/** Builds a margin model: "none", or isolated or cross margin for linear instruments. */
export function marginModel(spec: MarginSpec | "none", valuation: Valuation): MarginModel {
  return spec === "none" ? new NoMargin() : new LinearMargin(spec, valuation);
}

/** Becomes its size times a rate. */
function share(value: Money, rate: Decimal): Money {
  return value.absolute().mulDiv(rate.mantissa, POWERS_OF_TEN[rate.decimals]);
}

function parseRate(name: string, text: string): Decimal {
  let rate: Decimal;
  try {
    rate = parseDecimal(text);
  } catch {
    throw new RangeError(`Cannot set margin: ${name} is ${JSON.stringify(text)}; it must be a decimal such as 0.05`);
  }
  if (rate.decimals > 9) throw new RangeError(`Cannot set margin: ${name} is ${text}; it may have 9 decimals at most`);
  return rate;
}
