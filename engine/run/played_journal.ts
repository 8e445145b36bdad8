import { Valuation } from "../account/valuation.ts";
import { Digest } from "../core/digest.ts";
import { instrument } from "../core/instrument.ts";
import { COMMAND } from "../core/journal_format.ts";
import { type JournalReader, OUTPUT } from "../core/journal_reader.ts";
import type { ComparedCore, JournalComparison } from "./journal_comparison.ts";

/**
 * Holds one journal against another: plays this one's records and commands as a session would put them out.
 */
export function compareJournals(journal: JournalReader, comparison: JournalComparison): void {
  const instruments = journal.header.tapes.map((tape) => instrument(tape.instrument));
  const digest = new Digest();
  const core: ComparedCore = {
    digest,
    account: { valuation: new Valuation(instruments) },
    feeds: instruments.map((_, i) => ({
      get row() {
        return journal.checkpoint?.rows[i] ?? 0;
      },
    })),
  };
  comparison.watch(core);
  for (let kind = journal.next(); kind !== 0 && !comparison.over; kind = journal.next()) {
    if (kind === COMMAND) comparison.commanded(journal.entry);
    else if (kind === OUTPUT) {
      const { tag, era, ns, order, x, y, z } = journal;
      digest.record(tag, era, ns, order, x, y, z);
      comparison.output(tag, era, ns, order, x, y, z);
    }
  }
  comparison.end();
}
