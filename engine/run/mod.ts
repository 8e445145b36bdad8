/**
 * The builders of sessions and all that touches the outside: files, processes, the command line.
 *
 * `backtest.ts` builds and runs a session over tapes, from what `prepare.ts` puts together; `bands.ts` runs several over one
 * decoding; `snapshot.ts` keeps a session's state and goes on from it; `convert.ts` makes tapes of what was recorded, and
 * `agent_tape.ts` of what simulated participants do.
 *
 * `arriving_session.ts` is a session on rows as they arrive; `recorded_frames.ts` and `played_paper.ts` let a tape's rows
 * arrive again. `market_paper.ts` runs one on an exchange's market, and `record.ts` only records it. `live.ts` is one whose orders
 * go to the exchange (`away_session.ts`), after it has been reconciled with the log of the runs before (`order_log_folder.ts`);
 * `rehearsal.ts` and `run_limits.ts` say what it must show first. `kill_file.ts` is a kill switch on disk. What engine/live has
 * of the machine is in `machine_tools.ts`: `network.ts` and `wall_clock.ts`.
 *
 * What makes a run again from its journal: `verify.ts` (is it the same?), `why.ts` (an order's story), `resume.ts` (goes on with
 * a run that broke off), `replay.ts` (under other rules), `parity/` (why was it another than its backtest?), all by `find_run.ts`
 * and `journal_scan.ts`. `reports.ts` reads what a run has written. The commands stand in `cli/`, one file each.
 *
 * @module
 */
export type { PositionSpec } from "./opening.ts";
export { type AgentTape, type AgentTapeOptions, makeAgentTape } from "./agent_tape.ts";
export { backtest, backtestAsync, type BacktestOptions, RunError } from "./backtest.ts";
export type { LateKnowledge } from "./backtest_options.ts";
export { type BandedOptions, type BandOptions, bands } from "./bands.ts";
export type { DateOrder } from "../feed/decode/time_column.ts";
export { convert, ConvertError, type ConvertOptions, type ConvertReport } from "./convert.ts";
export { inspect, type InspectOptions, type TapeReport } from "./inspect.ts";
export type { LatencyOptions } from "./latencies.ts";
export { type ArrivingInstrument, ArrivingSession, type ArrivingSessionOptions } from "./arriving_session.ts";
export { type PlayedPaper, playedPaper, type PlayedPaperOptions, tapeTime } from "./played_paper.ts";
export { type PlayedTape, RecordedFrames } from "./recorded_frames.ts";
export { sha256 } from "./sha256.ts";
export {
  type FromOptions,
  MemorySnapshots,
  type Snapshot,
  type SnapshotHead,
  type SnapshotOptions,
  type SnapshotStore,
} from "./snapshot.ts";
export { SnapshotFolder } from "./snapshot_folder.ts";
