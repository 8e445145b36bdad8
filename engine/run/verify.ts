import type { Closing, Continuation, JournalHeader } from "../core/journal_format.ts";
import type { Damage } from "../core/journal_damage.ts";
import { JournalReader } from "../core/journal_reader.ts";
import type { RunResult } from "../stats/result.ts";
import { StoppedError } from "./backtest.ts";
import { breathing } from "./breathing.ts";
import { loadStrategy } from "./load_strategy.ts";
import { type FindOptions, findRun, type FoundRun } from "./find_run.ts";
import { type Difference, JournalComparison } from "./journal_comparison.ts";
import { isUnfinished, scanJournal } from "./journal_scan.ts";
import { type JournalPlace, JournalSource } from "./journal_source.ts";
import type { Prepared } from "./prepare.ts";
import { type Again, endDifference, inputsUntil, prepareAgain } from "./run_again.ts";
import { checkFiles, type FileContradiction } from "./run_manifest.ts";
import { resultOf } from "./run_result.ts";
import { runSandboxed } from "./verify_sandboxed.ts";
import { sha256 } from "./sha256.ts";

/** What {@linkcode verify} can be told. */
export interface VerifyOptions extends FindOptions {
  /** Run the strategy in a Worker without permissions. */
  readonly sandbox?: boolean;
  /** How long one of its calls may take there, in ms; 10,000 unless said. */
  readonly timeoutMs?: number;
  /** Hears of tape rows read, and how many there are in all. */
  readonly onProgress?: (rows: number, total: number) => void;
  /** Asked now and then; true ends the comparison with StoppedError. */
  readonly stopped?: () => boolean;
}

/** How far a session without an end can be made again. */
export interface Unfinished {
  /** What it recorded goes so far: ns since 1970-01-01 UTC. */
  readonly until: bigint;
  /** Moves that journal and recording both have, up to the end of a moment. */
  readonly moves: number;
}

/** What a verification found. */
export interface VerifyReport {
  readonly run: string;
  readonly header: JournalHeader;
  /** The journal's segments that are whole, and the hash of the last. */
  readonly segments: number;
  /**
   * Where the journal begins when its first files were dropped: the chain proves what follows; what stood before is held
   * against the digest alone.
   */
  readonly from?: Pick<Continuation, "file" | "segment" | "records" | "keep">;
  readonly chain: string;
  /** Where the chain breaks, if it does. */
  readonly damage?: Damage;
  /** The same as a place in one of its files. */
  readonly damaged?: JournalPlace;
  /** Its files that should be there and are not. */
  readonly missing: readonly string[];
  /** Of a paper or live session that goes on, or was killed: how far it was compared. */
  readonly unfinished?: Unfinished;
  /** Output records in the journal, as far as it can be read. */
  readonly records: number;
  readonly commands: number;
  /** Of a live run: what the exchange said of orders and funding. */
  readonly reports: number;
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
 * A paper or live session that goes on, or was killed, is compared as far as its journal and its recording go (`unfinished`).
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
  using source = new JournalSource(folder);
  const scan = scanJournal(source);
  const { journal: whole, inputs } = scan;
  const { header, where, closing, from } = whole;
  if (from && from.outside > 0) {
    throw new RangeError(
      `Cannot run ${folder} again: ${from.outside} commands from outside were in files that were dropped; ` +
        `the chain is sound from segment ${from.segment} on${
          whole.damage ? `, up to segment ${whole.damage.segment}` : ""
        }`,
    );
  }
  const unfinished = isUnfinished(scan);
  if (unfinished && options.sandbox) {
    throw new RangeError(`Cannot verify ${folder} in the sandbox: it has no end yet; leave --sandbox out`);
  }
  using found = findRun({ folder, header, where, closing, unfinished }, options);
  const comparison = new JournalComparison(new JournalReader(source, sha256));
  const again = options.sandbox
    ? await runSandboxed(folder, header, found, { comparison, inputs, closing }, options)
    : await runHere(folder, header, found, { comparison, inputs, closing }, options);
  const difference = comparison.difference ?? again.end;
  const same = difference === undefined &&
    (unfinished || (again.digest === closing?.digest && whole.damage === undefined));
  // Figures are compared only of a run that came again to its end: after a difference all of them may differ.
  const { checked: files, contradictions } = unfinished
    ? { checked: [], contradictions: [] }
    : checkFiles(folder, closing, same ? again.result() : undefined);
  const { segments, chain, records } = whole, damage = unfinished ? undefined : whole.damage;
  return {
    run: folder,
    header,
    segments: segments - (from?.segment ?? 0),
    from: from && { file: from.file, segment: from.segment, records: from.records, keep: from.keep },
    chain,
    damage,
    damaged: damage && scan.damaged,
    missing: scan.missing,
    unfinished: again.unfinished,
    records,
    // No reports were dropped: they come from outside, and a run without them could not be made again.
    commands: scan.commands + (from?.commands ?? 0),
    reports: scan.reports,
    closing,
    compared: comparison.compared,
    digest: again.digest,
    difference,
    warnings: found.warnings,
    files,
    contradictions,
    equal: same && contradictions.length === 0 && scan.missing.length === 0,
  };
}

/** A run that was made again. */
export interface MadeAgain {
  readonly digest: string;
  /** A difference that lies in how it ended. */
  readonly end: Difference | undefined;
  readonly result: () => RunResult | undefined;
  readonly unfinished?: Unfinished;
}

/** Makes the run again in this thread, up to the first difference. */
async function runHere(
  folder: string,
  header: JournalHeader,
  found: FoundRun,
  again: Again,
  options: VerifyOptions,
): Promise<MadeAgain> {
  const strategy = await loadStrategy(found.strategy);
  nameWarning(found, strategy.name, header);
  const { onProgress, stopped } = options, { comparison, closing } = again;
  const { until } = found, inputs = inputsUntil(again.inputs, until);
  const { run, given } = prepareAgain(folder, { header, found, strategy, again: { ...again, inputs }, onProgress });
  if (until !== undefined) return await runSoFar(run, comparison, until, stopped);
  const end = await runAgain(run, comparison, closing, stopped);
  return {
    digest: run.session.core.digest.hex(),
    end,
    result: () => resultOf(run, given, 0, closing?.incomplete ?? undefined),
  };
}

/** Makes a session again that has no end, as far as its recording goes, or its journal. */
async function runSoFar(
  { loop, session }: Prepared,
  comparison: JournalComparison,
  until: bigint,
  stopped: VerifyOptions["stopped"],
): Promise<MadeAgain> {
  const { core } = session, late = session.late!;
  late.until = core.clock.fromEpochNs(until);
  let moves = 0, made = 0, instant = session.context.now;
  const move = () => {
    const more = loop.advance(1), { now } = session.context;
    // A moment counts with all that happens in it, or not at all.
    if (now !== instant) moves = made;
    instant = now;
    if (comparison.over) return false;
    made = session.steps;
    if (more && !loop.waits) return true;
    moves = made;
    return false;
  };
  await breathing(move, () => {
    if (stopped?.()) throw new StoppedError();
  });
  return { digest: core.digest.hex(), end: undefined, result: () => undefined, unfinished: { until, moves } };
}

/** A file of another strategy says more than that it has changed. */
function nameWarning({ warnings, strategy }: FoundRun, name: string, header: JournalHeader): void {
  if (name === header.strategy.name) return;
  warnings.splice(0, warnings.length, `${strategy} is strategy ${name}; the run had ${header.strategy.name}`);
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
  await breathing(() => !comparison.over && loop.advance(SLICE), () => {
    if (stopped?.()) throw new StoppedError();
  });
  if (comparison.over) return undefined;
  comparison.end();
  if (comparison.over || closing === undefined) return undefined;
  const { core, context } = session;
  return endDifference(closing.incomplete, loop.incomplete?.message ?? null, {
    record: comparison.compared + 1,
    time: context.now,
    rows: core.feeds.map(({ row }) => row),
  });
}
