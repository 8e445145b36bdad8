import type { Timers } from "./timers.ts";

/** Time that only goes on when told. What is due at one moment is called in the order in which it was asked for. */
export class FakeTimers implements Timers {
  #now = 0;
  #due: { readonly at: number; readonly fn: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#due.length;
  }

  after(ms: number, fn: () => void): () => void {
    const one = { at: this.#now + Math.max(0, ms), fn };
    this.#due.push(one);
    return () => void (this.#due = this.#due.filter((other) => other !== one));
  }

  /** Lets so many ms pass, with all that falls due in them, and what follows from that in microtasks. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#due.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (!next) break;
      this.#due = this.#due.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
      await settle();
    }
    this.#now = end;
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}
