/** What is wrong with a journal, and where: the segment's number, and its place in the file. */
export interface Damage {
  readonly segment: number;
  /** Where that segment starts in the file, or would start: all bytes before are sound. */
  readonly offset: number;
  readonly what: string;
}

/**
 * A journal whose first segment, which holds its header, is damaged or cut: nothing of the run can be told.
 *
 * @example
 * ```ts
 * import { JournalDamageError } from "./journal_damage.ts";
 * const { message } = new JournalDamageError("out/1/journal", { segment: 0, offset: 0, what: "it is cut" });
 * if (!message.startsWith("Cannot read journal out/1/journal: segment 0 at byte 0: it is cut; ")) throw new Error(message);
 * ```
 */
export class JournalDamageError extends RangeError {
  /** `cut`: the journal ends in that segment, and what there is of it may be sound. */
  constructor(journal: string, readonly damage: Damage, cut = false) {
    const { segment, offset, what } = damage;
    const remedy = cut
      ? "the run's header is lost with it, as where a program is killed in its first moments; run it again"
      : "the run's header is lost with it; take a whole copy of the file, or run it again";
    super(`Cannot read journal ${journal}: segment ${segment} at byte ${offset}: ${what}; ${remedy}`);
    this.name = "JournalDamageError";
  }
}
