import type { JournalHeader } from "../core/journal_format.ts";
import { JournalReader } from "../core/journal_reader.ts";
import type { FoundRun } from "./find_run.ts";
import { FileSink } from "./byte_sink.ts";
import { FileSource } from "./file_source.ts";
import type { Difference } from "./journal_comparison.ts";
import { compareJournals } from "./played_journal.ts";
import { optionsOf } from "./run_journal.ts";
import { sandboxedRun } from "./sandbox.ts";
import { sha256 } from "./sha256.ts";
import { type Again, type MadeAgain, stopOf, type VerifyOptions } from "./verify.ts";

/**
 * Makes a run again in a Worker without permissions, and holds the journal that it writes against the one it is to prove.
 *
 * The new journal lies in the system's folder for temporary files until it has been compared.
 */
export async function runSandboxed(
  folder: string,
  header: JournalHeader,
  { strategy, tapes }: FoundRun,
  { comparison, inputs, closing }: Again,
  { timeoutMs, onProgress, stopped }: VerifyOptions,
): Promise<MadeAgain> {
  const path = Deno.makeTempFileSync({ prefix: "lockstep_verify_" });
  try {
    const sink = new FileSink(path, { overwrite: true });
    const options = { ...optionsOf(header), inputs, stopAfter: stopOf(closing), timeoutMs, onProgress, stopped };
    const { result } = await sandboxedRun({ ...options, strategy, tape: tapes.map((tape) => tape.path) }, {
      journal: { sink, as: { hasher: sha256 } },
    });
    using source = new FileSource(path);
    const again = new JournalReader(source, sha256);
    compareJournals(again, comparison);
    const digest = again.closing?.digest ?? result.digest;
    return { digest, end: endDifference(closing?.incomplete, again, comparison.compared), result: () => result };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new RangeError(`Cannot run ${folder} again: ${error.message}`, { cause: error });
  } finally {
    Deno.removeSync(path);
  }
}

/** A difference in how two runs ended whose records are the same. */
function endDifference(was: string | null | undefined, again: JournalReader, compared: number): Difference | undefined {
  const { closing } = again, is = closing?.incomplete ?? null;
  if (was === undefined || closing === undefined || was === is) return undefined;
  const how = (why: string | null) => why === null ? "the run ended with its tapes" : `the run ended early: ${why}`;
  return { record: compared + 1, time: 0n, order: 0, journaled: how(was), now: how(is), rows: closing.rows };
}
