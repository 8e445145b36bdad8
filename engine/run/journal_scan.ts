import type { CommandEntry } from "../core/command.ts";
import { COMMAND, type Continuation } from "../core/journal_format.ts";
import { JournalReader } from "../core/journal_reader.ts";
import { reportIn } from "../core/venue_report.ts";
import type { JournalPlace, JournalSource } from "./journal_source.ts";
import { sha256 } from "./sha256.ts";

/** What one pass over a journal finds. */
export interface JournalScan {
  /** Read to its end, or its first damage. */
  readonly journal: JournalReader;
  /** Commands from outside, in order: what it takes beside the header and the tapes to make the run again. */
  readonly inputs: readonly CommandEntry[];
  /** All commands. */
  readonly commands: number;
  /** What an exchange said of orders and funding: it stands among the inputs, and is no command. */
  readonly reports: number;
  /** Where the damage is, by file. */
  readonly damaged?: JournalPlace;
  /** Files that should be there and are not: between others, or before them though they were to be kept. */
  readonly missing: readonly string[];
}

/** Whether a journal is that of a session on rows as they arrive that goes on, or was killed: it has no end, and names no tapes. */
export function isUnfinished({ journal: { header, closing, ends } }: JournalScan): boolean {
  return closing === undefined && ends && header.tapes.some(({ sha256 }) => sha256 === "");
}

/** Reads a whole journal, and checks its chain. Throws as {@linkcode JournalReader} does. */
export function scanJournal(source: JournalSource): JournalScan {
  const journal = new JournalReader(source, sha256);
  const inputs: CommandEntry[] = [];
  let commands = 0, reports = 0;
  for (let kind = journal.next(); kind !== 0; kind = journal.next()) {
    if (kind !== COMMAND) continue;
    const { entry } = journal;
    if (reportIn(entry.command)) reports++;
    else commands++;
    if (!entry.scheduled) inputs.push(entry);
  }
  const missing = missingFiles(source, journal.from);
  return {
    journal,
    inputs,
    commands,
    reports,
    damaged: journal.damage && source.place(journal.damage.offset),
    missing,
  };
}

/** Files that are named missing at most: a stray name may claim any number. */
const MISSING_MAX = 100;

/** `from` is where the journal begins, if it is not the first file's beginning. */
function missingFiles({ files }: JournalSource, from: Continuation | undefined): string[] {
  const last = files[files.length - 1].number, begins = from?.file ?? 1;
  // A file may be there, and nothing of it.
  const there = new Set(files.map(({ number }) => number).filter((number) => number >= begins)), missing: string[] = [];
  const first = Math.max(1, last - (from?.keep ?? Infinity) + 1);
  for (let number = first; number < last && missing.length < MISSING_MAX; number++) {
    if (!there.has(number)) missing.push(`journal.${String(number).padStart(4, "0")}`);
  }
  return missing;
}
