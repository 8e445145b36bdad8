/**
 * What an order must pass before it leaves. Only {@linkcode Risk} can make an `Approved`, and without one nothing is sent.
 *
 * @module
 */
export {
  type Limit,
  LIMIT_NAMES,
  type Limits,
  limits,
  type RiskScopes,
  type ScopeLimits,
  spreadLimits,
  UNLIMITED,
} from "./limits.ts";
export type { Refusal } from "./refusal.ts";
export { refusalText, remedy } from "./remedies.ts";
export { type Approved, Risk, type RiskOptions } from "./risk.ts";
export type { RiskAccount, RiskView } from "./risk_view.ts";
