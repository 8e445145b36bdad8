import type { Core } from "../core/core.ts";
import { upperWord } from "../core/journal_format.ts";
import { type JournalReader, OUTPUT } from "../core/journal_reader.ts";
import { type OutputRecord, recordWords } from "../core/journal_words.ts";
import type { Recorder } from "../core/recorder.ts";

/** Where a session first put out something else than its journal says. */
export interface Difference {
  /** Number of the record, from 1. */
  readonly record: number;
  /** Simulated time of the record in the journal, or else of the one that came now: ns since 1970-01-01 UTC. */
  readonly time: bigint;
  /** The order's id in that record; 0 where it is of none. */
  readonly order: number;
  /** Both in words. */
  readonly journaled: string;
  readonly now: string;
  /** Rows of each tape that the venue had passed, in the order of the session's instruments. */
  readonly rows: readonly number[];
}

/** Compares what a session puts out with a journal, record by record, up to the first difference. */
export class JournalComparison implements Recorder {
  /** Records that were equal. */
  compared = 0;
  difference: Difference | undefined;
  readonly #journal: JournalReader;
  #core!: Core;
  #over = false;

  constructor(journal: JournalReader) {
    this.#journal = journal;
  }

  /** Nothing more will be compared: there was a difference, or the journal was cut short here. */
  get over(): boolean {
    return this.#over;
  }

  attach(core: Core): void {
    this.#core = core;
  }

  output(tag: number, era: number, ns: number, order: number, x: number, y: number, z: number): void {
    if (this.#over) return;
    const journal = this.#journal;
    if (!this.#next()) {
      this.#over = true;
      if (journal.damage === undefined) {
        this.#differ(undefined, { tag, era, ns, order, x, y, z });
      }
      return;
    }
    const equal = journal.tag === tag && journal.ns === ns && journal.era === era && same(journal.order, order) &&
      same(journal.x, x) && same(journal.y, y) && same(journal.z, z);
    if (equal) this.compared++;
    else this.#differ(journal, { tag, era, ns, order, x, y, z });
  }

  /** The session has put out all it has: what the journal holds beyond is a difference, too. */
  end(): void {
    if (this.#over || !this.#next()) return;
    this.#differ(this.#journal, undefined);
  }

  #next(): boolean {
    for (;;) {
      const kind = this.#journal.next();
      if (kind === OUTPUT || kind === 0) return kind === OUTPUT;
    }
  }

  #differ(journaled: OutputRecord | undefined, now: OutputRecord | undefined): void {
    const { orders, account, feeds } = this.#core;
    this.#over = true;
    const { era, ns, tag, order } = (journaled ?? now)!;
    const names = {
      instruments: account.valuation.instruments,
      scales: account.valuation.scales,
      instrumentOf: (id: number) => orders.slotOf(id) < 0 ? undefined : orders.instrument[orders.slotOf(id)],
    };
    const time = epochNs(era, ns);
    const words = (record: OutputRecord | undefined, nothing: string): string => {
      if (record === undefined) return nothing;
      const later = epochNs(record.era, record.ns) - time;
      const when = later === 0n ? "" : `, ${later < 0n ? -later : later} ns ${later < 0n ? "earlier" : "later"}`;
      return `${recordWords(record, names)}${when}`;
    };
    this.difference = {
      record: this.compared + 1,
      time,
      order: (tag & 15) === 3 ? 0 : order,
      journaled: words(journaled, "nothing more: the journal ends here"),
      now: words(now, "nothing more: the run ends here"),
      rows: feeds.map(({ row }) => row),
    };
  }
}

const ERA = BigInt(2 ** 52);

function epochNs(era: number, ns: number): bigint {
  return BigInt(era) * ERA + BigInt(ns);
}

/** Equal as journals and digests see them: as integers of 64 bits. */
function same(a: number, b: number): boolean {
  return a === b || ((a | 0) === (b | 0) && upperWord(a, a | 0) === upperWord(b, b | 0));
}
