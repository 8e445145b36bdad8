/**
 * Executions, each counted once: a venue names each of its fills, and what it says twice is heard once.
 *
 * Windows are bounded. What is older than a window cannot be told from a repeat, and is refused rather than guessed.
 *
 * @module
 */
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/** Heard for the first time. */
export const FRESH = 0;
/** Heard before: to be dropped. */
export const DUPLICATE = 1;
/** Older than the window: to be refused, because it may have been heard. */
export const TOO_OLD = 2;

/** Executions of a venue that numbers them from 1, one up each time, that are remembered: a power of two. */
const WINDOW = 256;

/**
 * Executions of venues that number them, by instrument: in order they cost one comparison each, and those that come late or
 * twice are looked up among the last 256 numbers.
 *
 * | operation | cost |
 * |---|---|
 * | `hear` | O(1), nothing allocated |
 * | memory | 2 KB an instrument |
 *
 * @example
 * ```ts
 * import { DUPLICATE, Executions, FRESH, TOO_OLD } from "./executions.ts";
 * const executions = new Executions(1);
 * const heard = [1, 3, 2, 3, 500, 200].map((id) => executions.hear(0, id));
 * if (`${heard}` !== `${[FRESH, FRESH, FRESH, DUPLICATE, FRESH, TOO_OLD]}`) throw new Error(`${heard}`);
 * ```
 */
export class Executions {
  /** By instrument: the highest number heard. */
  readonly last: Float64Array;
  /** By instrument, WINDOW places each: the number heard last of those that belong to the place. */
  readonly window: Float64Array;
  /** By instrument: duplicates dropped, and executions refused as too old. */
  readonly duplicates: Float64Array;
  readonly refused: Float64Array;

  constructor(instruments: number) {
    this.last = new Float64Array(instruments);
    this.window = new Float64Array(instruments * WINDOW);
    this.duplicates = new Float64Array(instruments);
    this.refused = new Float64Array(instruments);
  }

  /** Hears of execution `id` (from 1): FRESH, DUPLICATE or TOO_OLD. */
  hear(instrument: number, id: number): number {
    const last = this.last[instrument], place = instrument * WINDOW + (id & (WINDOW - 1));
    if (id > last) this.last[instrument] = id;
    else if (id <= last - WINDOW) {
      this.refused[instrument]++;
      return TOO_OLD;
    } else if (this.window[place] === id) {
      this.duplicates[instrument]++;
      return DUPLICATE;
    }
    this.window[place] = id;
    return FRESH;
  }

  save(to: StateWriter): void {
    for (const column of [this.last, this.window, this.duplicates, this.refused]) to.column(column);
  }

  load(from: StateReader): void {
    for (const column of [this.last, this.window, this.duplicates, this.refused]) from.into(column);
  }
}

/**
 * Executions of a venue that names them as it likes, with the time at which they happened: the newest `size` are remembered.
 *
 * - One that happened before the newest that has been forgotten is too old. One of the very same time is, too: it might
 *   be that one.
 *
 * | operation | cost |
 * |---|---|
 * | `hear` | O(1) for those in order of time, else O(those that happened later) |
 * | memory | `size` names |
 *
 * @example
 * ```ts
 * import { DUPLICATE, FRESH, NamedExecutions, TOO_OLD } from "./executions.ts";
 * const executions = new NamedExecutions(2);
 * const heard = [["a", 1], ["b", 2], ["a", 1], ["c", 3], ["a", 1]].map(([id, at]) => executions.hear(`${id}`, Number(at)));
 * if (`${heard}` !== `${[FRESH, FRESH, DUPLICATE, FRESH, TOO_OLD]}`) throw new Error(`${heard}`);
 * ```
 */
export class NamedExecutions {
  /** Executions up to this time may have been forgotten. */
  forgotten = -Infinity;
  duplicates = 0;
  refused = 0;
  /** What is remembered: names, and the same in order of time from place `first` on. */
  readonly names: Set<string> = new Set();
  order: { readonly id: string; readonly at: number }[] = [];
  first = 0;

  /** Throws RangeError for a size that is no integer from 1. */
  constructor(private readonly size: number) {
    if (!(Number.isSafeInteger(size) && size > 0)) {
      throw new RangeError(`Cannot remember executions: size is ${size}; give an integer from 1`);
    }
  }

  /** Hears of execution `id` that happened at `at`, in any unit of time: FRESH, DUPLICATE or TOO_OLD. */
  hear(id: string, at: number): number {
    if (this.names.has(id)) {
      this.duplicates++;
      return DUPLICATE;
    }
    if (!(at > this.forgotten)) {
      this.refused++;
      return TOO_OLD;
    }
    const { order } = this;
    let place = order.length;
    while (place > this.first && order[place - 1].at > at) place--;
    order.splice(place, 0, { id, at });
    this.names.add(id);
    if (this.names.size > this.size) {
      const oldest = order[this.first++];
      this.names.delete(oldest.id);
      this.forgotten = oldest.at;
    }
    // The places of the forgotten are freed many at a time.
    if (this.first > this.size) {
      this.order = order.slice(this.first);
      this.first = 0;
    }
    return FRESH;
  }
}
