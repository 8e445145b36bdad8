import type { JournalHeader } from "../core/journal_format.ts";
import { JournalReader } from "../core/journal_reader.ts";
import type { FoundRun } from "./find_run.ts";
import { FileSink } from "./byte_sink.ts";
import { FileSource } from "./file_source.ts";
import { compareJournals } from "./played_journal.ts";
import { type Again, endDifference, notAgain, stopOf } from "./run_again.ts";
import { optionsOf } from "./run_journal.ts";
import { sandboxedRun } from "./sandbox.ts";
import { sha256 } from "./sha256.ts";
import type { MadeAgain, VerifyOptions } from "./verify.ts";

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
    const end = closing && again.closing && endDifference(closing.incomplete, again.closing.incomplete, {
      record: comparison.compared + 1,
      time: 0n,
      rows: again.closing.rows,
    });
    return { digest, end, result: () => result };
  } catch (error) {
    throw notAgain(folder, error);
  } finally {
    Deno.removeSync(path);
  }
}
