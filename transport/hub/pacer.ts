import type { Timers } from "../link/timers.ts";

/** Who is told that a topic with a rate may be sent again. */
export interface Paced {
  tick(intervalMs: number): void;
}

/**
 * Tells connections with rates when their time has come: all of one rate at the same moments, so that what is merged for one is
 * the same for the next, and encoded once.
 *
 * | operation | cost |
 * |---|---|
 * | join, leave | O(1) |
 * | a tick | O(connections of the rate); none where there are none |
 */
export class Pacer {
  readonly #clock: Timers;
  readonly #rates = new Map<number, { readonly members: Set<Paced>; cancel: () => void }>();

  constructor(clock: Timers) {
    this.#clock = clock;
  }

  join(member: Paced, intervalMs: number): void {
    const rate = this.#rates.get(intervalMs);
    if (rate !== undefined) rate.members.add(member);
    else this.#rates.set(intervalMs, { members: new Set([member]), cancel: this.#next(intervalMs) });
  }

  leave(member: Paced, intervalMs: number): void {
    const rate = this.#rates.get(intervalMs);
    if (rate === undefined || !rate.members.delete(member) || rate.members.size > 0) return;
    rate.cancel();
    this.#rates.delete(intervalMs);
  }

  /** Ticks no more. */
  stop(): void {
    for (const { cancel } of this.#rates.values()) cancel();
    this.#rates.clear();
  }

  #next(intervalMs: number): () => void {
    const now = this.#clock.now(), left = intervalMs - now % intervalMs;
    // A timer that fired a little early must not fire twice for one moment.
    const ms = left < intervalMs / 2 ? left + intervalMs : left;
    return this.#clock.after(ms, () => this.#tick(intervalMs));
  }

  #tick(intervalMs: number): void {
    const rate = this.#rates.get(intervalMs);
    if (rate === undefined) return;
    rate.cancel = this.#next(intervalMs);
    for (const member of [...rate.members]) member.tick(intervalMs);
  }
}
