/**
 * Sums of decimals in text, exact at any length: sizes and fees as exchanges send them.
 *
 * @module
 */
import { formatDecimal } from "../core/decimal.ts";

const FORM = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * The same number without an exponent, and without zeros that say nothing. Throws RangeError for a text that is no decimal.
 *
 * @example
 * ```ts
 * import { plain } from "./decimals.ts";
 * if (`${[plain("0.0100"), plain(1e-7), plain("-5.")]}` !== "0.01,0.0000001,-5") throw new Error("unexpected");
 * ```
 */
export function plain(value: string | number): string {
  return text(units(String(value)));
}

/** a + b. */
export function plus(a: string, b: string): string {
  return added(a, b, 1n);
}

/**
 * a − b.
 *
 * @example
 * ```ts
 * import { minus } from "./decimals.ts";
 * if (minus("0.3", "0.1") !== "0.2") throw new Error("unexpected");
 * ```
 */
export function minus(a: string, b: string): string {
  return added(a, b, -1n);
}

/** a × b. */
export function times(a: string, b: string): string {
  const left = units(a), right = units(b);
  return text({ count: left.count * right.count, decimals: left.decimals + right.decimals });
}

/** Below 0 where a is less than b, 0 where they are the same number, above 0 otherwise. */
export function compare(a: string, b: string): number {
  const difference = minus(a, b);
  return difference === "0" ? 0 : difference.startsWith("-") ? -1 : 1;
}

interface Units {
  readonly count: bigint;
  readonly decimals: number;
}

function units(value: string): Units {
  const match = FORM.exec(value);
  if (!match || match[2] + match[3] === "") {
    throw new RangeError(`Cannot read a number: ${JSON.stringify(value)} is not a decimal`);
  }
  const [, sign, whole, part, exponent = "0"] = match;
  const count = BigInt(whole + part) * (sign === "-" ? -1n : 1n), decimals = part.length - Number(exponent);
  return decimals >= 0 ? { count, decimals } : { count: count * 10n ** BigInt(-decimals), decimals: 0 };
}

function added(a: string, b: string, sign: bigint): string {
  const left = units(a), right = units(b), decimals = Math.max(left.decimals, right.decimals);
  return text({ count: scaled(left, decimals) + sign * scaled(right, decimals), decimals });
}

function scaled({ count, decimals }: Units, to: number): bigint {
  return count * 10n ** BigInt(to - decimals);
}

function text({ count, decimals }: Units): string {
  const written = formatDecimal(count, decimals);
  return decimals === 0 ? written : written.replace(/\.?0+$/, "");
}
