import { relative } from "node:path";
import type { JournalStorage } from "../core/journal_format.ts";
import { JournalFiles } from "./journal_files.ts";
import type { RunJournal } from "./run_journal.ts";
import { sha256 } from "./sha256.ts";

/** A journal on disk, which its caller closes when the run is over. */
export interface JournalFile extends RunJournal, Disposable {
  close(): void;
}

/**
 * A file for the journal of one run, `out/<run>/journal` by custom; one that is there is overwritten. `storage` says when it
 * is synced (see {@linkcode SyncPolicy}), and bounds its size: then there are several, `journal.0001` and so on.
 *
 * What the disk throws goes to the run, which ends as incomplete and says so. Throws RangeError where the file cannot be
 * made, or the strategy's file cannot be read.
 *
 * @example
 * ```ts
 * import { backtest } from "./backtest.ts";
 * import { journalFile } from "./journal_file.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * {
 *   using journal = journalFile("journal.example", { strategy: "strategies/touch_maker.ts" });
 *   backtest({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow", journal });
 * }
 * if (Deno.statSync("journal.example").size < 1000) throw new Error("unexpected");
 * Deno.removeSync("journal.example");
 * ```
 */
export function journalFile(
  path: string,
  options: { readonly strategy?: string; readonly storage?: JournalStorage } = {},
): JournalFile {
  const { strategy, storage } = options;
  const files = open(path, storage);
  const close = (): void => files.close();
  return {
    sink: files,
    storage,
    look: (flush) => files.look(flush),
    hasher: sha256,
    strategy: strategy === undefined ? undefined : { path: strategy, sha256: hashFile(strategy) },
    // With slashes, so that a run can be looked at on another system.
    relative: (other) => relative(Deno.cwd(), other).replaceAll("\\", "/"),
    close,
    [Symbol.dispose]: close,
  };
}

/** SHA-256 of a file's bytes, in hexadecimal. Throws RangeError where it cannot be read. */
export function hashFile(path: string): string {
  const hasher = sha256();
  try {
    hasher.update(Deno.readFileSync(path));
  } catch (error) {
    throw new RangeError(`Cannot read ${path}: ${error instanceof Error ? error.message : error}; check the path`, {
      cause: error,
    });
  }
  return hasher.hex();
}

function open(path: string, storage: JournalStorage | undefined): JournalFiles {
  try {
    return new JournalFiles(path, storage);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new RangeError(`Cannot write the journal ${path}: ${why}; check the folder and its permissions`, {
      cause: error,
    });
  }
}
