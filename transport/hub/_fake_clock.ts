import type { HubClock } from "./clock.ts";

/** A clock that stands until a test moves it. */
export class FakeClock implements HubClock {
  #now = 1_000_000;
  #timers: { readonly at: number; readonly order: number; readonly fn: () => void }[] = [];
  #made = 0;

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, order: this.#made++, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** Lets time pass, and calls what is due, in order. */
  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((each) => each !== due);
      this.#now = Math.max(this.#now, due.at);
      due.fn();
    }
    this.#now = until;
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.length;
  }
}
