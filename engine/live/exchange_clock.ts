import type { LiveTools } from "./live_tools.ts";

/** Samples that the estimate is made of: the latest. */
const SAMPLES = 8;
const EVERY_MS = 60_000;
/** A clock that is further off than this is told. */
const OFF_MS = 1000;

interface Sample {
  readonly offsetMs: number;
  readonly errorMs: number;
}

/**
 * How far an exchange's clock is ahead of ours, by asking it what time it is.
 *
 * Its answer was given at some moment between question and answer; the middle is assumed, so that the error is at most half
 * the time between them. Of the last eight samples, one a minute, the one with the smallest error counts.
 */
export class ExchangeClock {
  readonly #venue: string;
  readonly #ask: () => Promise<number>;
  readonly #tools: LiveTools;
  #samples: Sample[] = [];
  /** Of these the one with the smallest error, the latest of equals. */
  #best: Sample | undefined;
  #off = false;
  #stopped = false;
  #timer: (() => void) | undefined;

  /** `ask` is answered with the exchange's time in ms since 1970-01-01 UTC. */
  constructor(venue: string, ask: () => Promise<number>, tools: LiveTools) {
    this.#venue = venue;
    this.#ask = ask;
    this.#tools = tools;
  }

  /** Exchange time less ours, in ms; undefined before the first answer. */
  get offsetMs(): number | undefined {
    return this.#best?.offsetMs;
  }

  /** How far the offset may be wrong, in ms. */
  get errorMs(): number {
    return this.#best?.errorMs ?? Infinity;
  }

  /** Asks now, and once a minute from then on. Never rejects: where no answer comes, the estimate stays as it is. */
  async start(): Promise<void> {
    await this.#sample();
    if (!this.#stopped) this.#timer = this.#tools.timers.after(EVERY_MS, () => void this.start());
  }

  /** The exchange does not take our times: what was measured before is forgotten, and it is asked now. */
  async anew(): Promise<void> {
    this.#samples = [];
    this.#best = undefined;
    await this.#sample();
  }

  /** The exchange's time now: whole ms since 1970-01-01 UTC; ours where it was never told. */
  now(): number {
    return Math.round(this.#nowMs() + (this.offsetMs ?? 0));
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.();
  }

  async #sample(): Promise<void> {
    const sent = this.#nowMs();
    let theirs: number;
    try {
      theirs = await this.#ask();
    } catch {
      return;
    }
    const received = this.#nowMs();
    this.#samples = [...this.#samples, { offsetMs: theirs - (sent + received) / 2, errorMs: (received - sent) / 2 }]
      .slice(-SAMPLES);
    const least = Math.min(...this.#samples.map(({ errorMs }) => errorMs));
    this.#best = this.#samples.findLast(({ errorMs }) => errorMs === least);
    const { offsetMs, errorMs } = this.#best!, off = Math.abs(offsetMs) - errorMs > OFF_MS;
    if (off && !this.#off) {
      const seconds = (Math.abs(offsetMs) / 1000).toFixed(3), where = offsetMs > 0 ? "behind" : "ahead of";
      const message = `our clock is ${seconds} s ${where} the exchange's; set it right (NTP)`;
      this.#tools.tell({ name: "CLOCK_OFF", venue: this.#venue, message });
    }
    this.#off = off;
  }

  #nowMs(): number {
    return Number(this.#tools.wall() / 1000n) / 1000;
  }
}
