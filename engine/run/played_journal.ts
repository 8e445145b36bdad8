import { Valuation } from "../account/valuation.ts";
import { Digest } from "../core/digest.ts";
import { instrument } from "../core/instrument.ts";
import { COMMAND } from "../core/journal_format.ts";
import { type JournalReader, OUTPUT } from "../core/journal_reader.ts";
import { ORDER_STATE } from "../core/recorder.ts";
import { isFinal } from "../oms/order_life.ts";
import type { ComparedCore, JournalComparison } from "./journal_comparison.ts";

/**
 * Holds one journal against another: plays this one's records and commands as a session would put them out.
 *
 * Memory: the orders that are open.
 */
export function compareJournals(journal: JournalReader, comparison: JournalComparison): void {
  const instruments = journal.header.tapes.map((tape) => instrument(tape.instrument));
  const digest = new Digest(), open = new Map<number, number>();
  const core: ComparedCore = {
    digest,
    // All that is asked of an order is its instrument, which stands for its slot.
    orders: { slotOf: (id) => open.get(id) ?? -1, instrument: instruments.map((_, i) => i) },
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
      if ((tag & 15) === ORDER_STATE) {
        if (isFinal(x % 16)) open.delete(order);
        else open.set(order, Math.floor(x / 65536));
      }
      comparison.output(tag, era, ns, order, x, y, z);
    }
  }
  comparison.end();
}
