/**
 * exp, log, log1p, pow and normals, made from + − × ÷ and √ alone.
 *
 * IEEE 754 fixes those five to the last bit, and nothing else: Math.exp and its like differ between engines and versions
 * of engines, and a digest must not hang on that. The bits of a number are read and written through typed arrays, which
 * is exact. Measured errors stand with each function; the special cases are those of Math.
 */
import type { Rng } from "./rng.ts";

/** e^x, within 1 ulp (2 where the result is subnormal). */
export function exp(x: number): number {
  if (x !== x) return x;
  return expOfPair(x, 0);
}

/** The natural logarithm, within 1 ulp. NaN below 0, −Infinity at 0. */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x === Infinity ? x : NaN;
  const k = splitExponent(x);
  const f = mantissa - 1;
  const s = f / (2 + f);
  return k * LN2_HIGH - (s * (f - atanhTail(s * s)) - k * LN2_LOW - f);
}

/** log(1 + x) without the rounding of 1 + x, within 1 ulp: right down to the smallest x. NaN below −1. */
export function log1p(x: number): number {
  if (x > -0.29 && x < 0.41) { // 1 + x lies between √½ and √2: no exponent to split off
    if (x < 1e-17 && x > -1e-17) return x; // also keeps -0 and subnormals as they are
    const s = x / (2 + x);
    return x - s * (x - atanhTail(s * s));
  }
  if (!(x > -1) || x === Infinity) return x === -1 ? -Infinity : x === Infinity ? x : NaN;
  const u = 1 + x;
  const lost = x > 1 ? 1 - (u - x) : x - (u - 1);
  const k = splitExponent(u);
  const f = mantissa - 1;
  const s = f / (2 + f);
  return k * LN2_HIGH - (s * (f - atanhTail(s * s)) - (k * LN2_LOW + lost / u) - f);
}

/**
 * x^y, within 1 ulp (2 where the result is subnormal). Special cases as in `Math.pow`.
 *
 * The logarithm is carried in two numbers, because an error of half an ulp in y·log(x) would be hundreds in the result.
 */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (y === 1) return x;
  if (y === 2) return x * x;
  if (x !== x || y !== y) return NaN;
  const size = x < 0 ? -x : x;
  if (y === Infinity || y === -Infinity) {
    if (size === 1) return NaN;
    return size > 1 === y > 0 ? Infinity : 0;
  }
  const odd = y % 2 === 1 || y % 2 === -1;
  const negative = odd && (x < 0 || (x === 0 && 1 / x < 0));
  if (size === 0 || size === Infinity) {
    const result = size === 0 === y > 0 ? 0 : Infinity;
    return negative ? -result : result;
  }
  if (x < 0 && y % 1 !== 0) return NaN;
  const result = size === 1 ? 1 : powOfPositive(size, y);
  return negative ? -result : result;
}

/** The square root; IEEE 754 fixes it, so that it is the same everywhere. */
export const sqrt: (x: number) => number = Math.sqrt;

/**
 * A draw from the standard normal distribution (polar method).
 *
 * It keeps no second draw for later, so that all there is to a snapshot is the generator's state.
 *
 * @example
 * ```ts
 * import { normal } from "./math.ts";
 * import { Rng } from "./rng.ts";
 * const rng = new Rng(1).child("noise");
 * let sum = 0;
 * for (let i = 0; i < 10_000; i++) sum += normal(rng);
 * if (Math.abs(sum / 10_000) > 0.05) throw new Error("its mean is 0");
 * ```
 */
export function normal(rng: Rng): number {
  for (;;) {
    const u = 2 * rng.float() - 1;
    const v = 2 * rng.float32() - 1;
    const square = u * u + v * v;
    if (square < 1 && square > 0) return u * Math.sqrt(-2 * log(square) / square);
  }
}

/** A draw whose logarithm is normal with mean `mu` and standard deviation `sigma`; its median is e^mu. */
export function lognormal(rng: Rng, mu: number, sigma: number): number {
  return exp(mu + sigma * normal(rng));
}

/** A draw from the exponential distribution of mean 1: the waiting times of a Poisson process of rate 1. */
export function exponential(rng: Rng): number {
  return -log1p(-rng.float());
}

// ln 2 in two parts; the last 21 bits of the first are 0, so that it times any exponent is exact.
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LOG2_E = 1.4426950408889634;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0; // which half holds the exponent

/** 2^k at index k + 1074, for every k a float can have. Scaling by these is exact, and faster than writing bits. */
const POWERS_OF_TWO = powersOfTwo();

/** The second result of `splitExponent`. */
let mantissa = 0;

/** Splits x > 0 into 2^k × mantissa with the mantissa between √½ and √2; returns k. */
function splitExponent(x: number): number {
  if (x < 2.2250738585072014e-308) return splitExponent(x * 18014398509481984) - 54; // subnormal: no exponent to read
  float[0] = x;
  const high = words[HIGH];
  // From √2 on (0x6a09e starts its fraction) halve, so that log's argument lies about 1 and not to one side of it.
  const k = (high >>> 20) - 1023 + ((high & 0xfffff) >= 0x6a09e ? 1 : 0);
  mantissa = x * POWERS_OF_TWO[1074 - k];
  return k;
}

/** 2z/3 + 2z²/5 + 2z³/7 + …, what log((1 + s) ÷ (1 − s)) ÷ s has beyond 2, for z = s² up to 0.0296. */
function atanhTail(z: number): number {
  return z * (2 / 3 + z * atanhRest(z));
}

/** 2/5 + 2z/7 + 2z²/9 + …; the first term left out is below 2^-57 of the whole. */
function atanhRest(z: number): number {
  const w = z * z;
  const even = 2 / 5 + w * (2 / 9 + w * (2 / 13 + w * (2 / 17 + w * (2 / 21))));
  const odd = 2 / 7 + w * (2 / 11 + w * (2 / 15 + w * (2 / 19 + w * (2 / 23))));
  return even + z * odd;
}

/** e^(high + low), where low is far smaller than high. */
function expOfPair(high: number, low: number): number {
  if (high > 709.79) return Infinity;
  if (high < -745.14) return 0;
  const k = (high * LOG2_E + (high < 0 ? -0.5 : 0.5)) | 0;
  const a = high - k * LN2_HIGH;
  const b = k * LN2_LOW - low;
  const r = a - b;
  const w = r * r;
  // The series of e^r − 1 − r over r², to r^14: |r| is at most ln 2 ÷ 2. Even and odd powers go side by side.
  const even = 1 / 2 + w * (1 / 24 + w * (1 / 720 + w * (1 / 40320 + w * (1 / 3628800 + w * (1 / 479001600)))));
  const odd = 1 / 6 + w * (1 / 120 + w * (1 / 5040 + w * (1 / 362880 + w * (1 / 39916800 + w * (1 / 6227020800)))));
  const y = 1 - (b - w * (even + r * odd) - a);
  if (k > -1022 && k < 1024) return y * POWERS_OF_TWO[k + 1074];
  // At the ends in two steps: 2^1024 is no float; and below, 2^54 keeps y whole until the last step, which alone rounds.
  return k >= 1024 ? y * POWERS_OF_TWO[k + 1073] * 2 : y * POWERS_OF_TWO[k + 1128] * 5.551115123125783e-17;
}

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(2098);
  for (let i = 0, power = 5e-324; i < powers.length; i++, power *= 2) powers[i] = power;
  return powers;
}

/** x^y for x > 0, x not 1: log x as a pair with an error near 2^-64 of it, times y as a pair, to `expOfPair`. */
function powOfPositive(x: number, y: number): number {
  const k = splitExponent(x);
  const f = mantissa - 1;
  // s = f ÷ (2 + f) as a pair: the quotient, and what its remainder gives.
  const d = 2 + f;
  const dLow = f - (d - 2);
  const s = f / d;
  const sd = s * d;
  const sLow = (f - sd - productError(s, d, sd) - s * dLow) / d;
  // log m = 2s + 2s³/3 + s⁵(2/5 + …); the cube stands as a pair as well, the rest is small enough without.
  const z = s * s;
  const zLow = productError(s, s, z) + 2 * s * sLow;
  const cube = z * s;
  const cubeLow = productError(z, s, cube) + z * sLow + zLow * s;
  const third = cube * (2 / 3);
  const thirdLow = productError(cube, 2 / 3, third) + cubeLow * (2 / 3) + cube * TWO_THIRDS_LOW;
  const rest = z * cube * atanhRest(z);
  // Largest first: k ln 2 + 2s, then the cube, then all that is small; each sum keeps what it rounded off.
  const kHigh = k * LN2_HIGH;
  const sum1 = kHigh + 2 * s;
  const low1 = sumError(kHigh, 2 * s, sum1);
  const sum2 = sum1 + third;
  const low2 = sumError(sum1, third, sum2);
  const small = low1 + low2 + (k * LN2_LOW + 2 * sLow + thirdLow + rest);
  const logHigh = sum2 + small;
  const logLow = small - (logHigh - sum2);
  const product = y * logHigh;
  if (product > 709.79) return Infinity;
  if (product < -745.14) return 0;
  return expOfPair(product, productError(y, logHigh, product) + y * logLow);
}

/** 2 ÷ 3 less the nearest float of it. */
const TWO_THIRDS_LOW = 3.700743415417188e-17;
/** 2^27 + 1: times it, a float parts into halves of 26 bits, whose products are exact. */
const SPLITTER = 134217729;

/** What `product`, the float nearest a × b, lacks to a × b, exactly. */
function productError(a: number, b: number, product: number): number {
  const aBig = a * SPLITTER;
  const aHigh = aBig - (aBig - a);
  const aLow = a - aHigh;
  const bBig = b * SPLITTER;
  const bHigh = bBig - (bBig - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

/** What `sum`, the float nearest a + b, lacks to a + b, exactly. */
function sumError(a: number, b: number, sum: number): number {
  const second = sum - a;
  return a - (sum - second) + (b - second);
}
