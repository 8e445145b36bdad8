/**
 * Lockstep: simulate, backtest and trade with one deterministic core.
 *
 * Notebooks and strategies import from here; run as a program it is the command line.
 *
 * @module
 */
export type { Alert } from "./engine/core/alerts.ts";
export { BUY, NONE, SELL } from "./engine/core/event.ts";
export { Code, codeName } from "./engine/core/codes.ts";
export { param } from "./engine/core/params.ts";
export {
  type BarView,
  type BookView,
  type Context,
  type FillView,
  type MarketTrade,
  type OrderRequest,
  type OrderView,
  type Strategy,
  strategy,
  type StrategyDefinition,
} from "./engine/core/strategy.ts";
export type { BracketRequest, LinkChange, LinkedOrders, LinkView, OtoRequest, PeersRequest } from "./engine/oms/mod.ts";
export type { ParentChange, ParentOrders, ParentRequest, ParentView } from "./engine/oms/mod.ts";
export type { RouteRequest, RouterSettings, RouteView } from "./engine/oms/mod.ts";
export type { Limits, Refusal, RiskScopes, ScopeLimits } from "./engine/risk/mod.ts";
export { DropCopy } from "./engine/core/drop_copy.ts";
export type { ExecutionReport } from "./engine/core/execution_report.ts";
export { backtest, type BacktestOptions, RunError } from "./engine/run/backtest.ts";
export { type BandedOptions, type BandOptions, bands } from "./engine/run/bands.ts";
export type { GuardOptions } from "./engine/risk/guard_options.ts";
export { display, plotSvg, type RunResult, tearsheet } from "./engine/stats/mod.ts";

// Not awaited here: strategies import this module, and could not while it waits for them.
if (import.meta.main) {
  Promise.all([import("./engine/run/cli/mod.ts"), import("./transport/cli/mod.ts")])
    .then(([{ main, processTerminal }, { transportExtension }]) =>
      main(Deno.args, processTerminal(), [transportExtension])
    )
    .then(Deno.exit);
}
