import {
  JOURNAL_VERSION,
  type JournalHeader,
  type JournalStorage,
  type JournalTape,
  type Whereabouts,
} from "../core/journal_format.ts";
import { type JournalSink, JournalWriter } from "../core/journal.ts";
import { isPlain } from "../core/plain_json.ts";
import type { Recorder } from "../core/recorder.ts";
import type { Session } from "../core/session.ts";
import { hashTape } from "../feed/tape_hash.ts";
import { TapeReader } from "../feed/tape_reader.ts";
import type { Hasher } from "../feed/tape_schema.ts";
import { type GoingOn, ResumedJournal } from "./resumed_journal.ts";
import type { BacktestOptions, RunTape } from "./prepare.ts";
import { VERSION } from "./version.ts";

/** Where a run's journal goes, and what only its caller knows; `journalFile` makes one for a file. */
export interface RunJournal {
  readonly sink: JournalSink;
  /** Makes a running SHA-256. */
  readonly hasher: () => Hasher;
  /** The strategy's file: its path, and the SHA-256 of its bytes. */
  readonly strategy?: { readonly path: string; readonly sha256: string };
  /** How it lies on disk, as far as that is not the sink's alone. */
  readonly storage?: JournalStorage;
  /** Called now and then: may have what is held back written. */
  readonly look?: (flush: () => void) => void;
  /** It goes on from what a run that broke off has left. */
  readonly goingOn?: GoingOn;
  /** A path as others will find it, say relative to the working directory; as it is where absent. */
  readonly relative?: (path: string) => string;
}

/** What a header is made of beside the options. */
export interface HeaderFacts {
  readonly session: Session;
  readonly tapes: readonly RunTape[];
  readonly parameters: JournalHeader["parameters"];
  /** Options that have defaults, with those in force. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Options of a backtest that are no part of what is run: where it is heard, and how long. */
const AROUND = new Set([
  "strategy",
  "tape",
  "set",
  "seed",
  "inputs",
  "stopAfter",
  "onProgress",
  "onSession",
  "recorders",
  "stopped",
  "journal",
  "snapshots",
  "from",
  "sendTo",
  "told",
]);

/** The writer of a run's journal, and what takes the run's output to it. */
export function makeJournal({ sink, hasher, storage = {}, goingOn }: RunJournal): [JournalWriter, Recorder] {
  const { fileBytes, keep } = storage;
  const writer = new JournalWriter({ sink, hasher, fileBytes, keep });
  return [writer, goingOn ? new ResumedJournal(writer, goingOn) : writer];
}

/** Begins the journal of a session in which nothing has happened yet. */
export function startJournal(writer: JournalWriter, options: BacktestOptions, facts: HeaderFacts): void {
  const journal = options.journal!, { goingOn } = journal;
  if (goingOn) return writer.start(goingOn.header, facts.session.core, goingOn.where);
  writer.start(runHeader(options, facts, journal), facts.session.core, whereabouts(options, facts, journal));
}

/** The header of a run's journal: what it takes to run it again, options that later versions add included. */
export function runHeader(
  options: BacktestOptions,
  facts: HeaderFacts,
  journal: Pick<RunJournal, "hasher" | "strategy" | "storage">,
): JournalHeader {
  const given = Object.entries({ ...options, ...facts.settings })
    .filter(([name, value]) => !AROUND.has(name) && value !== undefined)
    .sort(([a], [b]) => a < b ? -1 : 1);
  const tapes = journalTapes(facts, journal);
  return {
    journal: JOURNAL_VERSION,
    lockstep: VERSION,
    strategy: { name: options.strategy.name, sha256: journal.strategy?.sha256 ?? null },
    parameters: facts.parameters,
    seed: options.seed ?? 1,
    options: Object.fromEntries(given.filter(([, value]) => isPlain(value))),
    code: given.filter(([, value]) => !isPlain(value)).map(([name]) => name),
    tapes,
  };
}

/** Tapes as a journal names them: in its header, or at its end where they were recorded while the session ran. */
export function journalTapes(
  facts: Pick<HeaderFacts, "session" | "tapes">,
  journal: Pick<RunJournal, "hasher">,
): JournalTape[] {
  return inOrder(facts).map((at) => tapeName(facts.tapes[at], journal));
}

/** Where the run's files lie, tapes in the header's order. */
function whereabouts(options: BacktestOptions, facts: HeaderFacts, journal: RunJournal): Whereabouts {
  const { relative = (path: string) => path } = journal;
  const given = Array.isArray(options.tape) ? options.tape : [options.tape];
  const path = (tape: unknown) => typeof tape === "string" ? relative(tape) : null;
  return {
    strategy: journal.strategy ? relative(journal.strategy.path) : null,
    tapes: inOrder(facts).map((at) => path(given[at])),
    defaults: Object.keys(facts.settings).filter((name) => options[name as keyof BacktestOptions] === undefined),
    ...(journal.storage && Object.keys(journal.storage).length > 0 ? { storage: journal.storage } : {}),
  };
}

/** Options of the backtest that a header states; strategy and tapes are the caller's to find. */
export function optionsOf(header: JournalHeader): Omit<BacktestOptions, "strategy" | "tape"> {
  if (header.code.length > 0) {
    throw new RangeError(
      `Cannot run it again: ${
        header.code.join(" and ")
      } was given as code, and a journal holds none; name models instead`,
    );
  }
  return { ...header.options, set: header.parameters, seed: header.seed };
}

/** For each instrument of the session, the place of its tape among those given. */
function inOrder({ session, tapes }: Pick<HeaderFacts, "session" | "tapes">): number[] {
  return session.core.feeds.map(({ instrument: { symbol, venue } }) =>
    tapes.findIndex(({ meta }) => meta.instrument.symbol === symbol && meta.instrument.venue === venue)
  );
}

/** A tape's name by its content; of one that another program wrote, that takes a pass over it. */
function tapeName(tape: RunTape, { hasher }: Pick<RunJournal, "hasher">): JournalTape {
  const { sha256, rows, instrument } = tape.meta;
  // One that grows has no name yet.
  const hash = sha256 || (tape instanceof TapeReader ? hashTape(tape, hasher()) : "");
  return { sha256: hash, name: tape.name, rows, instrument };
}
