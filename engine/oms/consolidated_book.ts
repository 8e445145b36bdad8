import { BUY } from "../core/event.ts";
import type { Decimal } from "../core/decimal.ts";
import type { Instrument } from "../core/instrument.ts";
import { Money } from "../core/money.ts";
import type { BookView } from "../core/strategy.ts";
import { type FeeRates, FREE } from "../venue/fee_model.ts";

/** One venue's market in what is traded: its instrument, and its book as we know it. */
export interface BookSource {
  readonly instrument: Instrument;
  readonly book: BookView;
}

/** Levels that are read of a book at first; twice as many each time they do not do. */
const LEVELS = 16;

/**
 * The books of one thing at several venues, walked as one: best effective price first, whatever grid each venue has.
 *
 * - The effective price is what a unit comes to with the taker's fee: of a buy price × (1 + rate) + fee a lot ÷ units a lot,
 *   of a sale the same with minus. It is exact: prices are compared as integers on a grid that all ticks, rates and lots
 *   divide, in two limbs. A venue that charges by the order or the fill is taken to charge nothing for it.
 * - A price is one of a unit of what is traded, and sizes are counted in such units: lots × lot × multiplier.
 * - Equal effective prices come by `rank`, lower first, then in the order of the sources.
 * - Books are read, never kept: what a walk sees is what they hold when it does.
 *
 * | operation | cost |
 * |---|---|
 * | `begin` | a look at each source |
 * | `next` | a comparison for each source; one reading of a book each time the levels walked there have doubled |
 * | `setRates` | nothing where nothing changed, else a few long products for each source |
 * | memory | 16 bytes a level walked, by source; kept for the next walk |
 *
 * Throws RangeError for sources that are not linear, settle in several currencies, or whose grids are too far apart to be
 * compared in 2^53 steps.
 *
 * @example
 * ```ts
 * import { BUY, SELL } from "../core/event.ts";
 * import { instrument } from "../core/instrument.ts";
 * import { L2Book } from "../book/l2.ts";
 * import { ConsolidatedBook } from "./consolidated_book.ts";
 * const coarse = new L2Book(), fine = new L2Book();
 * coarse.set(SELL, 1001, 5); // 100.1
 * fine.set(SELL, 10009, 7); // 100.09
 * const book = new ConsolidatedBook([
 *   { instrument: instrument({ symbol: "X", venue: "a", tick: "0.1", lot: "1" }), book: coarse },
 *   { instrument: instrument({ symbol: "X", venue: "b", tick: "0.01", lot: "1" }), book: fine },
 * ]);
 * book.begin(BUY);
 * if (!book.next() || book.source !== 1 || book.price !== 10009 || book.lots !== 7) throw new Error("unexpected");
 * ```
 */
export class ConsolidatedBook {
  /** Decimals of the unit that sizes are counted in, and by source how many of them a lot is. */
  readonly sizeDecimals: number;
  readonly lotUnits: Float64Array;
  /** By source: lower comes first at equal effective prices. */
  readonly rank: Float64Array;
  /** Where a walk is: the level's source, price in its ticks and size in its lots. */
  source = -1;
  price = NaN;
  lots = 0;

  readonly #rates: FeeRates[];
  readonly #walks: readonly Walk[];
  /** An effective price is ticks × #grid × #factor + #added, on one grid for all: #factor by the sign of side × price. */
  readonly #grid: Float64Array;
  readonly #factors: readonly [minus: Float64Array, plus: Float64Array];
  readonly #added: readonly Money[];
  #side = BUY as number;
  #limits: Float64Array | undefined;

  constructor(readonly sources: readonly BookSource[]) {
    checkSources(sources);
    const count = sources.length;
    const lots = sources.map(({ instrument }) => lotOf(instrument));
    this.sizeDecimals = Math.max(...lots.map(({ decimals }) => decimals));
    this.lotUnits = Float64Array.from(
      lots,
      ({ mantissa, decimals }) => exact(mantissa * tenTo(this.sizeDecimals - decimals), "lots"),
    );
    this.rank = new Float64Array(count);
    this.#rates = sources.map(() => FREE);
    this.#walks = sources.map(({ book }) => new Walk(book));
    this.#grid = new Float64Array(count);
    this.#factors = [new Float64Array(count), new Float64Array(count)];
    this.#added = sources.map(() => new Money());
    this.#scale();
  }

  /** What taking costs at each source. */
  setRates(rates: readonly FeeRates[]): void {
    let changed = false;
    for (let i = 0; i < rates.length; i++) {
      if (same(rates[i].rate, this.#rates[i].rate) && same(rates[i].lot, this.#rates[i].lot)) continue;
      this.#rates[i] = rates[i];
      changed = true;
    }
    if (changed) this.#scale();
  }

  /** Sets `into` to what a unit comes to at a price of a source, on the grid of all; lower is better to buy, higher to sell. */
  effective(source: number, side: number, price: number, into: Money): Money {
    const factor = this.#factors[side * price > 0 ? 1 : 0][source];
    into.clear().addProduct3(price, this.#grid[source], factor);
    return side > 0 ? into.add(this.#added[source]) : into.subtract(this.#added[source]);
  }

  /**
   * Starts a walk for an order of `side`: BUY goes through the asks. `open` leaves out the sources at which it is 0, and
   * `limits` (by source, in its ticks) the levels beyond.
   */
  begin(side: number, open?: Uint8Array, limits?: Float64Array): void {
    this.#side = side;
    this.#limits = limits;
    this.source = -1;
    for (let i = 0; i < this.#walks.length; i++) {
      if (open !== undefined && open[i] === 0) this.#walks[i].close();
      else {
        this.#walks[i].open(-side);
        this.#enter(i);
      }
    }
  }

  /** Goes to the next level; false where there is none. */
  next(): boolean {
    if (this.source >= 0) {
      this.#walks[this.source].step();
      this.#enter(this.source);
    }
    let best = -1;
    for (let i = 0; i < this.#walks.length; i++) {
      if (this.#walks[i].ended) continue;
      if (best < 0) {
        best = i;
        continue;
      }
      const sign = this.#side * this.#walks[i].effective.compare(this.#walks[best].effective);
      if (sign < 0 || (sign === 0 && this.rank[i] < this.rank[best])) best = i;
    }
    this.source = best;
    if (best < 0) return false;
    this.price = this.#walks[best].price;
    this.lots = this.#walks[best].lots;
    return true;
  }

  /** A source has come to its next level: within the limit, and what does it come to? */
  #enter(source: number): void {
    const walk = this.#walks[source], side = this.#side;
    if (walk.ended) return;
    if (this.#limits !== undefined && side * walk.price > side * this.#limits[source]) walk.close();
    else this.effective(source, side, walk.price, walk.effective);
  }

  /** Works out the grid on which every effective price is an integer. */
  #scale(): void {
    const { sources } = this;
    const ticks = sources.map(({ instrument }) => instrument.tick),
      lots = sources.map((each) => lotOf(each.instrument));
    const priceDecimals = Math.max(...ticks.map(({ decimals }) => decimals));
    const rateDecimals = Math.max(...this.#rates.map(({ rate }) => rate.decimals));
    const byLot = this.#rates.map(({ lot }, i) => lot.mantissa === 0 ? undefined : lots[i]);
    // Amounts a lot, spread over its units, are integers only on a grid that the lots divide.
    const divisor = byLot.reduce((all, lot) => lot === undefined ? all : leastCommon(all, BigInt(lot.mantissa)), 1n);
    const decimalsOf = (i: number) =>
      byLot[i] === undefined ? 0 : this.#rates[i].lot.decimals - lots[i].decimals - priceDecimals - rateDecimals;
    const more = Math.max(0, ...sources.map((_, i) => decimalsOf(i)));
    sources.forEach((_, i) => {
      const { rate, lot } = this.#rates[i],
        one = tenTo(rateDecimals),
        share = rate.mantissa * tenTo(rateDecimals - rate.decimals);
      this.#grid[i] = exact(
        ticks[i].mantissa * tenTo(priceDecimals - ticks[i].decimals + more) * Number(divisor),
        "ticks",
      );
      // Fees are charged on the value without its sign.
      this.#factors[1][i] = one + share;
      this.#factors[0][i] = one - share;
      const units = BigInt(lot.mantissa) * (divisor / BigInt(byLot[i]?.mantissa ?? 1)) *
        (byLot[i] === undefined ? 1n : BigInt(`1${"0".repeat(more - decimalsOf(i))}`));
      this.#added[i].setBigInt(units);
    });
  }
}

/** The levels of one side of one book, best first, read as far as they are needed. */
class Walk {
  ended = true;
  price = NaN;
  lots = 0;
  /** Of the level it is at. */
  readonly effective = new Money();
  #prices = new Float64Array(LEVELS);
  #sizes = new Float64Array(LEVELS);
  #side = 0;
  #at = 0;
  #count = 0;
  #all = false;

  constructor(private readonly book: BookView) {}

  open(side: number): void {
    this.#side = side;
    this.#at = 0;
    this.#read(LEVELS);
  }

  close(): void {
    this.ended = true;
  }

  step(): void {
    this.#at++;
    this.#settle();
  }

  #read(levels: number): void {
    if (this.#prices.length < levels) {
      this.#prices = new Float64Array(levels);
      this.#sizes = new Float64Array(levels);
    }
    this.#count = this.book.top(this.#side, levels, this.#prices, this.#sizes);
    // Fewer than asked for are all there are.
    this.#all = this.#count < levels;
    this.#settle();
  }

  #settle(): void {
    if (this.#at === this.#count && !this.#all) return this.#read(2 * this.#count);
    this.ended = this.#at >= this.#count;
    if (this.ended) return;
    this.price = this.#prices[this.#at];
    this.lots = this.#sizes[this.#at];
  }
}

/** What a lot is in units of what is traded. */
function lotOf({ lot, multiplier }: Instrument): Decimal {
  return { mantissa: exact(lot.mantissa * multiplier.mantissa, "lots"), decimals: lot.decimals + multiplier.decimals };
}

function checkSources(sources: readonly BookSource[]): void {
  if (sources.length === 0) throw new RangeError("Cannot consolidate books: there is none; give one at least");
  const [{ instrument: first }] = sources;
  for (const { instrument: { symbol, venue, kind, currency } } of sources) {
    if (kind !== "linear") {
      throw new RangeError(
        `Cannot consolidate ${symbol}@${venue}: it is ${kind}; only linear instruments have one price`,
      );
    }
    if (currency !== first.currency) {
      const other = `${first.symbol}@${first.venue} in ${first.currency}`;
      throw new RangeError(
        `Cannot consolidate ${symbol}@${venue}: it settles in ${currency}, and ${other}; leave one out`,
      );
    }
  }
}

/** 10^n of a power that may be beyond what a float holds exactly; {@linkcode exact} looks at what comes of it. */
function tenTo(n: number): number {
  return Number(`1e${n}`);
}

function exact(value: number, what: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(
    `Cannot consolidate books: their ${what} are too far apart, over 2^53 steps; leave the finest out`,
  );
}

function leastCommon(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return a / x * b;
}

function same(a: Decimal, b: Decimal): boolean {
  return a.mantissa === b.mantissa && a.decimals === b.decimals;
}
