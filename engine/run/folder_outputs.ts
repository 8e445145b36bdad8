import { tearsheet } from "../stats/tearsheet.ts";
import type { RunResult } from "../stats/result.ts";
import { JournalFiles } from "./journal_files.ts";
import type { RunOutputs } from "./recorded_run.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunJournal } from "./run_journal.ts";

/** How a run's journal is named and lies on disk; where it goes on, `standing` is what of its files is sound, in bytes. */
export interface FolderJournal {
  readonly journal: Omit<RunJournal, "sink">;
  readonly standing?: ReadonlyMap<number, number>;
}

/** Where a run that is kept in a folder puts what it puts out: its tables, and its journal where there is one. */
export function folderOutputs(folder: RunFolder, kept?: FolderJournal): RunOutputs {
  return {
    orders: folder.sink("orders.arrow"),
    fills: folder.sink("fills.arrow"),
    positions: folder.sink("positions.arrow"),
    trades: folder.sink("trades.arrow"),
    journal: kept && journalOf(folder, kept),
  };
}

/** Writes what a run came to beside what it put out. */
export function keepResult(folder: RunFolder, result: RunResult): void {
  folder.writeResult(result);
  folder.writeText("tearsheet.txt", `${tearsheet(result)}\n`);
  folder.writeManifest();
}

/** The journal of a run in its folder, as its storage says. */
function journalOf(folder: RunFolder, { journal, standing }: FolderJournal): NonNullable<RunOutputs["journal"]> {
  let files: JournalFiles | undefined;
  const sink = folder.plainSink("journal", (path) => files = new JournalFiles(path, journal.storage, standing));
  return { sink, as: { ...journal, look: (flush) => sink.failure === undefined && files?.look(flush) } };
}
