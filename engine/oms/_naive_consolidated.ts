import { BUY } from "../core/event.ts";
import type { Decimal } from "../core/decimal.ts";
import type { FeeRates } from "../venue/fee_model.ts";
import type { BookSource } from "./consolidated_book.ts";

/** A fraction whose lower part is above 0. */
export interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

/** A level as the slow twin sees it. */
export interface NaiveLevel {
  readonly source: number;
  readonly price: number;
  readonly lots: number;
  readonly effective: Fraction;
}

/** Below 0, 0 or above as a is less than, equal to or more than b. */
export function compareFractions(a: Fraction, b: Fraction): number {
  const difference = a.over * b.under - b.over * a.under;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The slow twin of ConsolidatedBook's effective price: fractions as one learns them at school. */
export function naiveEffective(source: BookSource, rates: FeeRates, side: number, price: number): Fraction {
  const { tick, lot, multiplier } = source.instrument, sign = side === BUY ? 1n : -1n;
  const quote = times(whole(price), decimal(tick)), units = times(decimal(lot), decimal(multiplier));
  const value = quote.over < 0n ? { over: -quote.over, under: quote.under } : quote;
  const fee = plus(times(value, decimal(rates.rate)), by(decimal(rates.lot), units));
  return plus(quote, { over: sign * fee.over, under: fee.under });
}

/** The slow twin of a walk: all levels of all sources that are open and within the limit, sorted. */
export function naiveWalk(
  sources: readonly BookSource[],
  rates: readonly FeeRates[],
  side: number,
  { open, limits, rank }: { open?: ArrayLike<number>; limits?: ArrayLike<number>; rank: ArrayLike<number> },
): NaiveLevel[] {
  const levels = sources.flatMap((source, i): NaiveLevel[] => {
    const prices = new Float64Array(10_000), sizes = new Float64Array(10_000);
    const count = open === undefined || open[i] ? source.book.top(-side, 10_000, prices, sizes) : 0;
    return Array.from({ length: count }, (_, k) => ({
      source: i,
      price: prices[k],
      lots: sizes[k],
      effective: naiveEffective(source, rates[i], side, prices[k]),
    })).filter(({ price }) => limits === undefined || (side === BUY ? price <= limits[i] : price >= limits[i]));
  });
  return levels.sort((a, b) =>
    side * compareFractions(a.effective, b.effective) || rank[a.source] - rank[b.source] || a.source - b.source ||
    side * (a.price - b.price)
  );
}

function whole(n: number): Fraction {
  return { over: BigInt(n), under: 1n };
}

function decimal({ mantissa, decimals }: Decimal): Fraction {
  return { over: BigInt(mantissa), under: BigInt(`1${"0".repeat(decimals)}`) };
}

function times(a: Fraction, b: Fraction): Fraction {
  return { over: a.over * b.over, under: a.under * b.under };
}

function by(a: Fraction, b: Fraction): Fraction {
  return { over: a.over * b.under, under: a.under * b.over };
}

function plus(a: Fraction, b: Fraction): Fraction {
  return { over: a.over * b.under + b.over * a.under, under: a.under * b.under };
}
