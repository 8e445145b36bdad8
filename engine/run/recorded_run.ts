import type { Recorder } from "../core/recorder.ts";
import type { RunResult } from "../stats/result.ts";
import { backtestAsync, type BacktestOptions, RunError } from "./backtest.ts";
import type { ByteSink } from "./byte_sink.ts";
import type { RunJournal } from "./run_journal.ts";
import { PositionTable, TradeTable } from "./position_tables.ts";
import { FillTable, OrderListTable } from "./run_tables.ts";
import { StepsFile } from "./steps_file.ts";

/** Where what a run puts out goes; what is absent is not written. */
export interface RunOutputs {
  /** Every order, an Arrow table. */
  readonly orders?: ByteSink;
  /** Every fill, an Arrow table. */
  readonly fills?: ByteSink;
  /** The position after each change of it, an Arrow table. */
  readonly positions?: ByteSink;
  /** Every round trip, an Arrow table. */
  readonly trades?: ByteSink;
  /** The account as it changes, CSV. */
  readonly steps?: ByteSink;
  readonly journal?: { readonly sink: ByteSink; readonly as: Omit<RunJournal, "sink"> };
}

/** How a run ended: `error` says why where it ended early. */
export interface RunOutcome {
  readonly result: RunResult;
  readonly error?: Error;
}

/**
 * Runs a backtest (with `backtestAsync`, unless said), and writes what it puts out. The sinks are closed when it is over, however it ended.
 *
 * Throws what {@linkcode backtestAsync} throws, but for RunError, which is the outcome's `error`.
 *
 * @example
 * ```ts
 * import { recordedRun } from "./recorded_run.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * let text = "";
 * const steps = { write: (bytes: Uint8Array) => void (text += new TextDecoder().decode(bytes)), close() {} };
 * const options = { strategy: touchMaker, tape: "fixtures/data/market_l2.arrow" };
 * const { result } = await recordedRun(options, { steps });
 * if (!text.trimEnd().split("\n").at(-1)!.includes(`,${result.trades},`)) throw new Error("unexpected");
 * ```
 */
export async function recordedRun(
  options: BacktestOptions,
  outputs: RunOutputs,
  run: (options: BacktestOptions) => RunResult | Promise<RunResult> = backtestAsync,
): Promise<RunOutcome> {
  const recorders: (Recorder & { close(): void })[] = [];
  if (outputs.orders) recorders.push(new OrderListTable(outputs.orders));
  if (outputs.fills) recorders.push(new FillTable(outputs.fills));
  if (outputs.positions) recorders.push(new PositionTable(outputs.positions));
  if (outputs.trades) recorders.push(new TradeTable(outputs.trades));
  if (outputs.steps) recorders.push(new StepsFile(outputs.steps, { byFill: !hasTimer(options) }));
  const { journal } = outputs;
  let begun = false;
  try {
    const result = await run({
      ...options,
      recorders: [...(options.recorders ?? []), ...recorders, { attach: () => begun = true }],
      journal: journal && { ...journal.as, sink: journal.sink },
    });
    return { result };
  } catch (error) {
    if (error instanceof RunError) return { result: error.result, error: error.cause };
    throw error;
  } finally {
    if (begun) { for (const recorder of recorders) recorder.close(); }
    journal?.sink.close();
  }
}

/** Whether the strategy listens to timers: one that does not has no steps of its own. */
function hasTimer({ strategy, set }: BacktestOptions): boolean {
  const defaults = Object.fromEntries(
    Object.entries(strategy.params ?? {}).map(([name, spec]) => [name, spec.default]),
  );
  return strategy.create({ ...defaults, ...set }).onTimer !== undefined;
}
