import { formatDecimal, parseDecimal, POWERS_OF_TEN } from "./decimal.ts";

/** 2^52: one step of the high limb. */
const LIMB = 2 ** 52;
const HALF_LIMB = 2 ** 26;
/** Below this every integer is exact in a number. */
const EXACT = 2 ** 53;
/** Digits of the long division: 22 bits times a factor of 31 bits stays exact. */
const DIGIT = 2 ** 22;
const DIGIT_FACTOR_MAX = 2 ** 31;

/**
 * An amount of one currency: an exact integer count of its minor units, 10^-scale each, that can be added to in place.
 *
 * The amount is `hi` × 2^52 + `lo`, with 0 ≤ `lo` < 2^52 and |`hi`| < 2^52, so it reaches 2^104 units (2 × 10^23 at
 * scale 8; below zero one limb less), where one number would be full at 90 million. The form is unique, so a digest may take the two limbs as they
 * are. The scale is not kept here: whoever owns the amount knows it (see `Valuation` in engine/account).
 *
 * - Every method that changes the amount returns it, allocates nothing (but for the slow path of `mulDiv`), and leaves it
 *   as it was when it throws.
 * - A result of 2^104 units or more throws RangeError, and so does a product that is not an integer or a factor of 2^53 and
 *   more.
 * - Only `mulDiv` rounds: half away from zero.
 *
 * | operation | cost |
 * |---|---|
 * | add, subtract, compare, negate | a few additions |
 * | addProduct, addProduct3 | one multiplication below 2^52, else four to eight |
 * | mulDiv | one division while amount × numerator < 2^53; six with both factors up to 2^31; else BigInt |
 * | toNumber | one division below 2^53, else a string is parsed |
 * | toString, toBigInt | BigInt |
 *
 * @example
 * ```ts
 * import { Money } from "./money.ts";
 * // 618002 ticks of 0.1 × 1 lot of 0.001 is 10^4 units of 1e-8 a tick and lot, and a fee of 0.0002 of it.
 * const fee = new Money().addProduct3(618002, 1, 10_000).mulDiv(2, 10_000);
 * if (fee.toString(8) !== "0.01236004") throw new Error("unexpected");
 * ```
 */
export class Money {
  #hi = 0;
  #lo = 0;

  /** The high limb, an integer below 2^52 in magnitude; negative for every amount below zero. */
  get hi(): number {
    return this.#hi;
  }

  /** The low limb, an integer from 0 to below 2^52. */
  get lo(): number {
    return this.#lo;
  }

  /** The count of units where it is from -2^52 to below 2^52, as it nearly always is; else NaN, which equals nothing. */
  get small(): number {
    return this.#hi === 0 ? this.#lo : this.#hi === -1 ? this.#lo - LIMB : NaN;
  }

  /** A new amount of `units`, an integer below 2^53 in magnitude. */
  static of(units: number): Money {
    return new Money().addProduct(units, 1);
  }

  /** Reads a decimal such as "10000.50" at a scale; RangeError where it has more decimals than the scale. */
  static parse(text: string, scale: number): Money {
    const { mantissa, decimals } = parseDecimal(text);
    if (decimals > scale) {
      throw new RangeError(`Cannot read an amount: ${text} has ${decimals} decimals; at most ${scale} are kept`);
    }
    const shift = scale - decimals;
    const first = Math.min(shift, 11);
    return new Money().addProduct3(mantissa, POWERS_OF_TEN[first], POWERS_OF_TEN[shift - first]);
  }

  /** A new amount from a BigInt count of units. */
  static fromBigInt(units: bigint): Money {
    return new Money().setBigInt(units);
  }

  /** Becomes `other`. */
  set(other: Amount): this {
    this.#hi = other.hi;
    this.#lo = other.lo;
    return this;
  }

  /** Becomes zero. */
  clear(): this {
    this.#hi = 0;
    this.#lo = 0;
    return this;
  }

  /** Becomes `hi` × 2^52 + `lo`, as a snapshot kept them; RangeError where a limb is out of its bounds. */
  setLimbs(hi: number, lo: number): this {
    if (!Number.isInteger(hi) || !Number.isInteger(lo) || lo < 0 || lo >= LIMB) {
      throw new RangeError(`Cannot set an amount: limbs are ${hi} and ${lo}; the low one is an integer in 0..2^52-1`);
    }
    return this.#assign(hi + 0, lo + 0);
  }

  /** Becomes `units`. */
  setBigInt(units: bigint): this {
    const hi = units >> 52n;
    if (hi <= -0x10000000000000n || hi >= 0x10000000000000n) throw overflow();
    this.#hi = Number(hi);
    this.#lo = Number(units & 0xfffffffffffffn);
    return this;
  }

  /** Adds another amount of the same scale. */
  add(other: Amount): this {
    return this.#assign(this.#hi + other.hi, this.#lo + other.lo);
  }

  /** Takes off another amount of the same scale. */
  subtract(other: Amount): this {
    return this.#assign(this.#hi - other.hi, this.#lo - other.lo);
  }

  /** Changes the sign. */
  negate(): this {
    return this.#assign(0 - this.#hi, 0 - this.#lo);
  }

  /** Takes the sign off. */
  absolute(): this {
    return this.#hi < 0 ? this.negate() : this;
  }

  /** Adds a × b, both integers below 2^53 in magnitude. */
  addProduct(a: number, b: number): this {
    const product = a * b;
    if (product < LIMB && product > -LIMB && Math.floor(product) === product) {
      return this.#assign(this.#hi, this.#lo + product);
    }
    return this.#addLongProduct(a, b, 1);
  }

  /** Adds a × b × c, three integers below 2^53 in magnitude. */
  addProduct3(a: number, b: number, c: number): this {
    // With integers, a product below 2^52 was below it at each step, so nothing was rounded on the way.
    const product = a * b * c;
    if (product < LIMB && product > -LIMB && Math.floor(product) === product) {
      return this.#assign(this.#hi, this.#lo + product);
    }
    return this.#addLongProduct(a, b, c);
  }

  /**
   * Becomes this × `numerator` ÷ `denominator`, rounded half away from zero.
   *
   * Both are integers below 2^53 in magnitude; RangeError where the denominator is 0.
   */
  mulDiv(numerator: number, denominator: number): this {
    if (numerator === denominator && numerator !== 0) return this;
    const hi = this.#hi;
    const n = Math.abs(numerator);
    const d = Math.abs(denominator);
    if (!(n < EXACT && d < EXACT && d > 0) || Math.floor(n) !== n || Math.floor(d) !== d) {
      throw new RangeError(
        `Cannot take ${numerator} ÷ ${denominator} of an amount: both must be integers below 2^53, the divisor not 0`,
      );
    }
    const negative = (hi < 0) !== (numerator < 0) !== (denominator < 0);
    if (hi >= -1 && hi <= 0) {
      const product = Math.abs(hi * LIMB + this.#lo) * n;
      if (product < EXACT) {
        // Below 2^53 the floor of the rounded quotient is the exact one.
        let quotient = Math.floor(product / d);
        if ((product - quotient * d) * 2 >= d) quotient++;
        // One limb is carried, or borrowed: below zero it would take two, and one is taken off beforehand.
        return negative ? this.#assign(-1, LIMB - quotient) : this.#assign(0, quotient);
      }
    }
    if (n <= DIGIT_FACTOR_MAX && d <= DIGIT_FACTOR_MAX) return this.#longMulDiv(n, d, negative);
    return this.#bigMulDiv(BigInt(n), BigInt(d), negative);
  }

  /** -1, 0 or 1 as this is less than, equal to or more than `other`. */
  compare(other: Amount): -1 | 0 | 1 {
    if (this.#hi !== other.hi) return this.#hi < other.hi ? -1 : 1;
    if (this.#lo !== other.lo) return this.#lo < other.lo ? -1 : 1;
    return 0;
  }

  /** True where both are the same amount. */
  equals(other: Amount): boolean {
    return this.#hi === other.hi && this.#lo === other.lo;
  }

  /** -1, 0 or 1. */
  sign(): -1 | 0 | 1 {
    return this.#hi < 0 ? -1 : this.#hi === 0 && this.#lo === 0 ? 0 : 1;
  }

  isZero(): boolean {
    return this.#hi === 0 && this.#lo === 0;
  }

  /** The nearest float in whole currency, for figures and display; `scale` is 0 to 18. */
  toNumber(scale: number): number {
    // From -2^53 to 2^53 the count is exact, and one division rounds once.
    if (this.#hi >= -2 && this.#hi <= 1) return (this.#hi * LIMB + this.#lo) / POWERS_OF_TEN[scale];
    return Number(this.toString(scale));
  }

  /** The exact decimal with `scale` digits after the point: "-61.80020000" at 8. */
  toString(scale = 0): string {
    return formatDecimal(this.toBigInt(), scale);
  }

  /** The count of units. */
  toBigInt(): bigint {
    return (BigInt(this.#hi) << 52n) + BigInt(this.#lo);
  }

  /** Sets the limbs, carrying `lo` (from -2^52 to below 2^53) into `hi`, or throws and changes nothing. */
  #assign(hi: number, lo: number): this {
    if (lo < 0) {
      lo += LIMB;
      hi--;
    } else if (lo >= LIMB) {
      lo -= LIMB;
      hi++;
    }
    if (!(hi < LIMB && hi > -LIMB)) throw overflow();
    this.#hi = hi;
    this.#lo = lo;
    return this;
  }

  /** a × b × c in two limbs: first |a × b|, then each limb of it times |c|. */
  #addLongProduct(a: number, b: number, c: number): this {
    if (!Number.isSafeInteger(a) || !Number.isSafeInteger(b) || !Number.isSafeInteger(c)) {
      throw new RangeError(`Cannot multiply ${a} × ${b} × ${c}: each factor must be an integer below 2^53`);
    }
    const negative = (a < 0) !== (b < 0) !== (c < 0);
    let hi = longProduct(a < 0 ? -a : a, b < 0 ? -b : b);
    let lo = productLow;
    if (c !== 1 && c !== -1) {
      const factor = c < 0 ? -c : c;
      const top = hi * factor;
      hi = top + longProduct(lo, factor);
      lo = productLow;
    }
    if (!(hi < LIMB)) throw overflow();
    return negative ? this.#assign(this.#hi - hi, this.#lo - lo) : this.#assign(this.#hi + hi, this.#lo + lo);
  }

  /** Schoolbook multiplication and division on five digits of 22 bits, with factors up to 2^31. */
  #longMulDiv(n: number, d: number, negative: boolean): this {
    let hi = this.#hi;
    let lo = this.#lo;
    if (hi < 0) {
      hi = lo === 0 ? -hi : -hi - 1;
      lo = lo === 0 ? 0 : LIMB - lo;
    }
    // 52 bits are 22 + 22 + 8: the third digit holds the top 8 bits of lo and the low 14 of hi.
    const middle = Math.floor(lo / DIGIT);
    const upper = Math.floor(hi / 2 ** 14);
    const d4 = Math.floor(upper / DIGIT);
    const d3 = upper - d4 * DIGIT;
    const d1High = Math.floor(middle / DIGIT);
    const p0 = (lo - middle * DIGIT) * n;
    const p1 = (middle - d1High * DIGIT) * n + Math.floor(p0 / DIGIT);
    const p2 = (d1High + (hi - upper * 2 ** 14) * 256) * n + Math.floor(p1 / DIGIT);
    const p3 = d3 * n + Math.floor(p2 / DIGIT);
    const p4 = d4 * n + Math.floor(p3 / DIGIT);
    const p5 = Math.floor(p4 / DIGIT);
    const q5 = Math.floor(p5 / d);
    let rest = (p5 - q5 * d) * DIGIT + digit(p4);
    const q4 = Math.floor(rest / d);
    if (q5 !== 0 || q4 >= 2 ** 16) throw overflow();
    rest = (rest - q4 * d) * DIGIT + digit(p3);
    const q3 = Math.floor(rest / d);
    rest = (rest - q3 * d) * DIGIT + digit(p2);
    const q2 = Math.floor(rest / d);
    rest = (rest - q2 * d) * DIGIT + digit(p1);
    const q1 = Math.floor(rest / d);
    rest = (rest - q1 * d) * DIGIT + digit(p0);
    const q0 = Math.floor(rest / d);
    const round = (rest - q0 * d) * 2 >= d ? 1 : 0;
    const q2High = Math.floor(q2 / 256);
    hi = q2High + q3 * 2 ** 14 + q4 * 2 ** 36;
    lo = q0 + q1 * DIGIT + (q2 - q2High * 256) * 2 ** 44 + round;
    return negative ? this.#assign(0 - hi, 0 - lo) : this.#assign(hi, lo);
  }

  /** The rare case: a factor of more than 31 bits on a product of more than 53. */
  #bigMulDiv(n: bigint, d: bigint, negative: boolean): this {
    const value = this.toBigInt();
    const product = (value < 0n ? -value : value) * n;
    let quotient = product / d;
    if ((product - quotient * d) * 2n >= d) quotient++;
    return this.setBigInt(negative ? -quotient : quotient);
  }
}

/** An amount that its reader cannot change. */
export type Amount = Pick<
  Money,
  "hi" | "lo" | "small" | "compare" | "equals" | "sign" | "isZero" | "toNumber" | "toString" | "toBigInt"
>;

/** The low limb of the last {@linkcode longProduct}; a second return value without an allocation. */
let productLow = 0;

/** The high limb of a × b for 0 ≤ a, b < 2^53, its low limb in `productLow`. Inexact only where it is over 2^52. */
function longProduct(a: number, b: number): number {
  const a1 = Math.floor(a / HALF_LIMB);
  const a0 = a - a1 * HALF_LIMB;
  const b1 = Math.floor(b / HALF_LIMB);
  const b0 = b - b1 * HALF_LIMB;
  const cross1 = a1 * b0;
  const cross2 = a0 * b1;
  const high1 = Math.floor(cross1 / HALF_LIMB);
  const high2 = Math.floor(cross2 / HALF_LIMB);
  // Two halves of 26 bits, each below 2^52 once shifted, and a0 × b0 below 2^52: together below 3 × 2^52.
  let carry = 0;
  let low = (cross1 - high1 * HALF_LIMB) * HALF_LIMB + (cross2 - high2 * HALF_LIMB) * HALF_LIMB;
  if (low >= LIMB) {
    low -= LIMB;
    carry++;
  }
  low += a0 * b0;
  if (low >= LIMB) {
    low -= LIMB;
    carry++;
  }
  productLow = low;
  return a1 * b1 + high1 + high2 + carry;
}

/** The lowest 22 bits of an exact integer. */
function digit(value: number): number {
  return value - Math.floor(value / DIGIT) * DIGIT;
}

function overflow(): RangeError {
  return new RangeError("Cannot hold the amount: it is 2^104 minor units or more; use a smaller scale");
}
