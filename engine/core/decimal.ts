/** Exact decimal numbers as an integer mantissa and a count of decimals: "61659.70" is 6165970 at 2 decimals. */
export interface Decimal {
  /** Integer, below 2^53 in magnitude. */
  readonly mantissa: number;
  /** Digits after the point, 0 to 18. */
  readonly decimals: number;
}

const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * Reads a decimal string, without trailing zeros after the point.
 *
 * Throws RangeError when the text is not a number or its digits need 2^53 or more.
 *
 * @example
 * ```ts
 * import { parseDecimal } from "./decimal.ts";
 * const { mantissa, decimals } = parseDecimal("0.00100");
 * if (mantissa !== 1 || decimals !== 3) throw new Error("unexpected");
 * ```
 */
export function parseDecimal(text: string): Decimal {
  const match = FORM.exec(text.trim());
  if (!match || (match[2] === "" && !match[3])) {
    throw new RangeError(`Cannot read a number: ${JSON.stringify(text)} is not a decimal`);
  }
  const [, sign, whole, part = "", exponent = "0"] = match;
  let digits = whole + part;
  let decimals = part.length - Number(exponent);
  while (decimals > 0 && digits.endsWith("0")) {
    digits = digits.slice(0, -1);
    decimals--;
  }
  if (digits === "") decimals = 0;
  while (decimals < 0) {
    digits += "0";
    decimals++;
    if (digits.length > 40) break;
  }
  const mantissa = Number(digits === "" ? "0" : digits);
  if (mantissa >= 2 ** 53 || decimals > 18) {
    throw new RangeError(`Cannot read a number: ${text} needs 2^53 units or more, or over 18 decimals`);
  }
  return { mantissa: sign === "-" && mantissa !== 0 ? -mantissa : mantissa, decimals: mantissa === 0 ? 0 : decimals };
}

/**
 * Reads a decimal string of any length as whole units of 10^-decimals, rounded half away from zero: exchanges write amounts with more
 * digits than a float has.
 *
 * Throws RangeError when the text is not a number, or its exponent has more than three digits.
 *
 * @example
 * ```ts
 * import { decimalUnits } from "./decimal.ts";
 * const found = [decimalUnits("0.030000000000000002", 8), decimalUnits("-1.5e-8", 8), decimalUnits("12", 1)];
 * if (`${found}` !== "3000000,-2,120") throw new Error(`${found}`);
 * ```
 */
export function decimalUnits(text: string, decimals: number): bigint {
  const match = FORM.exec(text.trim()), [, sign, whole, part = "", exponent = "0"] = match ?? [];
  if (!match || (whole === "" && part === "") || Math.abs(Number(exponent)) > 999) {
    throw new RangeError(`Cannot read a number: ${JSON.stringify(text)} is not a decimal`);
  }
  const units = BigInt(whole + part),
    more = decimals - part.length + Number(exponent),
    step = BigInt(`1${"0".repeat(Math.abs(more))}`);
  const rounded = more >= 0 ? units * step : (2n * units + step) / (2n * step);
  return sign === "-" ? -rounded : rounded;
}

/** Writes `units` × 10^-decimals as text, exactly, without exponent: `formatDecimal(1486, 3)` is "1.486". */
export function formatDecimal(units: number | bigint, decimals: number): string {
  const negative = units < 0;
  let digits = (negative ? -units : units).toString();
  if (typeof units === "number" && digits.includes("e")) digits = BigInt(negative ? -units : units).toString();
  if (decimals > 0) {
    digits = digits.padStart(decimals + 1, "0");
    digits = `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  }
  return negative ? `-${digits}` : digits;
}

/** 10^n for n from 0 to 22, each exact. */
export const POWERS_OF_TEN: readonly number[] = Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));
