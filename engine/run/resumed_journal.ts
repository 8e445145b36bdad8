import type { CommandEntry } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import type { JournalWriter } from "../core/journal.ts";
import type { JournalHeader, Whereabouts } from "../core/journal_format.ts";
import type { Recorder } from "../core/recorder.ts";
import { isoTime } from "../core/gap_error.ts";
import type { JournalComparison } from "./journal_comparison.ts";

/** What a journal goes on from: what it says at its start, and what holds the run against it as far as it goes. */
export interface GoingOn {
  readonly header: JournalHeader;
  readonly where: Whereabouts | undefined;
  readonly comparison: JournalComparison;
}

/** A run that was to go on comes out otherwise than its journal says. */
export class ResumeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ResumeError";
  }
}

/**
 * Makes a journal again while its run is made again, segment by segment as it stands, and so goes on where it broke off.
 *
 * Each record is held against the journal first; at a difference nothing more is written, and the writer's `failure` says it.
 */
export class ResumedJournal implements Recorder {
  readonly #writer: JournalWriter;
  readonly #comparison: JournalComparison;

  constructor(writer: JournalWriter, { comparison }: GoingOn) {
    this.#writer = writer;
    this.#comparison = comparison;
  }

  attach(core: Core): void {
    this.#comparison.attach(core);
  }

  output(tag: number, era: number, ns: number, order: number, x: number, y: number, z: number): void {
    const comparison = this.#comparison;
    if (!comparison.over) {
      comparison.output(tag, era, ns, order, x, y, z);
      this.#follow();
    }
    this.#writer.output(tag, era, ns, order, x, y, z);
  }

  commanded(entry: CommandEntry): void {
    if (!this.#comparison.over) {
      this.#comparison.commanded(entry);
      this.#follow();
    }
    this.#writer.commanded(entry);
  }

  /** Ends a segment where the journal has ended it, be it before it was full; stops at a difference. */
  #follow(): void {
    const { difference, sealed } = this.#comparison, writer = this.#writer;
    if (difference !== undefined) {
      writer.failure ??= new ResumeError(
        `Cannot resume: record ${difference.record}, at ${
          isoTime(difference.time)
        }, comes out otherwise: the journal has ` +
          `"${difference.journaled}", and now it is "${difference.now}"; the journal is left as it was: verify says more`,
      );
    } else if (writer.segment < sealed.segments) writer.flush(sealed.checkpoint);
  }
}
