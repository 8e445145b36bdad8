/**
 * Decimal text of JSON captures as exact integers: prices and sizes in units of a grid, times as seconds and nanoseconds.
 */
import { type Decimal, parseDecimal } from "../../core/decimal.ts";
import { SourceError } from "../decoder.ts";
import type { Grid } from "../grid.ts";
import { unitsAt } from "./place.ts";

/** A price of a message, a string or number of JSON, in ticks; NaN where the grid leaves it out. Throws SourceError with the line; FinerGrid as the grid does. */
export function priceUnits(value: unknown, grid: Grid, line: number): number {
  const { mantissa, decimals } = decimalAt(value, "price", line);
  return unitsAt(grid, mantissa, decimals, "price", line);
}

/** A size of a message in lots. Throws as {@linkcode priceUnits}, and where it is negative. */
export function sizeUnits(value: unknown, grid: Grid, line: number): number {
  const { mantissa, decimals } = decimalAt(value, "size", line);
  if (mantissa < 0) throw new SourceError(`size is ${value}`, line, "a size is 0 or more: repair or drop the line");
  return unitsAt(grid, mantissa, decimals, "size", line);
}

/** A decimal of a message. Throws SourceError that names the field, the value and the line. */
export function decimalAt(value: unknown, name: string, line: number): Decimal {
  if (typeof value === "string" || typeof value === "number") {
    try {
      return parseDecimal(String(value));
    } catch {
      if (value !== "" && Number.isFinite(Number(value))) {
        throw new SourceError(`${name} is ${value}, which needs 2^53 units or more`, line, "repair or drop the line");
      }
    }
  }
  throw new SourceError(`${name} ${told(value)}`, line, "repair or drop the line");
}

/** An integer of a message from 0 to below 2^53, such as an update id. Throws SourceError that names the field. */
export function countAt(value: unknown, name: string, line: number): number {
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
  throw new SourceError(`${name} ${told(value)}`, line, "repair or drop the line");
}

/** A moment as whole seconds since 1970-01-01 UTC and nanoseconds within the second. */
export interface Moment {
  sec: number;
  ns: number;
}

/**
 * Reads "1618678133.365913" into `moment`, exactly; digits past the ninth decimal are cut off. False where it is no such text.
 *
 * @example
 * ```ts
 * import { readSeconds } from "./digits.ts";
 * const at = { sec: 0, ns: 0 };
 * if (!readSeconds("1652459225.5300605", at) || at.sec !== 1652459225 || at.ns !== 530060500) throw new Error("unexpected");
 * ```
 */
export function readSeconds(text: string, moment: Moment): boolean {
  const match = /^(\d{1,12})(?:\.(\d+))?$/.exec(text);
  if (!match) return false;
  moment.sec = Number(match[1]);
  moment.ns = Number((match[2] ?? "").slice(0, 9).padEnd(9, "0"));
  return true;
}

/**
 * Splits an exchange's integer time: 13 digits are milliseconds since 1970-01-01 UTC, 16 microseconds. False where it is neither.
 *
 * @example
 * ```ts
 * import { readTicks } from "./digits.ts";
 * const at = { sec: 0, ns: 0 };
 * if (!readTicks(1723161256298, at) || at.sec !== 1723161256 || at.ns !== 298000000) throw new Error("unexpected");
 * ```
 */
export function readTicks(time: number, moment: Moment): boolean {
  const perSecond = time < 1e14 ? 1e3 : 1e6;
  if (!(time >= 1e11 && time < 1e17)) return false;
  const sec = Math.floor(time / perSecond);
  moment.sec = sec;
  moment.ns = (time - sec * perSecond) * (1e9 / perSecond);
  return true;
}

/** {@linkcode readTicks} of a message's field. Throws SourceError that names the field, the value and the line. */
export function timeAt(value: unknown, name: string, line: number, moment: Moment): void {
  const time = countAt(value, name, line);
  if (!readTicks(time, moment)) {
    throw new SourceError(`${name} ${told(value)}`, line, "a time is in milliseconds or microseconds since 1970");
  }
}

function told(value: unknown): string {
  return value === undefined ? "is missing" : `is ${JSON.stringify(value)?.slice(0, 60)}`;
}
