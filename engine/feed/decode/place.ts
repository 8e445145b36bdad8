import { formatDecimal } from "../../core/decimal.ts";
import { type DecoderOptions, OffGridError, SourceError } from "../decoder.ts";
import { FinerGrid, type Grid, OffGrid } from "../grid.ts";

/** Where a value stands in its source, for errors. */
export interface Place {
  /** What the value is: "price", "size". */
  readonly name: string;
  /** Line or record, from 1. */
  readonly at: number;
  /** "line", "row" or "record". */
  readonly unit: string;
}

/**
 * `mantissa` × 10^-`decimals` in units of `grid`.
 *
 * Throws FinerGrid as the grid does; a value off a fixed grid becomes an OffGridError, one of 2^53 units a SourceError, with its place.
 */
export function unitsAt(
  grid: Grid,
  mantissa: number,
  decimals: number,
  name: string,
  at: number,
  unit = "line",
): number {
  try {
    return grid.units(mantissa, decimals);
  } catch (error) {
    throw placed(error, { name, at, unit });
  }
}

/**
 * The price of a print that met no order of the book, in ticks; NaN where it is off the grid: then the print is to be left
 * out, and has been reported.
 *
 * Hidden orders of US equities trade between the ticks that orders may be placed at, so that the grid is learned from what
 * stands in the book alone. Throws as {@linkcode unitsAt} does for 2^53 units.
 */
export function printUnitsAt(
  { tick, printOffGrid }: Pick<DecoderOptions, "tick" | "printOffGrid">,
  mantissa: number,
  decimals: number,
  at: number,
  unit = "line",
): number {
  if (tick.holds(mantissa, decimals)) return unitsAt(tick, mantissa, decimals, "price", at, unit);
  printOffGrid?.({ place: at, price: formatDecimal(mantissa, decimals).replace(/\.?0+$/, "") });
  return NaN;
}

function placed(error: unknown, { name, at, unit }: Place): unknown {
  if (error instanceof FinerGrid || !(error instanceof RangeError)) return error;
  const [, value, problem, remedy] = /^Cannot place (\S+): (.*); (.*)$/.exec(error.message) ?? [];
  if (value === undefined) return new SourceError(`${name}: ${error.message}`, at, "look at the source", unit);
  const Kind = error instanceof OffGrid ? OffGridError : SourceError;
  return new Kind(`${name} is ${value}, and ${problem}`, at, remedy, unit);
}
