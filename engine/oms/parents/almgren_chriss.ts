import { exp, log1p } from "../../core/math.ts";

/** What an optimal schedule hangs on. Any units will do that agree with each other; ticks, lots and seconds here. */
export interface ImpactModel {
  /** λ: what one unit of variance of the cost is worth, in 1 ÷ (tick × lot). */
  readonly riskAversion: number;
  /** σ: standard deviation of the price after one second, in ticks. */
  readonly volatility: number;
  /** η: ticks by which one's own price moves when one trades a lot a second. */
  readonly impact: number;
  /** γ: ticks by which one lot moves the price for good; 0 unless said. */
  readonly permanentImpact?: number;
}

/**
 * How fast an optimal schedule in steps of `stepSec` seconds runs out: κ in 1 ÷ second, 0 where risk costs nothing.
 *
 * R. Almgren and N. Chriss, "Optimal execution of portfolio transactions", Journal of Risk 3 (2001), in discrete time:
 *   κ̃² = λσ² ÷ η̃, with η̃ = η − γτ ÷ 2, and 2 (cosh κτ − 1) ÷ τ² = κ̃².
 *
 * Throws RangeError where the permanent impact of a step is as large as the temporary one: there is no optimum then.
 */
export function kappa(model: ImpactModel, stepSec: number): number {
  const { riskAversion, volatility, impact, permanentImpact = 0 } = model;
  const net = impact - permanentImpact * stepSec / 2;
  if (!(net > 0)) {
    throw new RangeError(
      `Cannot schedule: impact is ${impact}, and permanentImpact × slice ÷ 2 is ${permanentImpact * stepSec / 2}; ` +
        `impact must be above it`,
    );
  }
  // cosh κτ = 1 + rise: for a small rise, acosh(1 + rise) loses its digits, and log1p does not.
  const rise = riskAversion * volatility * volatility / net * stepSec * stepSec / 2;
  return log1p(rise + Math.sqrt(rise * (2 + rise))) / stepSec;
}

/**
 * The share that is done after each of `steps` equal steps of an optimal schedule, into `done` (steps + 1 of them, from 0
 * to 1): 1 − sinh(κ(T − t)) ÷ sinh(κT).
 *
 * - The price is a random walk without drift; impact is linear in the rate, and the temporary part is gone after a step.
 * - Risk is the variance of the cost. At λ = 0 the schedule is a TWAP; the larger λ or σ, or the smaller η, the more of it
 *   comes first.
 *
 * @example
 * ```ts
 * import { almgrenChriss } from "./almgren_chriss.ts";
 * const done = almgrenChriss({ riskAversion: 0, volatility: 5, impact: 1 }, 4, 60);
 * if (done.join() !== "0,0.25,0.5,0.75,1") throw new Error("without aversion to risk it is a TWAP");
 * ```
 */
export function almgrenChriss(model: ImpactModel, steps: number, stepSec: number): Float64Array {
  const done = new Float64Array(steps + 1);
  const step = kappa(model, stepSec) * stepSec;
  for (let i = 1; i < steps; i++) done[i] = 1 - sinhRatio((steps - i) * step, steps * step, (steps - i) / steps);
  done[steps] = 1;
  return done;
}

/** sinh(a) ÷ sinh(b) for 0 ≤ a ≤ b, neither of which overflows; `limit` is a ÷ b. */
function sinhRatio(a: number, b: number, limit: number): number {
  // Both are straight lines there to the last digit, but for b² ÷ 6.
  if (b < 1e-8) return limit;
  return exp(a - b) * (expMinus1(-2 * a) / expMinus1(-2 * b));
}

/** e^x − 1 for x of 0 or less, without the loss of digits near 0. */
function expMinus1(x: number): number {
  if (x < -0.01) return exp(x) - 1;
  // Nine terms leave less than 1e-24 of x at -0.01.
  let term = 1, sum = 1;
  for (let n = 2; n < 10; n++) sum += term *= x / n;
  return x * sum;
}
