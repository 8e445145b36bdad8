import { SourceError } from "../decoder.ts";
import { FinerGrid, type Grid } from "../grid.ts";

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
 * Throws FinerGrid as the grid does; a value off a fixed grid, or of 2^53 units, becomes a SourceError with its place.
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

function placed(error: unknown, { name, at, unit }: Place): unknown {
  if (error instanceof FinerGrid || !(error instanceof RangeError)) return error;
  const [, value, problem, remedy] = /^Cannot place (\S+): (.*); (.*)$/.exec(error.message) ?? [];
  if (value === undefined) return new SourceError(`${name}: ${error.message}`, at, "look at the source", unit);
  return new SourceError(`${name} is ${value}, and ${problem}`, at, remedy, unit);
}
