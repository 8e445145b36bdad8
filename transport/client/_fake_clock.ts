import type { ClientClock } from "./clock.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
}

/** A clock that stands still until it is moved. */
export class FakeClock implements ClientClock {
  #now: number;
  #order = 0;
  #timers: Timer[] = [];

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, order: this.#order++, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves by `ms`: timers fire in order, and all that follows from one is done before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await microtasks();
    for (let timer = this.#due(end); timer; timer = this.#due(end)) {
      this.#now = Math.max(this.#now, timer.at);
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.fn();
      await microtasks();
    }
    this.#now = end;
  }

  /** Moves without a timer having fired in time, as when a machine sleeps; then those that are late fire. */
  async sleep(ms: number): Promise<void> {
    this.#now += ms;
    await this.advance(0);
  }

  #due(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Lets everything happen that needs no clock: one turn of the event loop, in which all promises that can settle do. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** The longest chain of promises between two timers, a dial and a greeting among them, has about half as many links. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 64; i++) await Promise.resolve();
}
