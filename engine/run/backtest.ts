import { StrategyError } from "../core/caller.ts";
import type { Closing } from "../core/journal_format.ts";
import type { TapeReader } from "../feed/tape_reader.ts";
import type { RunResult } from "../stats/result.ts";
import { breathing } from "./breathing.ts";
import { WriteError } from "./disk_file.ts";
import { openTape } from "./open_tape.ts";
import { type BacktestOptions, prepare, type Prepared } from "./prepare.ts";
import { ResumeError } from "./resumed_journal.ts";
import { resultOf } from "./run_result.ts";

export type { BacktestOptions };

/** A run that ended early: what was computed so far stands in `result`, marked incomplete. */
export class RunError extends Error {
  /** `cause` is why it ended. */
  constructor(readonly result: RunResult, override readonly cause: Error) {
    super(cause.message, { cause });
    this.name = "RunError";
  }
}

/** A run that was told to stop. */
export class StoppedError extends Error {
  constructor() {
    super("Stopped before the tape ended");
    this.name = "StoppedError";
  }
}

/** A run whose journal cannot be written any more. */
export class JournalError extends Error {
  constructor(override readonly cause: Error) {
    const why = cause instanceof WriteError ? `${cause.path}: ${cause.what}` : cause.message;
    super(`Cannot write the journal: ${why}; free some space, or run without one`, { cause });
    this.name = "JournalError";
  }
}

/**
 * Runs a strategy over recorded tapes and returns the result.
 *
 * Throws RangeError or TypeError for options that do not fit, and {@linkcode RunError}, which holds the result so far, when
 * the strategy throws or a tape ends in damage.
 *
 * @example
 * ```ts
 * import { backtest, BUY, strategy } from "../../mod.ts";
 * const patient = strategy({
 *   name: "patient",
 *   about: "Buys one lot and holds it.",
 *   params: {},
 *   create: () => ({ onStart: (ctx) => void ctx.submit({ side: BUY, size: 1 }) }),
 * });
 * const result = backtest({ strategy: patient, tape: "fixtures/data/market_l2.arrow" });
 * if (result.trades !== 1) throw new Error("unexpected");
 * ```
 */
export function backtest(options: BacktestOptions): RunResult {
  const { run, close } = open(options);
  const started = performance.now();
  while (run.loop.advance(4096)) stopIfAsked(run, options);
  try {
    return endRun(run, options, () => (performance.now() - started) / 1000);
  } finally {
    close();
  }
}

/** Steps between two looks at the time: as many as take about this long, so that a slow strategy is looked at after each. */
const LOOK_MS = 4;
const LOOK_STEPS_MAX = 4096;

/**
 * {@linkcode backtest}, which lets the rest of the program breathe twenty times a second: signals and timers are heard, and
 * `stopped` is asked then. The result is the same.
 *
 * @example
 * ```ts
 * import { backtestAsync } from "./backtest.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const result = await backtestAsync({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow" });
 * if (result.trades === 0) throw new Error("unexpected");
 * ```
 */
export async function backtestAsync(options: BacktestOptions): Promise<RunResult> {
  const { run, close } = open(options);
  const started = performance.now();
  let steps = 1;
  const work = (): boolean => {
    const began = performance.now();
    const more = run.loop.advance(steps);
    const took = performance.now() - began;
    if (took < LOOK_MS / 2) steps = Math.min(2 * steps, LOOK_STEPS_MAX);
    else if (took > LOOK_MS) steps = Math.ceil(steps / 2);
    return more;
  };
  await breathing(work, () => stopIfAsked(run, options));
  try {
    return endRun(run, options, () => (performance.now() - started) / 1000);
  } finally {
    close();
  }
}

/** The run over its tapes. */
function open(options: BacktestOptions): { run: Prepared; close: () => void } {
  const { tapes, close } = openTapes(options);
  try {
    return { run: prepare(options, tapes), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** The tapes of a run: those given as paths are opened, and are closed by `close`. */
export function openTapes({ tape }: BacktestOptions): { readonly tapes: readonly TapeReader[]; close: () => void } {
  const opened: { close(): void }[] = [];
  const close = (): void => opened.forEach((each) => each.close());
  try {
    const given: readonly (string | TapeReader)[] = Array.isArray(tape) ? tape : [tape];
    const tapes = given.map((each) => {
      if (typeof each !== "string") return each;
      const file = openTape(each);
      opened.push(file);
      return file.reader;
    });
    return { tapes, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Stops a run where it stands if its caller asks for it, or its journal cannot be written. */
export function stopIfAsked({ loop, journal }: Prepared, options: BacktestOptions): void {
  if (options.stopped?.()) loop.stop(new StoppedError());
  else if (journal?.failure) loop.stop(journalError(journal.failure));
  // What is made again has its segments from the journal.
  else if (journal && options.journal?.goingOn?.comparison.over !== false) {
    options.journal?.look?.(() => journal.flush());
  }
}

/** Closes the journal of a run whose loop has ended, with the tapes that it recorded, and works out its result; throws {@linkcode RunError} as `backtest`. */
export function endRun(
  run: Prepared,
  options: BacktestOptions,
  seconds: () => number,
  tapes?: Closing["tapes"],
): RunResult {
  const { loop, journal } = run;
  const { steps, finished, before } = loop;
  journal?.close({ steps, finished, incomplete: loop.incomplete?.message ?? null, before, tapes });
  const failed = journal?.failure && journalError(journal.failure);
  const incomplete = loop.incomplete ?? failed;
  const result = resultOf(run, options, seconds(), incomplete?.message);
  if (incomplete) throw new RunError(result, incomplete);
  return result;
}

function journalError(failure: Error): Error {
  return failure instanceof ResumeError ? failure : new JournalError(failure);
}

export { StrategyError };
