import type { Timers } from "../link/timers.ts";

/** Wall time that goes on by hand, or each time somebody looks. */
export class HandTimers implements Timers {
  #now = 0;
  #timers: { readonly at: number; readonly fn: () => void }[] = [];

  /** `tick`: ms that pass at each look. */
  constructor(private readonly tick = 0) {}

  now(): number {
    return this.#now += this.tick;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((each) => each !== timer));
  }

  /** Ends the shortest wait, at its time; returns the time, undefined where nobody waits. */
  async next(): Promise<number | undefined> {
    const [first] = this.#timers.sort((a, b) => a.at - b.at);
    if (first === undefined) return undefined;
    this.#timers.shift();
    this.#now = Math.max(this.#now, first.at);
    first.fn();
    // Whoever waited goes on before the next look.
    for (let i = 0; i < 8; i++) await Promise.resolve();
    return this.#now;
  }
}
