/**
 * Ticks and lots of an instrument as the decimals that exchanges write, and back.
 *
 * @module
 */
import { type Decimal, formatDecimal } from "../core/decimal.ts";
import type { Instrument } from "../core/instrument.ts";
import { compare, minus, times } from "./decimals.ts";

/** A number of steps, and what a decimal was beside them: "0" where it lies on the grid. */
export interface OnGrid {
  readonly steps: number;
  readonly rest: string;
}

/**
 * A price in ticks as text.
 *
 * @example
 * ```ts
 * import { instrument } from "../core/instrument.ts";
 * import { priceText, sizeText, ticksOf } from "./grid_text.ts";
 * const btc = instrument({ symbol: "BTCUSDT", venue: "binance-spot", tick: "0.05", lot: "0.001" });
 * if (priceText(btc, 3) !== "0.15" || sizeText(btc, 1500) !== "1.500") throw new Error("unexpected");
 * const { steps, rest } = ticksOf(btc, "0.17");
 * if (steps !== 3 || rest !== "0.02") throw new Error("unexpected");
 * ```
 */
export function priceText({ tick }: Instrument, ticks: number): string {
  return stepsText(tick, ticks);
}

/** A size in lots as text. */
export function sizeText({ lot }: Instrument, lots: number): string {
  return stepsText(lot, lots);
}

/** A price as ticks: the nearest, where it lies between two. */
export function ticksOf({ tick }: Instrument, price: string): OnGrid {
  return stepsOf(tick, price);
}

/** A size as lots, likewise. */
export function lotsOf({ lot }: Instrument, size: string): OnGrid {
  return stepsOf(lot, size);
}

/** A size as lots: the next, where it lies between two; 0 where it is none. */
export function lotsUp(instrument: Instrument, size: string): number {
  const { steps, rest } = lotsOf(instrument, size);
  return Math.max(0, compare(rest, "0") > 0 ? steps + 1 : steps);
}

function stepsText({ mantissa, decimals }: Decimal, steps: number): string {
  return formatDecimal(BigInt(steps) * BigInt(mantissa), decimals);
}

function stepsOf(step: Decimal, text: string): OnGrid {
  const size = step.mantissa / 10 ** step.decimals, steps = Math.round(Number(text) / size);
  return { steps, rest: minus(text, times(String(steps), formatDecimal(step.mantissa, step.decimals))) };
}
