import { join } from "node:path";
import type { CommandEntry } from "../core/command.ts";
import { isoTime } from "../core/gap_error.ts";
import type { JournalHeader } from "../core/journal_format.ts";
import { knownNames } from "../core/instrument_names.ts";
import { JournalReader } from "../core/journal_reader.ts";
import type { StrategyDefinition } from "../core/strategy.ts";
import type { RunResult } from "../stats/result.ts";
import { backtestAsync, type BacktestOptions, RunError, StoppedError } from "./backtest.ts";
import { FileSink } from "./byte_sink.ts";
import { loadStrategy } from "./load_strategy.ts";
import { FileSource } from "./file_source.ts";
import { type FindOptions, findRun, type FoundRun } from "./find_run.ts";
import { type Difference, JournalComparison } from "./journal_comparison.ts";
import { scanJournal } from "./journal_scan.ts";
import { JournalSource } from "./journal_source.ts";
import { compareOrders, type OrderDifference } from "./order_difference.ts";
import { compareJournals } from "./played_journal.ts";
import { prepare } from "./prepare.ts";
import { changeRules, type PlainRun, type RuleChanges } from "./rule_changes.ts";
import { optionsOf } from "./run_journal.ts";
import { sha256 } from "./sha256.ts";

/** What {@linkcode replay} can be told. */
export interface ReplayOptions extends RuleChanges, FindOptions {
  /** Hears of tape rows read, of both runs. */
  readonly onProgress?: (rows: number, total: number) => void;
  /** Asked now and then; true ends it with StoppedError. */
  readonly stopped?: () => boolean;
}

/** Figures of one of two runs. */
export interface ReplayFigures {
  readonly orders: number;
  readonly trades: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly position: number | null;
  /** Exact, in whole currency; null where there are several. */
  readonly pnl: string | null;
  readonly fees: string | null;
  readonly maxDrawdown: number | null;
  readonly digest: string;
  readonly incomplete: string | null;
}

/** What differs under other rules. */
export interface ReplayReport extends OrderDifference {
  readonly run: string;
  readonly header: JournalHeader;
  /** The rules that were changed, in words. */
  readonly changes: readonly string[];
  /** Who answered the orders: SimVenue, in both. */
  readonly answers: { readonly was: "simulated"; readonly now: "simulated" };
  readonly was: ReplayFigures;
  readonly now: ReplayFigures;
  /** The first record that is another; absent where there is none. */
  readonly difference?: Difference;
  readonly warnings: readonly string[];
}

/**
 * Runs a recorded session again under other rules, and says what would have been different: "What if the kill had not fired?"
 *
 * - The inputs are the journal's: the tapes by their content, parameters, seed and commands. The session is made twice, as it
 *   was and under the new rules, so that nothing but the rules differs; the first is held against the journal.
 * - SimVenue answers in both: the run was a backtest or a paper session, and its own answers were simulated, too.
 * - Commands from outside come at their times, for under other rules the session makes other moves.
 * - A run that was stopped goes on to the end of its tapes, in both.
 *
 * Throws RangeError where nothing can be tried, its orders went to an exchange, or a change names what is none, or what the run did not have; JournalDamageError
 * where the journal's first segment is lost.
 *
 * @example
 * ```ts
 * import { backtest } from "./backtest.ts";
 * import { journalFile } from "./journal_file.ts";
 * import { replay } from "./replay.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * Deno.mkdirSync("out/replay_example", { recursive: true });
 * {
 *   using journal = journalFile("out/replay_example/journal", { strategy: "strategies/touch_maker.ts" });
 *   backtest({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow", limits: { position: 5 }, journal });
 * }
 * const { was, now, changes } = await replay("out/replay_example", { without: ["check:max_position"] });
 * Deno.removeSync("out/replay_example", { recursive: true });
 * if (changes[0] !== "without check position (it was 5)" || now.trades < was.trades) throw new Error("unexpected");
 * ```
 */
export async function replay(folder: string, options: ReplayOptions): Promise<ReplayReport> {
  using source = new JournalSource(folder, "replay");
  const { journal, inputs } = scanJournal(source);
  const { header, where, closing, damage, from } = journal;
  if (header.options.orders === "away") {
    throw new RangeError(
      `Cannot replay ${folder}: its orders went to an exchange, which would have answered others otherwise; ` +
        "run its strategy on its tape, or see `parity`",
    );
  }
  if (damage !== undefined || (from && from.outside > 0)) {
    // All commands must be known; what else the journal holds comes again.
    throw new RangeError(
      `Cannot replay ${folder}: ${
        damage ? `its journal is damaged: ${damage.what}` : "commands were in files that are gone"
      }; ` +
        (damage ? "resume it where it broke off, and see `verify`" : "keep more files"),
    );
  }
  using found = findRun({ folder, header, where, closing }, options);
  const strategy = await loadStrategy(found.strategy);
  const was = withIds({ ...optionsOf(header), inputs }, strategy, found);
  const names = knownNames(header.tapes.map(({ instrument }) => instrument));
  const { options: changed, changes } = changeRules(withInputs(was, inputs), options, names);
  if (changes.length === 0) {
    throw new RangeError(
      `Cannot replay ${folder}: no rule is changed; say which, as --without check:NAME or --latency 2ms`,
    );
  }
  const temporary = Deno.makeTempDirSync({ prefix: "lockstep_replay_" });
  try {
    const comparison = new JournalComparison(new JournalReader(source, sha256), { limit: closing?.before });
    const runs = { strategy, found, options, temporary };
    const first = await runAs("was", { ...was, recorders: [comparison] }, runs);
    const warnings = [...found.warnings];
    if (comparison.difference) {
      const { record, now } = comparison.difference;
      warnings.push(
        `the run does not come again as its journal has it, from record ${record} on (now "${now}"): both are of today`,
      );
    }
    const second = await runAs("now", changed, runs);
    return {
      run: folder,
      header,
      changes,
      answers: { was: "simulated", now: "simulated" },
      was: figuresOf(first),
      now: figuresOf(second),
      ...compared(temporary),
      warnings,
    };
  } finally {
    Deno.removeSync(temporary, { recursive: true });
  }
}

/** The run's options with all its commands as the session knows them: each has an id. */
function withIds(options: Omit<BacktestOptions, "strategy" | "tape">, strategy: StrategyDefinition, found: FoundRun) {
  const tapes = found.tapes.map(({ reader }) => reader);
  const { session } = prepare({ ...options, strategy, tape: tapes }, tapes);
  return { ...options, commands: session.commands.scheduled } satisfies PlainRun;
}

/** Commands from outside at their times, behind those of the run's own. */
function withInputs({ inputs: _, ...options }: PlainRun, inputs: readonly CommandEntry[]): PlainRun {
  const given = inputs.map(({ at, command }) => ({ at: isoTime(BigInt(at)), command }));
  return { ...options, commands: [...options.commands, ...given] };
}

interface Runs {
  readonly strategy: StrategyDefinition;
  readonly found: FoundRun;
  readonly options: ReplayOptions;
  readonly temporary: string;
}

/** Runs to the end, with a journal of that name. */
async function runAs(name: string, run: PlainRun, { strategy, found, options, temporary }: Runs): Promise<RunResult> {
  const tape = found.tapes.map(({ reader }) => reader);
  const sink = new FileSink(join(temporary, name));
  const { onProgress, stopped } = options;
  try {
    return await backtestAsync({ ...run, strategy, tape, onProgress, stopped, journal: { sink, hasher: sha256 } });
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    if (error.cause instanceof StoppedError) throw error.cause;
    return error.result;
  } finally {
    sink.close();
  }
}

/** What the two journals have in common, and where they first differ. */
function compared(temporary: string): OrderDifference & Pick<ReplayReport, "difference"> {
  using was = new FileSource(join(temporary, "was"));
  using now = new FileSource(join(temporary, "now"));
  const readers = (): [
    JournalReader,
    JournalReader,
  ] => [new JournalReader(was, sha256), new JournalReader(now, sha256)];
  const [first, second] = readers();
  const comparison = new JournalComparison(first, { outputs: true });
  compareJournals(second, comparison);
  return { ...compareOrders(...readers()), difference: comparison.difference };
}

function figuresOf(result: RunResult): ReplayFigures {
  const { orders, trades, refusals, position, exact, figures, digest, incomplete = null } = result;
  const { pnl = null, fees = null } = exact ?? {};
  return { orders, trades, refusals, position, pnl, fees, maxDrawdown: figures.maxDrawdown, digest, incomplete };
}
