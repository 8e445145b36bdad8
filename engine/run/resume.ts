import { join } from "node:path";
import type { JournalHeader } from "../core/journal_format.ts";
import { JournalReader } from "../core/journal_reader.ts";
import { StoppedError } from "./backtest.ts";
import { type FindOptions, findRun, type FoundRun, isFile } from "./find_run.ts";
import { FolderBusyError, FolderLock } from "./folder_lock.ts";
import { JournalComparison } from "./journal_comparison.ts";
import { scanJournal } from "./journal_scan.ts";
import { JournalSource } from "./journal_source.ts";
import type { BacktestOptions } from "./prepare.ts";
import type { GoingOn } from "./resumed_journal.ts";
import { optionsOf, type RunJournal } from "./run_journal.ts";
import { MANIFEST } from "./run_manifest.ts";
import { sha256 } from "./sha256.ts";

/** A run that broke off, ready to go on. */
export interface Resumption extends Disposable {
  readonly header: JournalHeader;
  readonly found: FoundRun;
  /** All of its backtest but for strategy, tapes and journal. */
  readonly options: Omit<BacktestOptions, "strategy" | "tape">;
  /** How its journal goes on; the sink is the caller's. */
  readonly journal: Omit<RunJournal, "sink">;
  /** Bytes of each journal file, by its number, that are sound and stay. */
  readonly standing: ReadonlyMap<number, number>;
  /** Output records that are held against the journal on the way. */
  readonly records: number;
  readonly warnings: readonly string[];
}

/**
 * Makes ready to go on with a run that broke off: one whose program or machine went down, or that was stopped by Ctrl-C.
 *
 * The session is made again from its tapes; each record is held against the journal as far as that is whole, and from there
 * on new segments are written behind it. In the end journal, lists and digest are those of a run that never broke off (with
 * `--sync interval`, but for where segments end).
 *
 * The folder is kept from other programs until the resumption is disposed of.
 *
 * Throws FolderBusyError while another program writes it; RangeError where there is nothing to go on with: the run came to
 * its end, its strategy's file has changed, or something it was made of is missing; JournalDamageError where the journal's
 * first segment is lost.
 */
export function prepareResume(folder: string, find: FindOptions = {}): Resumption {
  // Before the journal is read: another may be about to go on with it.
  using held = new DisposableStack();
  const lock = lockFolder(folder);
  if (lock) held.use(lock);
  const source = held.use(new JournalSource(folder, "resume"));
  const { journal, inputs } = scanJournal(source);
  const { header, where, closing, damage, from } = journal;
  const stopped = closing?.incomplete === new StoppedError().message && closing.before !== undefined;
  // The journal may have been whole already when the program went down, and the rest of the folder not.
  const written = isFile(join(folder, MANIFEST)) || !isFile(join(folder, "result.json"));
  if (closing !== undefined && damage === undefined && !stopped && written) {
    const how = closing.incomplete === null ? "it came to its end" : `it ended by itself (${closing.incomplete})`;
    throw new RangeError(`Cannot resume ${folder}: ${how}; verify it, or run it again`);
  }
  if (from && from.outside > 0) {
    throw new RangeError(
      `Cannot resume ${folder}: ${from.outside} commands from outside were in files that were dropped; run it again`,
    );
  }
  const found = held.use(findRun({ folder, header, where, closing }, find));
  if (!found.unchanged) {
    throw new RangeError(
      `Cannot resume ${folder}: ${
        found.warnings[0] ?? `there is no ${found.strategy}`
      }; give the one that ran with --strategy`,
    );
  }
  refuseObstacles(folder);
  refuseRunning(folder, source);
  const sound = damage?.offset ?? source.size;
  // Only what stays: the rest is cut off while the comparison reads.
  const kept = { name: source.name, size: sound, read: (at: number, into: Uint8Array) => source.read(at, into) };
  const goingOn: GoingOn = {
    header,
    where,
    comparison: new JournalComparison(new JournalReader(kept, sha256), { limit: closing?.before }),
  };
  const all = held.move();
  return {
    header,
    found,
    options: { ...withoutDefaults(optionsOf(header), where?.defaults), inputs },
    journal: { hasher: sha256, storage: where?.storage, goingOn },
    standing: standingBytes(source, sound),
    records: closing?.before ?? journal.records,
    warnings: damageWarnings(source, sound),
    [Symbol.dispose]: () => all.dispose(),
  };
}

/** Options that were not given are not given again: the result says which had their defaults. */
function withoutDefaults<T extends object>(options: T, defaults: readonly string[] = []): T {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !defaults.includes(name))) as T;
}

/** The folder's lock; none where there is no such folder, of which more is said when its journal is looked for. */
function lockFolder(folder: string): FolderLock | undefined {
  try {
    return new FolderLock(folder, "resume");
  } catch (error) {
    if (error instanceof FolderBusyError) throw error;
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    const why = (error as Error).message;
    throw new Error(`Cannot resume ${folder}: ${why}; make it a folder that can be written`, { cause: error });
  }
}

/** What a run writes into its folder. */
const WRITTEN = /^(journal(\.\d{4,})?|\w+\.arrow|result\.json|manifest\.json|tearsheet\.txt)$/;

/** Throws RangeError where something that is no file stands where the run writes one: it would end there, half written. */
function refuseObstacles(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (!WRITTEN.test(name) || isFile(path)) continue;
    throw new RangeError(`Cannot resume ${folder}: ${path} is ${whatIs(path)}, where a file belongs; move it away`);
  }
}

function whatIs(path: string): string {
  try {
    return Deno.statSync(path).isDirectory ? "a directory" : "no file";
  } catch {
    return "a link that leads nowhere";
  }
}

/** Throws FolderBusyError while a program that keeps no folder, only a journal, writes it. */
function refuseRunning(folder: string, { files }: JournalSource): void {
  using file = Deno.openSync(join(folder, files[files.length - 1].name), { read: true, write: true });
  if (!file.tryLockSync(true)) throw new FolderBusyError("resume", folder);
}

/** Of each file, how many bytes are before `sound` in all. */
function standingBytes({ files }: JournalSource, sound: number): Map<number, number> {
  const standing = new Map<number, number>();
  let left = sound;
  for (const { number, size } of files) {
    standing.set(number, Math.min(size, left));
    left -= Math.min(size, left);
  }
  return standing;
}

/** A torn end is what a crash leaves; whole segments behind a damaged place are something else. */
function damageWarnings(source: JournalSource, sound: number): string[] {
  const lost = source.size - sound;
  if (lost <= 0) return [];
  const { file, offset } = source.place(sound);
  return [
    `${file}: ${lost.toLocaleString("en-US")} bytes from byte ${offset.toLocaleString("en-US")} on are made again`,
  ];
}
