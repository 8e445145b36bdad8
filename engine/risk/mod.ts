/**
 * What an order must pass before it leaves. Only {@linkcode Risk} can make an `Approved`, and without one nothing is sent.
 *
 * In front of it stands the {@linkcode Gate}: open, reducing or halted. {@linkcode Guards} watch account, market and our own
 * doings, and hold it, or throw the {@linkcode KillSwitch}.
 *
 * Read `risk.ts` (the checks in their order) with `limits.ts` (what can be limited, and where), `open_orders.ts` (what is on its
 * way counts) and `explain.ts` (each check with its values, for `why`); then `gate.ts`, and `guards.ts` with its parts: `breakers.ts`
 * (market data), `post_trade.ts` and `positions.ts` (account and positions), `compliance.ts` (patterns), `refusal_guard.ts` (what risk
 * refuses).
 *
 * @module
 */
export {
  type Limit,
  LIMIT_NAMES,
  type LimitName,
  type Limits,
  limits,
  type RiskScopes,
  type RiskSettings,
  type ScopeLimits,
  spreadLimits,
  UNLIMITED,
} from "./limits.ts";
export type { CheckName, Refusal } from "./refusal.ts";
export { refusalText, remedy } from "./remedies.ts";
export { type Approved, Risk, type RiskOptions } from "./risk.ts";
export type { RiskAccount, RiskView } from "./risk_view.ts";
export { ALL, Gate, type GateCause, type GateState, HALTED, OPEN, REDUCING } from "./gate.ts";
export type {
  ActionOptions,
  BreakerOptions,
  ComplianceOptions,
  GuardOptions,
  InstrumentGuardOptions,
  KillOptions,
  KillState,
  MoneyOptions,
  PauseOptions,
  PostTradeOptions,
  RefusalOptions,
  RefusalsOptions,
  ReturnOptions,
  Then,
} from "./guard_options.ts";
export { type GuardSpecs, guardSpecs } from "./guard_specs.ts";
export { Guards } from "./guards.ts";
export type { GuardState, SessionGuards } from "./session_guards.ts";
export { type FlattenAlgo, type Flattening, type KillRequest, KillSwitch } from "./kill_switch.ts";
