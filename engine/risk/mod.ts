/**
 * What an order must pass before it leaves. Only {@linkcode Risk} can make an `Approved`, and without one nothing is sent.
 *
 * In front of it stands the {@linkcode Gate}: open, reducing or halted. {@linkcode Guards} watch account, market and our own
 * doings, and hold it, or throw the {@linkcode KillSwitch}.
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
export { ALL, Gate, type GateCause, type GateState, HALTED, OPEN, REDUCING } from "./gate.ts";
export type {
  BreakerOptions,
  ComplianceOptions,
  GuardOptions,
  KillOptions,
  KillState,
  PostTradeOptions,
  Then,
} from "./guard_options.ts";
export { type GuardSpecs, guardSpecs } from "./guard_specs.ts";
export { Guards } from "./guards.ts";
export type { GuardState, SessionGuards } from "./session_guards.ts";
export { type FlattenAlgo, type Flattening, type KillRequest, KillSwitch } from "./kill_switch.ts";
