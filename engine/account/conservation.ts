import { type Amount, Money } from "../core/money.ts";
import type { Account } from "./account.ts";
import type { Valuation } from "./valuation.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/** Below this every integer is exact in a number. */
const EXACT = 2 ** 53;

/** The account and its second book disagree: a bug in the engine, never a matter of input. */
export class ConservationError extends Error {
  override name = "ConservationError";
}

/**
 * A second, plainer book of the same events, which must agree with the account to the last unit after each of them.
 *
 * It knows no cost and no profit, only totals: lots bought and sold, ticks × lots, fees, and what corporate actions
 * changed. After each event it asks, of the instrument concerned, that
 *
 * - position = bought − sold + what splits added and took;
 * - balance = −Σ signed ticks × lots × units (inverse: −Σ signed values), plus what splits paid out;
 * - balance + cost = realised, and a flat position costs nothing;
 * - fees, funding and dividends are the totals of what was charged and paid;
 * - cash of its currency = start + all balances, funding and dividends − all fees.
 *
 * Call it with each event after the account has had it. An account that is not new is taken as it stands.
 *
 * | operation | cost |
 * |---|---|
 * | each event | constant: some twenty additions, three to five multiplications, nothing allocated |
 * | checkAll | the number of instruments |
 *
 * @example
 * ```ts
 * import { instrument } from "../core/instrument.ts";
 * import { Money } from "../core/money.ts";
 * import { Account } from "./account.ts";
 * import { Conservation } from "./conservation.ts";
 * const account = new Account([instrument({ symbol: "GOOG", venue: "nasdaq", tick: "0.01", lot: "1" })]);
 * const conservation = new Conservation(account);
 * const fee = Money.parse("0.05", 8);
 * account.fill(0, 1, 10_000, 5, fee);
 * conservation.fill(0, 1, 10_000, 5, fee);
 * ```
 */
export class Conservation {
  readonly #account: Account;
  readonly #valuation: Valuation;
  readonly #books: readonly SecondBook[];
  readonly #cash: readonly Money[];
  readonly #value = new Money();
  readonly #expected = new Money();

  constructor(account: Account) {
    const { valuation } = account;
    this.#account = account;
    this.#valuation = valuation;
    this.#books = valuation.instruments.map((_, i) => new SecondBook(account, i));
    this.#cash = valuation.currencies.map((_, i) => new Money().set(account.cash(i)));
  }

  /** After `account.fill` with the same arguments. */
  fill(instrument: number, side: number, price: number, lots: number, fee: Amount): void {
    const book = this.#books[instrument];
    const signed = side * lots, cash = this.#cash[this.#valuation.currencyOf[instrument]];
    book.lots += signed;
    book.fees.add(fee);
    if (book.units > 0) {
      book.tickLots.addProduct(price, signed);
      cash.addProduct3(price, -signed, book.units);
    } else {
      const value = this.#valuation.value(instrument, price, signed, this.#value);
      book.paid.add(value);
      cash.add(value);
    }
    cash.subtract(fee);
    this.check(instrument);
  }

  /** After `account.fund` with the same arguments. */
  fund(instrument: number, rate: number, mark2: number): void {
    const book = this.#books[instrument];
    const { lots } = book;
    if (lots !== 0) {
      const value = this.#valuation.markValue(instrument, mark2, lots, this.#value).mulDiv(-rate, 1_000_000_000);
      book.funding.add(value);
      this.#cash[this.#valuation.currencyOf[instrument]].add(value);
    }
    this.check(instrument);
  }

  /** After `account.funded` with the same arguments. */
  funded(instrument: number, received: Amount): void {
    this.#books[instrument].funding.add(received);
    this.#cash[this.#valuation.currencyOf[instrument]].add(received);
    this.check(instrument);
  }

  /** After `account.dividend` with the same arguments. */
  dividend(instrument: number, ticks: number): void {
    const book = this.#books[instrument];
    const value = this.#valuation.value(instrument, ticks, book.lots, this.#value);
    book.dividends.add(value);
    this.#cash[this.#valuation.currencyOf[instrument]].add(value);
    this.check(instrument);
  }

  /** After `account.split` with the same arguments. */
  split(instrument: number, numerator: number, denominator: number, mark2: number): void {
    const book = this.#books[instrument];
    const before = book.lots;
    // Math.trunc and % round towards zero, as the whole lots of a short position do.
    const rest = before * numerator % denominator;
    const after = (before * numerator - rest) / denominator;
    book.lots = after;
    if (rest !== 0) {
      const value = this.#valuation.markFraction(instrument, mark2, rest, numerator, this.#value);
      if (book.units === 0) value.negate();
      book.paid.add(value);
      this.#cash[this.#valuation.currencyOf[instrument]].add(value);
    }
    this.check(instrument);
  }

  /** After `account.settle` with the same arguments. */
  settle(instrument: number, price: number): void {
    const { lots } = this.#books[instrument];
    if (lots === 0) this.check(instrument);
    else this.fill(instrument, lots > 0 ? -1 : 1, price, Math.abs(lots), NO_FEE);
  }

  /** Compares one instrument, and the cash of its currency, with the account; throws ConservationError. */
  check(instrument: number): void {
    if (!this.#agrees(instrument)) this.#compareAll(instrument);
  }

  /** Whether all is equal, in plain numbers: amounts that are not small equal nothing here. */
  #agrees(instrument: number): boolean {
    const account = this.#account, book = this.#books[instrument];
    const { lots } = book;
    const spent = book.tickLots.small * book.units, balance = account.balance(instrument).small;
    const cost = account.cost(instrument).small, currency = this.#valuation.currencyOf[instrument];
    return spent > -EXACT && spent < EXACT && book.paid.small - spent === balance &&
      balance + cost === account.realised(instrument).small &&
      lots === account.position(instrument) && (lots !== 0 || cost === 0) &&
      account.fees(instrument).equals(book.fees) &&
      account.funding(instrument).equals(book.funding) &&
      account.dividends(instrument).equals(book.dividends) &&
      account.cash(currency).equals(this.#cash[currency]);
  }

  #compareAll(instrument: number): void {
    const account = this.#account;
    const book = this.#books[instrument];
    const expected = this.#expected;
    const { lots } = book;
    if (lots !== account.position(instrument)) {
      throw this.#broken(instrument, "position", String(account.position(instrument)), String(lots));
    }
    const cost = account.cost(instrument);
    if (lots === 0 && !cost.isZero()) throw this.#broken(instrument, "cost when flat", cost.toString(), "0");
    expected.set(book.tickLots).mulDiv(-book.units, 1).add(book.paid);
    this.#compare(instrument, "balance", account.balance(instrument), expected);
    this.#compare(instrument, "realised (balance + cost)", account.realised(instrument), expected.add(cost));
    this.#compare(instrument, "fees", account.fees(instrument), book.fees);
    this.#compare(instrument, "funding", account.funding(instrument), book.funding);
    this.#compare(instrument, "dividends", account.dividends(instrument), book.dividends);
    const currency = this.#valuation.currencyOf[instrument];
    this.#compare(instrument, "cash", account.cash(currency), this.#cash[currency]);
  }

  /** Compares all instruments, and the cash of each currency with the sum of theirs. */
  checkAll(): void {
    const { currencies, currencyOf, currencyScales } = this.#valuation;
    for (let i = 0; i < currencyOf.length; i++) this.check(i);
    for (let currency = 0; currency < currencies.length; currency++) {
      const sum = this.#expected.set(this.#account.startingCash(currency));
      for (let i = 0; i < currencyOf.length; i++) {
        if (currencyOf[i] !== currency) continue;
        sum.add(this.#account.balance(i)).subtract(this.#account.fees(i));
        sum.add(this.#account.funding(i)).add(this.#account.dividends(i));
      }
      const cash = this.#account.cash(currency);
      if (cash.equals(sum)) continue;
      const scale = currencyScales[currency];
      throw broken(`cash in ${currencies[currency]}`, cash.toString(scale), sum.toString(scale));
    }
  }

  save(to: StateWriter): void {
    to.column(Float64Array.from(this.#books, ({ lots }) => lots));
    to.column(Float64Array.from(this.#amounts().flatMap(({ hi, lo }) => [hi, lo])));
  }

  load(from: StateReader): void {
    const lots = new Float64Array(this.#books.length);
    from.into(lots);
    this.#books.forEach((book, i) => book.lots = lots[i]);
    const amounts = this.#amounts(), limbs = new Float64Array(2 * amounts.length);
    from.into(limbs);
    amounts.forEach((amount, i) => amount.setLimbs(limbs[2 * i], limbs[2 * i + 1]));
  }

  #amounts(): Money[] {
    return [...this.#books.flatMap((book) => book.amounts()), ...this.#cash];
  }

  #compare(instrument: number, what: string, found: Amount, expected: Amount): void {
    if (found.equals(expected)) return;
    const scale = this.#valuation.scales[instrument];
    const difference = new Money().set(found).subtract(expected).toString(scale);
    throw this.#broken(instrument, what, found.toString(scale), `${expected.toString(scale)}, ${difference} apart`);
  }

  #broken(instrument: number, what: string, found: string, expected: string): ConservationError {
    return broken(`${what} of ${this.#valuation.instruments[instrument].symbol}`, found, expected);
  }
}

const NO_FEE: Amount = new Money();

/** Totals of one instrument. */
class SecondBook {
  /** Minor units of a tick and lot; 0 for an inverse contract, whose values add up in `paid` instead. */
  readonly units: number;
  /** Signed lots: bought less sold, and what splits added and took. */
  lots: number;
  /** Σ side × ticks × lots. */
  readonly tickLots = new Money();
  /** What came in beside tickLots: an inverse contract's signed values, and the fractions that splits paid out. */
  readonly paid = new Money();
  readonly fees = new Money();
  readonly funding = new Money();
  readonly dividends = new Money();

  constructor(account: Account, instrument: number) {
    const { valuation } = account;
    const inverse = valuation.direction[instrument] === -1;
    this.units = inverse ? 0 : valuation.value(instrument, 1, 1, new Money()).toNumber(0);
    this.lots = account.position(instrument);
    this.paid.set(account.balance(instrument));
    this.fees.set(account.fees(instrument));
    this.funding.set(account.funding(instrument));
    this.dividends.set(account.dividends(instrument));
  }

  /** All amounts that it adds up. */
  amounts(): Money[] {
    return [
      this.tickLots,
      this.paid,
      this.fees,
      this.funding,
      this.dividends,
    ];
  }
}

function broken(what: string, found: string, expected: string): ConservationError {
  return new ConservationError(
    `Conservation is broken: ${what} is ${found} in the account, but the events add up to ${expected}; this is a bug, please report it with the journal of the run`,
  );
}
