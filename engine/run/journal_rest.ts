import { COMMAND } from "../core/journal_format.ts";
import { JournalReader, OUTPUT } from "../core/journal_reader.ts";
import { JournalComparison } from "./journal_comparison.ts";
import type { JournalSource } from "./journal_source.ts";
import { sha256 } from "./sha256.ts";
import type { SnapshotHead } from "./snapshot.ts";

/**
 * Compares what a run puts out that goes on from a snapshot with the rest of the journal of the run that took it.
 *
 * Undefined where the journal's first files were dropped: what is left of it does not say which records came before.
 */
export function restOfJournal(source: JournalSource, { records, steps }: SnapshotHead): JournalComparison | undefined {
  const counting = new JournalReader(source, sha256);
  if (counting.from !== undefined) return undefined;
  let before = 0, outputs = 0;
  for (let kind = counting.next(); kind !== 0; kind = counting.next()) {
    if (kind === OUTPUT && outputs++ === records) break;
    if (kind === COMMAND && counting.entry.steps >= steps) break;
    if (kind === OUTPUT || kind === COMMAND) before++;
  }
  const journal = new JournalReader(source, sha256);
  while (before > 0) {
    const kind = journal.next();
    if (kind === OUTPUT || kind === COMMAND) before--;
  }
  return new JournalComparison(journal);
}
