import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";

/**
 * A part of a session that a snapshot keeps.
 *
 * `save` changes nothing that can be noticed. `load` is called on a part just made of the same options, and afterwards it
 * goes on exactly as the one that was saved would have.
 */
export interface Stateful {
  save(to: StateWriter): void;
  load(from: StateReader): void;
}

/**
 * What a strategy, or a model of one's own, can do to be in snapshots where its fields alone do not say what it knows.
 *
 * `save` returns what is to be kept: plain data (see plain_state.ts), and null where there is nothing. `load` is given the
 * same on one just made; it can be left out where there is nothing.
 */
export interface Keeper {
  /** What is to be kept. */
  save?(): unknown;
  /** Takes it back. */
  load?(state: unknown): void;
}
