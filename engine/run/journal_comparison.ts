import type { CommandEntry } from "../core/command.ts";
import type { Instrument } from "../core/instrument.ts";
import type { Core } from "../core/core.ts";
import { COMMAND, upperWord } from "../core/journal_format.ts";
import { type Checkpoint, type JournalReader, OUTPUT } from "../core/journal_reader.ts";
import { type OutputRecord, recordWords } from "../core/journal_words.ts";
import type { Recorder } from "../core/recorder.ts";
import { durationText } from "../feed/duration_text.ts";

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

/** What a comparison looks at in the core that makes the run again; a `Core` is one. */
export interface ComparedCore {
  readonly digest: { state(): readonly number[] };
  readonly account: {
    readonly valuation: { readonly instruments: readonly Instrument[]; readonly scales: ArrayLike<number> };
  };
  readonly feeds: readonly { readonly row: number }[];
}

/**
 * Compares what a session puts out, and what it was commanded, with a journal, record by record, up to the first difference.
 *
 * Where the journal's first files were dropped, what stood in them is held against the digest's state after them.
 */
export class JournalComparison implements Recorder {
  /** Records that were equal. */
  compared = 0;
  difference: Difference | undefined;
  readonly #journal: JournalReader;
  /** Output records after which nothing more is compared. */
  readonly #limit: number;
  readonly #outputs: boolean;
  /** Records and commands that are still to come, of those in files that were dropped. */
  #dropped: number;
  #droppedCommands: number;
  #core!: ComparedCore;
  #over = false;
  /** Something was read of it: what was dropped is behind. */
  #read = false;
  /** The journal holds no more. */
  #ended = false;

  /** Of `limit` output records at most; with `outputs` commands are passed over, which may be others in another run. */
  constructor(journal: JournalReader, options: { readonly limit?: number; readonly outputs?: boolean } = {}) {
    this.#outputs = options.outputs === true;
    this.#journal = journal;
    this.#limit = options.limit ?? Infinity;
    this.#over = this.#limit <= 0;
    this.#dropped = journal.from?.records ?? 0;
    this.#droppedCommands = journal.from?.commands ?? 0;
  }

  /** How many segments end before the record that came last, and what the last of them says of its end; 0 for dropped ones. */
  get sealed(): { readonly segments: number; readonly checkpoint: Checkpoint | undefined } {
    const { segments, checkpoint } = this.#journal;
    if (!this.#read) return { segments: 0, checkpoint: undefined };
    return { segments: this.#ended ? segments : segments - 1, checkpoint };
  }

  /** Nothing more will be compared: there was a difference, or the journal was cut short here. */
  get over(): boolean {
    return this.#over;
  }

  attach(core: Core): void {
    this.watch(core);
  }

  /** What makes the run again. */
  watch(core: ComparedCore): void {
    this.#core = core;
  }

  output(tag: number, era: number, ns: number, order: number, x: number, y: number, z: number): void {
    if (this.#over) return;
    if (this.#dropped > 0) return this.#drop({ tag, era, ns, order, x, y, z });
    const journal = this.#journal, kind = this.#next();
    if (kind !== OUTPUT) {
      this.#over = true;
      if (kind === COMMAND || journal.damage === undefined) this.#differ(kind, { tag, era, ns, order, x, y, z });
      return;
    }
    const equal = journal.tag === tag && journal.ns === ns && journal.era === era && same(journal.order, order) &&
      same(journal.x, x) && same(journal.y, y) && same(journal.z, z);
    if (!equal) this.#differ(kind, { tag, era, ns, order, x, y, z });
    else if (++this.compared >= this.#limit) this.#over = true;
  }

  /** A command that is about to be carried out. */
  commanded(entry: CommandEntry): void {
    if (this.#over || this.#outputs) return;
    if (this.#droppedCommands > 0) return void this.#droppedCommands--;
    const kind = this.#next();
    if (kind === COMMAND && JSON.stringify(this.#journal.entry) === JSON.stringify(entry)) return;
    this.#over = true;
    if (kind !== 0 || this.#journal.damage === undefined) this.#differ(kind, undefined, entry);
  }

  /** The session has put out all it has: what the journal holds beyond is a difference, too. */
  end(): void {
    if (this.#over) return;
    const kind = this.#next();
    if (kind !== 0) this.#differ(kind, undefined);
  }

  #next(): number {
    this.#read = true;
    for (;;) {
      const kind = this.#journal.next();
      this.#ended = kind === 0;
      if (kind === COMMAND && this.#outputs) continue;
      if (kind === OUTPUT || kind === COMMAND || kind === 0) return kind;
    }
  }

  /** A record of a file that was dropped: the last of them has to leave the digest as it was. */
  #drop(now: OutputRecord): void {
    if (--this.#dropped > 0) return;
    const state = this.#core.digest.state(), { from } = this.#journal;
    if (state.every((word, i) => word === from!.state[i])) return;
    const words = `a digest that stood at ${from!.state.join(" ")} after the files that were dropped`;
    this.#tell(now, 0, words, `one at ${state.join(" ")}`);
  }

  /** Where the journal's record of a kind is not what came now: an output, or a command. */
  #differ(kind: number, now: OutputRecord | undefined, command?: CommandEntry): void {
    const { account } = this.#core, journal = this.#journal;
    const at = kind === COMMAND ? commandRecord(journal.entry) : kind === OUTPUT ? journal : now;
    const record = at ?? commandRecord(command!);
    const names = account.valuation;
    const time = epochNs(record.era, record.ns);
    const words = (record: OutputRecord): string => {
      const later = epochNs(record.era, record.ns) - time;
      const when = later === 0n
        ? ""
        : `, ${durationText(Number(later < 0n ? -later : later))} ${later < 0n ? "earlier" : "later"}`;
      return `${recordWords(record, names)}${when}`;
    };
    const journaled = kind === COMMAND
      ? commandWords(journal.entry)
      : kind === OUTPUT
      ? words(journal)
      : "nothing more: the journal ends here";
    const nowWords = command ? commandWords(command) : now ? words(now) : "nothing more: the run ends here";
    this.#tell(record, (record.tag & 15) === 3 ? 0 : record.order, journaled, nowWords);
  }

  #tell({ era, ns }: OutputRecord, order: number, journaled: string, now: string): void {
    this.#over = true;
    this.difference = {
      record: this.compared + 1 + (this.#journal.from?.records ?? 0),
      time: epochNs(era, ns),
      order,
      journaled,
      now,
      rows: this.#core.feeds.map(({ row }) => row),
    };
  }
}

const ERA = BigInt(2 ** 52);

/** A command's place in time, as a record of nothing. */
function commandRecord({ at }: CommandEntry): OutputRecord {
  const ns = BigInt.asUintN(52, BigInt(at));
  return { tag: 0, era: Number((BigInt(at) - ns) / ERA), ns: Number(ns), order: 0, x: 0, y: 0, z: 0 };
}

function commandWords({ steps, command: { id, kind, ...fields } }: CommandEntry): string {
  const more = Object.entries(fields).map(([name, value]) => ` ${name}=${value}`).join("");
  return `command ${id}: ${kind}${more}, after ${steps} moves`;
}

function epochNs(era: number, ns: number): bigint {
  return BigInt(era) * ERA + BigInt(ns);
}

/** Equal as journals and digests see them: as integers of 64 bits. */
function same(a: number, b: number): boolean {
  return a === b || ((a | 0) === (b | 0) && upperWord(a, a | 0) === upperWord(b, b | 0));
}
