/**
 * Lockstep: simulate, backtest and trade with one deterministic core.
 *
 * Notebooks and strategies import from here; run as a program it is the command line.
 *
 * @module
 */
import type { ConvertOptions, ConvertReport } from "./engine/run/mod.ts";

// A strategy: what it declares, what it sees, what it sends.
export { strategy } from "./engine/core/strategy.ts";
export type { Context, Finish, Strategy, StrategyDefinition } from "./engine/core/strategy.ts";
export type { BarView, BookView, FillView, MarketTrade, OrderRequest, OrderView } from "./engine/core/strategy.ts";
export { type Param, param, type ParamSpecs, type ParamValue, type ParamValues } from "./engine/core/params.ts";
export { BUY, NONE, SELL } from "./engine/core/event.ts";
export { Code, codeName } from "./engine/core/codes.ts";
export type {
  Alert,
  AlertSummary,
  Calendar,
  Decimal,
  Instrument,
  InstrumentSpec,
  Random,
  Severity,
} from "./engine/core/mod.ts";

// Orders that depend on each other (`ctx.links`), large ones (`ctx.parents`), one over several venues (`ctx.router`).
export type { BracketRequest, ExitRequest, FollowingRequest, OtoRequest, PeersRequest } from "./engine/oms/mod.ts";
export type { LinkChange, LinkedOrders, LinkOptions, LinkView, Move } from "./engine/oms/mod.ts";
export type {
  AlgoName,
  Condition,
  ConditionValue,
  LearnOptions,
  ParentRequest,
  RestPolicy,
  ThenRequest,
} from "./engine/oms/mod.ts";
export type { ParentChange, ParentOrders, ParentState, ParentView, Slippage } from "./engine/oms/mod.ts";
export type {
  OrderRouter,
  RoutePolicy,
  RouteRequest,
  RouterSettings,
  VenueSettings,
  VenueState,
} from "./engine/oms/mod.ts";
export type { RouteChild, RouteLevel, RouteState, RouteVenue, RouteView } from "./engine/oms/mod.ts";

// What may not be: limits of single orders, and guards that watch a session (`ctx.guards`).
export type {
  CheckName,
  Limit,
  LimitName,
  Limits,
  Refusal,
  RiskScopes,
  RiskSettings,
  ScopeLimits,
} from "./engine/risk/mod.ts";
export type { BreakerOptions, ComplianceOptions, GuardOptions, InstrumentGuardOptions } from "./engine/risk/mod.ts";
export type { PostTradeOptions, RefusalOptions, RefusalsOptions } from "./engine/risk/mod.ts";
export type { ActionOptions, MoneyOptions, PauseOptions, ReturnOptions, Then } from "./engine/risk/mod.ts";
export type { FlattenAlgo, Flattening, KillOptions, KillRequest, KillState } from "./engine/risk/mod.ts";
export type { GateCause, GateState, GuardState, SessionGuards } from "./engine/risk/mod.ts";

// A run, and several of one strategy that differ in what is not known.
export { backtest, backtestAsync, type BacktestOptions, RunError } from "./engine/run/backtest.ts";
export type { LateKnowledge, PositionSpec } from "./engine/run/mod.ts";
export type { LateFigures } from "./engine/core/mod.ts";
export { type BandedOptions, type BandOptions, bands } from "./engine/run/bands.ts";

// Its result, and how it is shown.
export { display, plotSvg, tearsheet } from "./engine/stats/mod.ts";
export type { Displayable, MimeBundle, TearsheetOptions } from "./engine/stats/mod.ts";
export type {
  ExactMoney,
  InstrumentResult,
  ModelNames,
  RunHeader,
  RunResult,
  TapeName,
  Totals,
} from "./engine/stats/mod.ts";
export type { EquityPoints, Figures, RoundTrip } from "./engine/stats/mod.ts";
export type { BandEnd, BandRun, Bands, Interval, SeedSpread, Spread } from "./engine/stats/mod.ts";

// Models of one's own in place of ours: latency, queue and fees.
export type { LatencyOptions } from "./engine/run/mod.ts";
export type { LatencyModel, QueueModel, SelfTradePolicy } from "./engine/venue/mod.ts";
export type { Execution, FeeModel, FeeRates, FeeSpec } from "./engine/venue/mod.ts";
export type { AmountTarget, AmountView, Keeper } from "./engine/core/mod.ts";
export { MAKER, TAKER } from "./engine/venue/liquidity.ts";

// A run from outside: commands to it, and what it tells as it goes.
export type { Command, CommandEntry, CommandResult, PlacedCommand, ScheduledCommand } from "./engine/core/mod.ts";
export type { RunningSession } from "./engine/core/mod.ts";
export { DropCopy, type DropCopyOptions, type DropCopyRead } from "./engine/core/drop_copy.ts";
export type { ExecType, ExecutionReport } from "./engine/core/mod.ts";
export type { RecordedCore, RecordedOrders, Recorder } from "./engine/core/mod.ts";
export type { RoundTripSink } from "./engine/account/mod.ts";

// Snapshots, from which a run goes on.
export { MemorySnapshots } from "./engine/run/snapshot.ts";
export type { FromOptions, Snapshot, SnapshotHead, SnapshotOptions, SnapshotStore } from "./engine/run/snapshot.ts";
export { SnapshotFolder } from "./engine/run/snapshot_folder.ts";
export { sha256 } from "./engine/run/sha256.ts";

// Tapes: made from captures or of what simulated participants do, and read.
export { type AgentTape, type AgentTapeOptions, makeAgentTape } from "./engine/run/agent_tape.ts";
export type { ConvertError, ConvertOptions, ConvertReport, DateOrder } from "./engine/run/mod.ts";
export { type BarBatch, type TapeBatch, TapeBuffer, TapeReader } from "./engine/feed/tape_reader.ts";
export { type ByteSource, BytesSource } from "./engine/feed/byte_source.ts";
export type { Hasher, SkewMeta, SourceMeta, TapeLayout, TapeMeta, TapeSpan } from "./engine/feed/mod.ts";
export type { BackStep, BackStepsFound, ClockDisorder, DisorderMeta, Gap, PrintOffGrid } from "./engine/feed/mod.ts";
export type { CrossedMeta, UnknownOrder, UnknownOrdersMeta } from "./engine/feed/mod.ts";

/**
 * Converts source files to a tape, as `lockstep convert` does; {@linkcode ConvertOptions} says of what and how.
 *
 * What could be converted before an error is kept, and {@linkcode ConvertError} names it; RangeError or TypeError for
 * options that do not fit.
 *
 * @example
 * ```ts
 * import { convert } from "./mod.ts";
 * const capture = "out/example.csv", out = "out/example.arrow";
 * Deno.mkdirSync("out", { recursive: true });
 * Deno.writeTextFileSync(capture, "timestamp,price,amount,side\n2024-08-08T00:00:00Z,61659.7,0.002,buy\n");
 * const { meta } = await convert({ sources: [capture], format: "trades", out, instrument: { symbol: "BTCUSDT" } });
 * for (const file of [capture, out]) Deno.removeSync(file);
 * if (meta.rows !== 1) throw new Error("unexpected");
 * ```
 */
export async function convert(options: ConvertOptions): Promise<ConvertReport> {
  // Its decoders are many, and most who import this module need none.
  return (await import("./engine/run/convert.ts")).convert(options);
}

// Not awaited here: strategies import this module, and could not while it waits for them.
if (import.meta.main) {
  Promise.all([import("./engine/run/cli/mod.ts"), import("./transport/cli/mod.ts")])
    .then(([{ main, processTerminal }, { transportExtension }]) =>
      main(Deno.args, processTerminal(), [transportExtension])
    )
    .then(Deno.exit);
}
