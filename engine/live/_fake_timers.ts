import type { Timers } from "./timers.ts";

/** Time that only goes on when told. What is due at one moment is called in the order in which it was asked for. */
export class FakeTimers implements Timers {
  /** Ms that pass each time somebody looks at it, for code that works until its time is over. */
  tick = 0;
  #now: number;
  #due: { readonly at: number; readonly fn: () => void }[] = [];

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now += this.tick;
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#due.length;
  }

  after(ms: number, fn: () => void): () => void {
    const one = { at: this.#now + Math.max(0, ms), fn };
    this.#due.push(one);
    return () => void (this.#due = this.#due.filter((other) => other !== one));
  }

  /** Lets so many ms pass, with all that falls due in them. */
  pass(ms: number): void {
    const end = this.#now + ms;
    while (this.#callNext(end));
    this.#now = end;
  }

  /** The same, and lets what follows in microtasks happen at each moment, before time goes on. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    do await microtasks(); while (this.#callNext(end));
    this.#now = end;
  }

  /** Goes on to what falls due next, and lets what follows in microtasks happen; returns the time, undefined where nothing waits. */
  async next(): Promise<number | undefined> {
    if (!this.#callNext(Infinity)) return undefined;
    await microtasks();
    return this.#now;
  }

  /** Moves without anything having been called in time, as when a machine sleeps; then what is late is called. */
  async sleep(ms: number): Promise<void> {
    this.#now += ms;
    await this.advance(0);
  }

  /** Calls what falls due first, at its time; false where nothing does up to `end`. */
  #callNext(end: number): boolean {
    const [next] = this.#due.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
    if (next === undefined) return false;
    this.#due = this.#due.filter((other) => other !== next);
    this.#now = Math.max(this.#now, next.at);
    next.fn();
    return true;
  }
}

/** The longest chain of promises between two timers, a dial and a greeting among them, has about half as many links. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 64; i++) await Promise.resolve();
}
