import { dirname, join, resolve } from "node:path";
import type { Closing, JournalHeader, Whereabouts } from "../core/journal_format.ts";
import { COMMAND } from "../core/journal_format.ts";
import type { Damage } from "../core/journal_damage.ts";
import { JournalReader } from "../core/journal_reader.ts";
import type { StrategyDefinition } from "../core/strategy.ts";
import { StoppedError } from "./backtest.ts";
import { breathing } from "./breathing.ts";
import { loadStrategy } from "./cli/load_strategy.ts";
import { FileSource } from "./file_source.ts";
import { findTape, type FoundTape } from "./find_tape.ts";
import { type Difference, JournalComparison } from "./journal_comparison.ts";
import { hashFile } from "./journal_file.ts";
import { nearName } from "./near_name.ts";
import { type BacktestOptions, prepare, type Prepared } from "./prepare.ts";
import { optionsOf } from "./run_journal.ts";
import { checkFiles, type FileContradiction } from "./run_manifest.ts";
import { resultOf } from "./run_result.ts";
import { sha256 } from "./sha256.ts";

/** What {@linkcode verify} can be told. */
export interface VerifyOptions {
  /** Tapes, or folders of tapes, to look at first; those that the journal names follow. */
  readonly tapes?: readonly string[];
  /** The strategy's file, in place of the one that the journal names. */
  readonly strategy?: string;
  /** Hears of tape rows read, and how many there are in all. */
  readonly onProgress?: (rows: number, total: number) => void;
  /** Asked now and then; true ends the comparison with StoppedError. */
  readonly stopped?: () => boolean;
}

/** What a verification found. */
export interface VerifyReport {
  readonly run: string;
  readonly header: JournalHeader;
  /** The journal's segments that are whole, and the hash of the last. */
  readonly segments: number;
  readonly chain: string;
  /** Where the chain breaks, if it does. */
  readonly damage?: Damage;
  /** Output records in the journal, as far as it can be read. */
  readonly records: number;
  /** How the run ended; absent where the journal was cut before it. */
  readonly closing?: Closing;
  /** Records that came again, equal. */
  readonly compared: number;
  /** Of the run that was made again, as far as it went. */
  readonly digest: string;
  readonly difference?: Difference;
  /** What a reader should know: the strategy's file has changed. */
  readonly warnings: readonly string[];
  /** Files beside the journal that are what the run wrote. */
  readonly files: readonly string[];
  /** Those that are not, and figures of the result that the run made again does not have. */
  readonly contradictions: readonly FileContradiction[];
  /** The journal is whole, the run came again, record by record and with the same digest, and no file contradicts it. */
  readonly equal: boolean;
}

/**
 * Proves a run by its journal: checks the chain, finds strategy and tapes, runs the session again from the journal's header
 * alone, and compares what it puts out record by record. The result and the lists beside the journal are then held against
 * the journal's digest, the figures of the run made again, and the hashes of `manifest.json`.
 *
 * Throws JournalDamageError where the journal is damaged in its first segment, which has the header, and RangeError where
 * nothing can be tried: there is no journal, a tape is missing or has another content (both hashes are named), or the run
 * had models that were given as code.
 *
 * @example
 * ```ts
 * import { backtest } from "./backtest.ts";
 * import { journalFile } from "./journal_file.ts";
 * import { verify } from "./verify.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * Deno.mkdirSync("out/verify_example", { recursive: true });
 * {
 *   using journal = journalFile("out/verify_example/journal", { strategy: "strategies/touch_maker.ts" });
 *   backtest({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow", journal });
 * }
 * const report = await verify("out/verify_example");
 * Deno.removeSync("out/verify_example", { recursive: true });
 * if (!report.equal) throw new Error("unexpected");
 * ```
 */
export async function verify(folder: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const path = journalIn(folder);
  using file = new FileSource(path);
  const source = { name: path, size: file.size, read: (offset: number, into: Uint8Array) => file.read(offset, into) };
  const whole = new JournalReader(source, sha256);
  for (let kind = whole.next(); kind !== 0; kind = whole.next()) {
    if (kind === COMMAND) throw new RangeError(`Cannot run ${folder} again: its journal holds commands from outside`);
  }
  const { header, where, closing } = whole;
  const warnings: string[] = [];
  const strategy = await findStrategy(folder, header, where, options, warnings);
  const comparison = new JournalComparison(new JournalReader(source, sha256));
  const found: FoundTape[] = [];
  try {
    header.tapes.forEach((tape, i) => found.push(findTape(tape, placesOf(folder, where?.tapes[i], options))));
    const { run, given } = prepareAgain(folder, header, strategy, found, {
      comparison,
      onProgress: options.onProgress,
    });
    const end = await runAgain(run, comparison, closing, options.stopped);
    const { digest } = run.session.core;
    const difference = comparison.difference ?? end;
    const same = difference === undefined && digest.hex() === closing?.digest && whole.damage === undefined;
    // Figures are compared only of a run that came again to its end: after a difference all of them may differ.
    const again = same ? resultOf(run, given, 0, closing.incomplete ?? undefined) : undefined;
    const { checked: files, contradictions } = checkFiles(folder, closing, again);
    const equal = same && contradictions.length === 0;
    const { segments, chain, damage, records } = whole;
    return {
      run: folder,
      header,
      segments,
      chain,
      damage,
      records,
      closing,
      compared: comparison.compared,
      digest: digest.hex(),
      difference,
      warnings,
      files,
      contradictions,
      equal,
    };
  } finally {
    for (const tape of found) tape.close();
  }
}

/** The journal of a run's folder. Throws RangeError where there is none. */
function journalIn(folder: string): string {
  const path = join(folder, "journal");
  if (isFile(path)) return path;
  let remedy = "name the folder of a run, as out/touch_maker-market_l2-1";
  let why = "there is no such folder";
  try {
    why = Deno.statSync(folder).isDirectory ? "there is no journal in it" : "it is a file";
  } catch {
    remedy = nearName(folder, { folders: true, otherwise: remedy });
  }
  throw new RangeError(`Cannot verify ${folder}: ${why}; ${remedy}`);
}

/** A run is looked at from where it was made, or, where that is another folder, from the one above `out`. */
function placesOf(folder: string, path: string | null | undefined, { tapes = [] }: VerifyOptions): string[] {
  return [...tapes, ...(path ? fromBoth(folder, path) : [])];
}

function fromBoth(folder: string, path: string): string[] {
  const above = resolve(dirname(dirname(resolve(folder))), path);
  return resolve(path) === above ? [path] : [path, above];
}

async function findStrategy(
  folder: string,
  { strategy }: JournalHeader,
  where: Whereabouts | undefined,
  options: VerifyOptions,
  warnings: string[],
): Promise<StrategyDefinition> {
  const named = options.strategy ? [options.strategy] : where?.strategy ? fromBoth(folder, where.strategy) : [];
  if (named.length === 0) {
    throw new RangeError(
      `Cannot run ${folder} again: its strategy ${strategy.name} came from no file; give --strategy`,
    );
  }
  const path = named.find(isFile) ?? named[0];
  const definition = await loadStrategy(path);
  if (definition.name !== strategy.name) {
    warnings.push(`${path} is strategy ${definition.name}; the run had ${strategy.name}`);
  } else if (strategy.sha256 !== null && hashFile(path) !== strategy.sha256) {
    warnings.push(`${path} has changed since the run: its sha256 is no longer ${strategy.sha256}`);
  }
  return definition;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function prepareAgain(
  folder: string,
  header: JournalHeader,
  strategy: StrategyDefinition,
  found: readonly FoundTape[],
  heard: { readonly comparison: JournalComparison; readonly onProgress: BacktestOptions["onProgress"] },
): { readonly run: Prepared; readonly given: BacktestOptions } {
  const tapes = found.map(({ reader }) => reader);
  const { comparison, onProgress } = heard;
  try {
    const given = { ...optionsOf(header), strategy, tape: tapes, recorders: [comparison], onProgress };
    return { run: prepare(given, tapes), given };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new RangeError(`Cannot run ${folder} again: ${error.message}`, { cause: error });
  }
}

/** Steps between two looks at the time. */
const SLICE = 32;

/** Runs to the journal's end, or the first difference; returns one that lies in how the run ended. */
async function runAgain(
  { loop, session }: Prepared,
  comparison: JournalComparison,
  closing: Closing | undefined,
  stopped: VerifyOptions["stopped"],
): Promise<Difference | undefined> {
  // A run that was stopped is stopped again after as many steps.
  const last = closing?.incomplete && closing.finished ? closing.steps : Infinity;
  const goOn = () => !comparison.over && loop.steps < last && loop.advance(Math.min(SLICE, last - loop.steps));
  await breathing(goOn, () => {
    if (stopped?.()) throw new StoppedError();
  });
  if (comparison.over) return undefined;
  if (loop.steps === last) loop.stop(new Error(closing!.incomplete!));
  comparison.end();
  if (comparison.over || closing === undefined) return undefined;
  const ended = loop.incomplete?.message ?? null;
  if (ended === closing.incomplete) return undefined;
  const how = (why: string | null) => why === null ? "the run ended with its tapes" : `the run ended early: ${why}`;
  const { core, context } = session;
  return {
    record: comparison.compared + 1,
    time: context.now,
    order: 0,
    journaled: how(closing.incomplete),
    now: how(ended),
    rows: core.feeds.map(({ row }) => row),
  };
}
