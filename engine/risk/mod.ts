/**
 * What an order must pass before it leaves. Only {@linkcode Risk} can make an `Approved`, and without one nothing is sent.
 *
 * @module
 */
export { type Limits, limits, UNLIMITED } from "./limits.ts";
export { type Approved, Risk, type RiskView } from "./risk.ts";
