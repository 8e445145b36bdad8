import type { Instrument } from "../core/instrument.ts";
import { POWERS_OF_TEN } from "../core/decimal.ts";
import { type Amount, Money } from "../core/money.ts";
import type { AccountOptions } from "./account_options.ts";
import { Holding, HOLDING_NUMBERS } from "./holding.ts";
import type { RoundTripSink } from "./round_trip_sink.ts";
import { Valuation } from "./valuation.ts";

/** Rates of funding are in 1e-9 of notional. */
const FUNDING_RATE_ONE = 1_000_000_000;
const ZERO: Amount = new Money();
/** One step of an amount's high limb, and the bound of exact integers. */
const LIMB = 2 ** 52;
const EXACT = 2 ** 53;

/**
 * One account over all instruments of a session: positions, cost, profit and loss, fees and cash, in exact integers.
 *
 * Positions are netted by instrument: a fill against the position reduces it, and a fill through zero closes it and
 * opens the other side. Profit is by average cost, which is kept as the total cost.
 *
 * - `balance` is −Σ price × signed size × multiplier of all fills, before fees. For inverse contracts it is in the base
 *   currency, and +Σ signed size × multiplier ÷ price: who buys contracts sells the base currency for them.
 * - `cash` of a currency is what it started with, plus the balances, funding and dividends of its instruments, less
 *   their fees: as if every fill were paid in full. `wallet` counts profit only when it is realised, as margin accounts
 *   show it. Equity is the same from either: cash + value at the marks = wallet + unrealised.
 * - Fees, funding and dividends are in the settlement currency.
 * - The fee of a fill through zero is split between the two round trips by lots, rounded half away from zero.
 * - Funding, dividends, splits and expiry act on the position of the moment, whatever is still on its way.
 *
 * | operation | cost |
 * |---|---|
 * | fill, fund, funded, dividend, split, settle | constant, nothing allocated |
 * | unrealised, pnl | constant, nothing allocated |
 * | equity, equityNumber, wallet | the number of instruments |
 * | equityLine | the number of prices |
 *
 * @example
 * ```ts
 * import { instrument } from "../core/instrument.ts";
 * import { Money } from "../core/money.ts";
 * import { Account } from "./account.ts";
 * const btc = instrument({ symbol: "BTCUSDT", venue: "binance-usdm", tick: "0.1", lot: "0.001", currency: "USDT" });
 * const account = new Account([btc], { cash: { USDT: "1000" } });
 * account.fill(0, 1, 618002, 2, Money.parse("0.0247", 8)); // buys 0.002 at 61800.2
 * account.fill(0, -1, 618102, 1, Money.parse("0.0124", 8)); // sells 0.001 at 61810.2
 * if (account.position(0) !== 1) throw new Error("unexpected");
 * if (account.realised(0).toString(8) !== "0.01000000") throw new Error("unexpected");
 * ```
 */
export class Account {
  /** What ticks and lots are worth, and the scales of all amounts. */
  readonly valuation: Valuation;
  readonly #holdings: readonly Holding[];
  readonly #start: readonly Money[];
  readonly #cash: readonly Money[];
  readonly #sink: RoundTripSink | undefined;
  readonly #value = new Money();
  readonly #part = new Money();
  readonly #fee = new Money();
  readonly #scratch = new Money();

  /** Takes a `Valuation` where several accounts share one. RangeError for cash in a currency of no instrument. */
  constructor(instruments: readonly Instrument[] | Valuation, options: AccountOptions = {}) {
    const valuation = instruments instanceof Valuation ? instruments : new Valuation(instruments);
    this.valuation = valuation;
    this.#holdings = valuation.instruments.map(() => new Holding());
    this.#start = valuation.currencies.map(() => new Money());
    for (const [name, text] of Object.entries(options.cash ?? {})) {
      const currency = valuation.currency(name);
      this.#start[currency].set(Money.parse(text, valuation.currencyScales[currency]));
    }
    this.#cash = this.#start.map((money) => new Money().set(money));
    this.#sink = options.sink;
  }

  /**
   * Takes a fill: `lots` bought (side 1) or sold (-1) at `price` ticks, for a fee (below zero: a rebate).
   *
   * RangeError where side, price or lots are not what a fill can have; nothing has changed then.
   */
  fill(instrument: number, side: number, price: number, lots: number, fee: Amount): void {
    const holding = this.#holdings[instrument];
    if (holding === undefined) throw unknownInstrument(instrument, this.#holdings.length);
    if (!(Number.isSafeInteger(lots) && lots > 0 && Number.isSafeInteger(price) && (side === 1 || side === -1))) {
      throw new RangeError(
        `Cannot take a fill: side ${side}, price ${price}, lots ${lots}; the side is 1 or -1, ticks and lots are integers, lots above 0`,
      );
    }
    const signed = side === 1 ? lots : -lots;
    const value = this.valuation.value(instrument, price, signed, this.#value);
    if (this.valuation.direction[instrument] === -1) value.negate();
    this.#cash[this.valuation.currencyOf[instrument]].subtract(value).subtract(fee);
    const held = holding.lots;
    if (held === 0 || held > 0 === side > 0) this.#open(instrument, holding, signed, value, fee);
    else if (lots <= Math.abs(held)) {
      holding.reduce(lots, Math.abs(held), value, this.#scratch);
      holding.lots = held + signed;
      holding.pay(fee);
      if (holding.lots === 0) this.#endTrip(instrument, holding, -side);
    } else this.#flip(instrument, holding, side, price, lots, value, fee);
  }

  /** Pays funding of `rate` (1e-9 of notional; above 0 longs pay) on the position's value at a mark in half ticks. */
  fund(instrument: number, rate: number, mark2: number): void {
    const holding = this.#holding(instrument);
    if (holding.lots === 0) return;
    const paid = this.valuation.markValue(instrument, mark2, holding.lots, this.#value).mulDiv(rate, FUNDING_RATE_ONE);
    this.#income(instrument, holding, holding.funding, paid.negate());
  }

  /** Books funding as somebody else says it: received, or paid where below 0; of no round trip where there is no position. */
  funded(instrument: number, received: Amount): void {
    this.#income(instrument, this.#holding(instrument), this.#holding(instrument).funding, received);
  }

  /** Pays a dividend of `ticks` per lot to a long position; a short one owes it. RangeError on an inverse contract. */
  dividend(instrument: number, ticks: number): void {
    const holding = this.#holding(instrument);
    if (this.valuation.direction[instrument] === -1) {
      const { symbol } = this.valuation.instruments[instrument];
      throw new RangeError(`Cannot pay a dividend: ${symbol} is inverse; only linear and quanto instruments pay any`);
    }
    if (holding.lots === 0) return;
    const received = this.valuation.value(instrument, ticks, holding.lots, this.#value);
    this.#income(instrument, holding, holding.dividends, received);
  }

  /**
   * Splits the position: each `denominator` lots become `numerator` lots.
   *
   * The position keeps its whole lots, towards zero. The fraction of a lot that is left is paid out in cash at the mark,
   * which is in half ticks from before the split, and counts as given up at that value: it is in balance and realised.
   */
  split(instrument: number, numerator: number, denominator: number, mark2: number): void {
    const holding = this.#holding(instrument);
    const held = holding.lots;
    const product = Math.abs(held) * numerator;
    if (!(isCount(numerator) && isCount(denominator) && Number.isSafeInteger(product))) {
      throw new RangeError(
        `Cannot split ${held} lots: the ratio is ${numerator} for ${denominator}; both must be integers above 0, and the lots stay below 2^53`,
      );
    }
    if (held === 0) return;
    const side = held > 0 ? 1 : -1;
    const whole = Math.floor(product / denominator);
    const rest = product - whole * denominator;
    holding.tripLots = Math.floor(holding.tripLots * numerator / denominator);
    if (rest !== 0) {
      // The rest is 1 ÷ denominator new lots each, which are 1 ÷ numerator old lots: the mark is one of old lots.
      const value = this.valuation.markFraction(instrument, mark2, -side * rest, numerator, this.#value);
      if (this.valuation.direction[instrument] === -1) value.negate();
      this.#cash[this.valuation.currencyOf[instrument]].subtract(value);
      holding.reduce(rest, product, value, this.#scratch);
    }
    holding.lots = side * whole + 0;
    if (whole === 0) this.#endTrip(instrument, holding, side);
  }

  /** Closes the position at the settlement price of an instrument that expires, without a fee. */
  settle(instrument: number, price: number): void {
    const held = this.#holding(instrument).lots;
    if (held !== 0) this.fill(instrument, held > 0 ? -1 : 1, price, Math.abs(held), ZERO);
  }

  /** The position in lots; below 0 is short. */
  position(instrument: number): number {
    return this.#holding(instrument).lots;
  }

  /** −Σ price × signed size × multiplier of all fills, before fees (see the class for inverse contracts). */
  balance(instrument: number): Amount {
    return this.#holding(instrument).balance;
  }

  /** The signed value at which the open position was taken on. */
  cost(instrument: number): Amount {
    return this.#holding(instrument).cost;
  }

  /** Fees paid, less rebates. */
  fees(instrument: number): Amount {
    return this.#holding(instrument).fees;
  }

  /** Profit less loss of what was closed, before fees. */
  realised(instrument: number): Amount {
    return this.#holding(instrument).realised;
  }

  /** Funding received, less paid. */
  funding(instrument: number): Amount {
    return this.#holding(instrument).funding;
  }

  /** Dividends received, less owed. */
  dividends(instrument: number): Amount {
    return this.#holding(instrument).dividends;
  }

  /** Positions closed so far, and those turned over. */
  roundTrips(instrument: number): number {
    return this.#holding(instrument).trips;
  }

  /** The average price of the open position in whole currency, for display; NaN when flat. */
  averagePrice(instrument: number): number {
    const { lots, cost } = this.#holding(instrument);
    if (lots === 0) return NaN;
    const { lotSize, contract } = this.valuation.instruments[instrument];
    const size = lots * lotSize * contract;
    const value = cost.toNumber(this.valuation.scales[instrument]);
    return this.valuation.direction[instrument] === -1 ? -size / value : value / size;
  }

  /** Sets `into` to what the open position would gain if it closed at a mark in half ticks, and returns it. */
  unrealised(instrument: number, mark2: number, into: Money): Money {
    return this.#marked(instrument, mark2, into.clear()).subtract(this.#holding(instrument).cost);
  }

  /** Sets `into` to balance + position at a mark in half ticks − fees + funding + dividends, and returns it. */
  pnl(instrument: number, mark2: number, into: Money): Money {
    const { balance, fees, funding, dividends } = this.#holding(instrument);
    return this.#marked(instrument, mark2, into.clear()).add(balance).subtract(fees).add(funding).add(dividends);
  }

  /** Cash of a currency, by its number in `valuation.currencies`. */
  cash(currency: number): Amount {
    return this.#cash[currency];
  }

  /** Cash of a currency at the start. */
  startingCash(currency: number): Amount {
    return this.#start[currency];
  }

  /** Sets `into` to start + realised − fees + funding + dividends of a currency, and returns it. */
  wallet(currency: number, into: Money): Money {
    const { currencyOf } = this.valuation;
    into.set(this.#cash[currency]);
    for (let i = 0; i < currencyOf.length; i++) if (currencyOf[i] === currency) into.add(this.#holdings[i].cost);
    return into;
  }

  /**
   * Sets `into` to cash + value of all positions of a currency, and returns it.
   *
   * `marks2` holds a mark in half ticks for each instrument; those of flat ones are not read.
   */
  equity(currency: number, marks2: ArrayLike<number>, into: Money): Money {
    const { currencyOf } = this.valuation;
    into.set(this.#cash[currency]);
    for (let i = 0; i < currencyOf.length; i++) {
      if (currencyOf[i] === currency) this.#marked(i, marks2[i], into);
    }
    return into;
  }

  /**
   * As equity, as a float in whole currency for figures and curves: the nearest one, as `toNumber` of the exact amount is.
   */
  equityNumber(currency: number, marks2: ArrayLike<number>): number {
    const { valuation } = this;
    const { currencyOf } = valuation;
    const cash = this.#cash[currency];
    // Amounts below 2^53 units, as nearly all are, add up in one number each and round once in the division.
    let units = cash.hi >= -1 && cash.hi <= 0 ? cash.hi * LIMB + cash.lo : NaN;
    for (let i = 0; i < currencyOf.length; i++) {
      const { lots } = this.#holdings[i];
      if (lots === 0 || currencyOf[i] !== currency) continue;
      units += valuation.markUnits(i, marks2[i], lots);
      if (!(units > -EXACT && units < EXACT)) break;
    }
    const scale = valuation.currencyScales[currency];
    if (units > -EXACT && units < EXACT) return units / POWERS_OF_TEN[scale];
    return this.equity(currency, marks2, this.#value).toNumber(scale);
  }

  /** As equityNumber at the prices `from` to `to` of the one instrument there is, in ticks; at the same places of `into`. */
  equityLine(prices: Float64Array, into: Float64Array, from: number, to: number): void {
    const instrument = 0;
    const { valuation } = this;
    const currency = valuation.currencyOf[instrument];
    const cash = this.#cash[currency];
    const { lots } = this.#holding(instrument);
    const start = cash.hi >= -1 && cash.hi <= 0 ? cash.hi * LIMB + cash.lo : NaN;
    const slope = lots === 0 ? 0 : valuation.markUnits(instrument, 2, lots);
    const one = POWERS_OF_TEN[valuation.currencyScales[currency]];
    for (let i = from; i < to; i++) {
      const value = slope * prices[i], units = start + value;
      if (value > -EXACT && value < EXACT && units > -EXACT && units < EXACT) into[i] = units / one;
      else into[i] = this.equityNumber(currency, [2 * prices[i]]);
    }
  }

  /** All state as plain numbers, for a later `restore`. */
  snapshot(): Float64Array {
    const state = new Float64Array(this.#holdings.length * HOLDING_NUMBERS + this.#cash.length * 2);
    this.#holdings.forEach((holding, i) => holding.snapshot(state, i * HOLDING_NUMBERS));
    this.#cash.forEach((money, i) => {
      const offset = this.#holdings.length * HOLDING_NUMBERS + i * 2;
      state[offset] = money.hi;
      state[offset + 1] = money.lo;
    });
    return state;
  }

  /** Takes back the state of an account over the same instruments, which started with the same cash. */
  restore(state: ArrayLike<number>): void {
    const expected = this.#holdings.length * HOLDING_NUMBERS + this.#cash.length * 2;
    if (state.length !== expected) {
      throw new RangeError(
        `Cannot restore an account: the snapshot holds ${state.length} numbers, not ${expected}; it is one of other instruments`,
      );
    }
    this.#holdings.forEach((holding, i) => holding.restore(state, i * HOLDING_NUMBERS));
    this.#cash.forEach((money, i) => {
      const offset = this.#holdings.length * HOLDING_NUMBERS + i * 2;
      money.setLimbs(state[offset], state[offset + 1]);
    });
  }

  #open(instrument: number, holding: Holding, signed: number, value: Amount, fee: Amount): void {
    const flat = holding.lots === 0;
    holding.open(signed, value);
    holding.pay(fee);
    if (flat) this.#sink?.onOpen?.(instrument, signed > 0 ? 1 : -1);
  }

  /** A fill through zero: the part that closes is valued by itself, the part that opens takes the rest of the total. */
  #flip(
    instrument: number,
    holding: Holding,
    side: number,
    price: number,
    lots: number,
    value: Money,
    fee: Amount,
  ): void {
    const closing = Math.abs(holding.lots);
    const part = this.valuation.value(instrument, price, side * closing, this.#part);
    if (this.valuation.direction[instrument] === -1) part.negate();
    const closingFee = this.#fee.set(fee).mulDiv(closing, lots);
    holding.reduce(1, 1, part, this.#scratch);
    holding.lots = 0;
    holding.pay(closingFee);
    this.#endTrip(instrument, holding, -side);
    const openingFee = closingFee.negate().add(fee);
    this.#open(instrument, holding, side * (lots - closing), value.subtract(part), openingFee);
  }

  #income(instrument: number, holding: Holding, kind: Money, received: Amount): void {
    kind.add(received);
    if (holding.lots !== 0) holding.tripIncome.add(received);
    this.#cash[this.valuation.currencyOf[instrument]].add(received);
  }

  /** Adds the signed value of a position at its mark. */
  #marked(instrument: number, mark2: number, into: Money): Money {
    const { lots } = this.#holding(instrument);
    if (lots === 0) return into;
    const value = this.valuation.markValue(instrument, mark2, lots, this.#scratch);
    return this.valuation.direction[instrument] === -1 ? into.subtract(value) : into.add(value);
  }

  #endTrip(instrument: number, holding: Holding, side: number): void {
    const sink = this.#sink;
    if (sink !== undefined) {
      const scale = this.valuation.scales[instrument];
      const sign = side * this.valuation.direction[instrument];
      sink.onRoundTrip(
        instrument,
        side,
        holding.tripLots,
        holding.tripEntry.toNumber(scale) * sign + 0,
        holding.tripExit.toNumber(scale) * sign + 0,
        holding.tripRealised.toNumber(scale),
        holding.tripFees.toNumber(scale),
        holding.tripIncome.toNumber(scale),
      );
    }
    holding.endTrip();
  }

  #holding(instrument: number): Holding {
    const holding = this.#holdings[instrument];
    if (holding === undefined) throw unknownInstrument(instrument, this.#holdings.length);
    return holding;
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function unknownInstrument(instrument: number, count: number): RangeError {
  return new RangeError(
    `Cannot account for an instrument: its index is ${instrument}; the account holds 0 to ${count - 1}`,
  );
}
