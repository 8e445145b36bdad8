import type { CommandEntry } from "../core/command.ts";
import type { Closing, JournalHeader } from "../core/journal_format.ts";
import type { StrategyDefinition } from "../core/strategy.ts";
import type { FoundRun } from "./find_run.ts";
import type { Difference, JournalComparison } from "./journal_comparison.ts";
import { type BacktestOptions, prepare, type Prepared } from "./prepare.ts";
import { optionsOf } from "./run_journal.ts";

/** What it takes to make a run again beside its header, and what it is held against. */
export interface Again {
  readonly comparison: JournalComparison;
  readonly inputs: readonly CommandEntry[];
  readonly closing: Closing | undefined;
}

/** A run that stands at its beginning once more, and the options that it was given. */
export interface RunAgain {
  readonly run: Prepared;
  readonly given: BacktestOptions;
}

/**
 * Makes ready to run a session again from its journal's header, with the commands that the journal holds, held against it.
 *
 * Throws RangeError where it cannot be run, with the folder and why.
 */
export function prepareAgain(
  folder: string,
  { header, found, strategy, again, onProgress }: {
    readonly header: JournalHeader;
    readonly found: FoundRun;
    readonly strategy: StrategyDefinition;
    readonly again: Again;
    readonly onProgress?: BacktestOptions["onProgress"];
  },
): RunAgain {
  const tapes = found.tapes.map(({ reader }) => reader);
  const { comparison, inputs, closing } = again;
  const stopAfter = stopOf(closing);
  try {
    const given = {
      ...optionsOf(header),
      strategy,
      tape: tapes,
      inputs,
      stopAfter,
      recorders: [comparison],
      onProgress,
    };
    return { run: prepare(given, tapes), given };
  } catch (error) {
    throw notAgain(folder, error);
  }
}

/** The error for a run that cannot be made again for a reason of its input; another error as it is. */
export function notAgain(folder: string, error: unknown): unknown {
  if (!(error instanceof RangeError || error instanceof TypeError)) return error;
  return new RangeError(`Cannot run ${folder} again: ${error.message}`, { cause: error });
}

/** Inputs up to a moment; all where there is none. */
export function inputsUntil(inputs: readonly CommandEntry[], until: bigint | undefined): readonly CommandEntry[] {
  return until === undefined ? inputs : inputs.filter(({ at }) => BigInt(at) <= until);
}

/** A run that was stopped is stopped again after as many moves. */
export function stopOf(closing: Closing | undefined): BacktestOptions["stopAfter"] {
  return closing?.incomplete && closing.finished ? { steps: closing.steps, reason: closing.incomplete } : undefined;
}

/** Where two runs whose records are the same ended for another reason; null is the end of the tapes. */
export function endDifference(
  was: string | null,
  is: string | null,
  at: Pick<Difference, "record" | "time" | "rows">,
): Difference | undefined {
  if (was === is) return undefined;
  const how = (why: string | null) => why === null ? "the run ended with its tapes" : `the run ended early: ${why}`;
  return { ...at, order: 0, journaled: how(was), now: how(is) };
}
