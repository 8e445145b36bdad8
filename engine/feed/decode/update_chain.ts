/** The event continues the chain: apply it. */
export const TAKE = 0;
/** The event holds nothing that is not known already: leave it out. */
export const DROP = 1;
/** Events before this one are missing: apply it, to a book that is stale. */
export const BROKEN = 2;

/** The snapshot holds more than the events so far: the book starts anew from it. */
export const AHEAD = 3;
/** The snapshot lies within the events held: it is applied, then the held events after it once more. */
export const WITHIN = 4;
/** The events that would join the snapshot to now are no longer held: it cannot be used. */
export const TOO_OLD = 5;

/**
 * Follows the update ids of one Binance depth stream (`U`, `u`, and `pu` of futures) and joins REST snapshots to it.
 *
 * An event is known by its last id `u` and by the id it follows on: `pu`, or `U - 1` where there is no `pu`. The first
 * event after a snapshot may reach back before the snapshot's id; each later one must follow on the id before it (spot
 * events may overlap: they carry absolute sizes).
 *
 * @example
 * ```ts
 * import { BROKEN, TAKE, UpdateChain } from "./update_chain.ts";
 * const chain = new UpdateChain();
 * if (chain.event(9, 12, false) !== TAKE || chain.event(14, 15, false) !== BROKEN) throw new Error("unexpected");
 * ```
 */
export class UpdateChain {
  /** The id up to which everything is known; -1 before the first event or snapshot. */
  last = -1;
  /** A snapshot has been applied, and nothing was missing since. */
  joined = false;
  /** Nothing was missing since the start, or since the last snapshot: ask before `snapshot`, which sets it. */
  whole = true;
  #loose = true;

  /** Judges the next event: TAKE, DROP or BROKEN. `strict`: it must follow exactly on the id before it (futures). */
  event(previous: number, last: number, strict: boolean): number {
    if (this.last < 0) {
      this.last = last;
      this.#loose = false;
      return TAKE;
    }
    if (last <= this.last) return DROP;
    const follows = strict && !this.#loose ? previous === this.last : previous <= this.last;
    this.last = last;
    this.#loose = false;
    if (follows) return TAKE;
    this.whole = this.joined = false;
    return BROKEN;
  }

  /** Events from here on are missing: what comes next begins a chain of its own, which no snapshot has joined. */
  lose(): void {
    this.last = -1;
    this.joined = this.whole = false;
  }

  /** Judges a snapshot: AHEAD, WITHIN or TOO_OLD. `heldFrom` is the id that the oldest held event follows on, -1 for none. */
  snapshot(id: number, heldFrom: number): number {
    if (id >= this.last) {
      const ahead = id > this.last;
      this.last = id;
      this.joined = this.whole = this.#loose = true;
      return ahead ? AHEAD : WITHIN;
    }
    if (heldFrom < 0 || id < heldFrom) return TOO_OLD;
    this.joined = this.whole = true;
    return WITHIN;
  }
}
