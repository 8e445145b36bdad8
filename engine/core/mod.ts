/**
 * The words and the machine everything else stands on: units, time, events in one total order, the core and the session.
 *
 * Read in this order: `event.ts` (what a tape's row can be), `clock.ts` and `event_queue.ts` (time, and what comes first at
 * one time), `core.ts` (the one thing that changes state), `order_flow.ts` (the life of our orders in it), `ledger.ts` and
 * `liquidation.ts` (its money), `feed.ts`, `arriving_feed.ts` and `away_feed.ts` (an instrument on a tape, on rows as they arrive, at
 * an exchange), `session.ts` (which decides what comes next), `strategy.ts` (what a strategy sees), `services.ts` (what works beside
 * it: parents, links, routes, guards), `commands.ts` and `reports.ts` (what someone outside tells it, and what an exchange says),
 * `digest.ts` and `journal.ts` (what makes a run provable), `stateful.ts` and `plain_state.ts` (what a snapshot keeps),
 * `drop_copy.ts` (reports).
 *
 * Pure: no clock, no chance, no input or output of its own. It runs unchanged in a browser tab, a Worker and a program.
 *
 * @module
 */
export { type Alert, Alerts, type AlertSummary, type Severity } from "./alerts.ts";
export type { AmountTarget, AmountView } from "./amount.ts";
export { Clock, ERA } from "./clock.ts";
export type { Command, CommandEntry, CommandResult, PlacedCommand, ScheduledCommand } from "./command.ts";
export { Code, codeName } from "./codes.ts";
export { Core } from "./core.ts";
export { type Decimal, formatDecimal, parseDecimal } from "./decimal.ts";
export { Digest } from "./digest.ts";
export * from "./event.ts";
export { EventQueue } from "./event_queue.ts";
export { type Calendar, type Instrument, instrument, type InstrumentSpec } from "./instrument.ts";
export type { LateFigures } from "./late_moves.ts";
export { type Amount, Money } from "./money.ts";
export { param, paramValues } from "./params.ts";
export type { RecordedCore, RecordedOrders, Recorder } from "./recorder.ts";
export { type Random, Rng } from "./rng.ts";
export type { RunningSession } from "./running_session.ts";
export { GapError } from "./gap_error.ts";
export { StrategyError } from "./caller.ts";
export { DropCopy, type DropCopyOptions, type DropCopyRead } from "./drop_copy.ts";
export type { ExecType, ExecutionReport } from "./execution_report.ts";
export { Session } from "./session.ts";
export { type Service, Services } from "./services.ts";
export type { SessionOptions } from "./session_options.ts";
export type { Keeper } from "./stateful.ts";
export { type Context, type Strategy, strategy, type StrategyDefinition } from "./strategy.ts";
