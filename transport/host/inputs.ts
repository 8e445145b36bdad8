import type { CommandEntry } from "../../engine/core/command.ts";
import { ProtocolError } from "../protocol/errors.ts";

/** Commands that are remembered at most: a session may be commanded for ever, and a journal is longer than memory. */
const ENTRIES_MAX = 100_000;

/**
 * What came into a session from outside, in its places: with the options it was made of, this makes it again.
 *
 * | call | cost |
 * |---|---|
 * | `add` | constant |
 * | memory | 100,000 commands; then it cannot be made again from here, only from its journal |
 *
 * @example
 * ```ts
 * import { Inputs } from "./inputs.ts";
 * const inputs = new Inputs();
 * for (const at of ["5", "9"]) inputs.add({ steps: 1, at, scheduled: false, command: { kind: "cancel_all" } });
 * if (inputs.before().length !== 2 || inputs.before(9n).length !== 1) throw new Error("unexpected");
 * ```
 */
export class Inputs {
  #entries: CommandEntry[] | undefined = [];

  /** One more; those that are part of the options come by themselves, and are left out. */
  add(entry: CommandEntry): void {
    if (entry.scheduled || this.#entries === undefined) return;
    this.#entries.push(entry);
    if (this.#entries.length > ENTRIES_MAX) this.#entries = undefined;
  }

  /** What came so far, or before a session time in ns. Throws ProtocolError TOO_LARGE where that was too much to remember. */
  before(time?: bigint): readonly CommandEntry[] {
    if (this.#entries === undefined) {
      throw new ProtocolError(
        "TOO_LARGE",
        `Cannot fork: over ${ENTRIES_MAX} commands came; replay the journal instead`,
      );
    }
    return this.#entries.filter(({ at }) => time === undefined || BigInt(at) < time);
  }
}
