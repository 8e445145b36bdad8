import type { CommandEntry } from "../core/command.ts";
import { COMMAND } from "../core/journal_format.ts";
import { JournalReader } from "../core/journal_reader.ts";
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
  /** Where the damage is, by file. */
  readonly damaged?: JournalPlace;
  /** Which files are missing between those that are there. */
  readonly missing: readonly string[];
}

/** Reads a whole journal, and checks its chain. Throws as {@linkcode JournalReader} does. */
export function scanJournal(source: JournalSource): JournalScan {
  const journal = new JournalReader(source, sha256);
  const inputs: CommandEntry[] = [];
  let commands = 0;
  for (let kind = journal.next(); kind !== 0; kind = journal.next()) {
    if (kind !== COMMAND) continue;
    commands++;
    const { entry } = journal;
    if (!entry.scheduled) inputs.push(entry);
  }
  const { files } = source, missing: string[] = [];
  for (let i = 1; i < files.length; i++) {
    for (let number = files[i - 1].number + 1; number < files[i].number; number++) {
      missing.push(`journal.${String(number).padStart(4, "0")}`);
    }
  }
  return { journal, inputs, commands, damaged: journal.damage && source.place(journal.damage.offset), missing };
}
