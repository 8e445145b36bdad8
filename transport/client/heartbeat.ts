import type { Timers } from "../link/timers.ts";

/** How signs of life are asked for. */
export interface HeartbeatOptions {
  /** Between two pings on a link that has proved steady; 30,000 ms. */
  readonly intervalMs?: number;
  /** No shorter than this, however unsteady the link; 2000 ms. */
  readonly intervalMsMin?: number;
  /** Pings in a row without a sign of life that end the link; 2. */
  readonly missed?: number;
}

/** What a heartbeat does and tells. */
export interface HeartbeatHost {
  ping(): void;
  /** Bytes that have come so far: any is a sign of life. */
  received(): number;
  /** The link is dead. */
  dead(): void;
}

/**
 * Pings at intervals, and tells when a link is dead: no byte came since the last pings.
 *
 * - It adapts: a link that was lost, or missed an answer, is asked more often (a quarter, a half), and each answer stretches the
 *   interval by half again, up to its full length.
 * - A timer that comes far too late says that the machine slept, not that answers were missed: it asks at once and begins anew.
 *
 * Cost: one timer.
 */
export class Heartbeat {
  readonly #clock: Timers;
  readonly #host: HeartbeatHost;
  readonly #most: number;
  readonly #least: number;
  readonly #limit: number;
  #interval: number;
  #missed = 0;
  #seen = 0;
  #due = 0;
  #cancel: (() => void) | undefined;

  constructor(options: HeartbeatOptions, clock: Timers, host: HeartbeatHost) {
    this.#most = options.intervalMs ?? 30_000;
    this.#least = Math.min(options.intervalMsMin ?? 2000, this.#most);
    this.#limit = options.missed ?? 2;
    this.#interval = this.#most;
    this.#clock = clock;
    this.#host = host;
  }

  /** Between the last ping and the next, in ms. */
  get intervalMs(): number {
    return this.#interval;
  }

  /** A link is there. `intervalMs`: the server wishes for pings at least as often. */
  start(intervalMs = Infinity): void {
    this.stop();
    this.#interval = Math.min(this.#interval, Math.max(this.#least, intervalMs));
    this.#beat();
  }

  /** There is no link. `lost`: it did not end as it should have. */
  stop(lost = false): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#missed = 0;
    if (lost) this.#interval = Math.max(this.#least, this.#interval / 4);
  }

  /** Asks now whether the link lives, and gives it `ms` to answer: after sleep, or when the network has changed. */
  probe(ms: number): void {
    if (!this.#cancel) return;
    this.#cancel();
    this.#missed = this.#limit - 1;
    this.#ask(ms);
  }

  #beat(): void {
    this.#ask(this.#interval);
  }

  #ask(ms: number): void {
    this.#seen = this.#host.received();
    this.#due = this.#clock.now() + ms;
    this.#cancel = this.#clock.after(ms, () => this.#check());
    this.#host.ping();
  }

  #check(): void {
    const slept = this.#clock.now() - this.#due > Math.max(1000, this.#interval / 2);
    if (slept) return this.probe(this.#least);
    if (this.#host.received() > this.#seen) {
      this.#missed = 0;
      this.#interval = Math.min(this.#most, this.#interval * 1.5);
    } else if (++this.#missed >= this.#limit) {
      this.#cancel = undefined;
      this.#host.dead();
      return;
    } else this.#interval = Math.max(this.#least, this.#interval / 2);
    this.#beat();
  }
}
