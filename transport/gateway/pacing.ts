import type { Timers } from "../link/timers.ts";

/** What a pacing works with. */
export interface PacingOptions {
  /** Time waits until clients have had their say. */
  readonly quiet?: boolean;
  /** How long nothing may be asked or told, in ms of wall time, before time goes on: 20. */
  readonly quietMs?: number;
  /** How far time goes on for who asks of the market and does not listen to it: 1 s, in ns. */
  readonly stepNs?: bigint;
  readonly timers: Timers;
  /** The session's time, ns since 1970. */
  readonly time: () => bigint;
  /** Something was heard of a market: there is a book. */
  readonly heard: () => boolean;
  /** Somebody waits for an order to arrive. */
  readonly ordered: () => boolean;
  /** Somebody has not read what he was told, and would be cut if it went on. */
  readonly behind: () => boolean;
  /** Clients that listen to streams. */
  readonly listeners: () => number;
  /** Time begins to go on, with the first client. */
  readonly begin: () => void;
  /** Lets time go on. */
  readonly turn: () => void;
}

const QUIET_MS = 20, STEP_NS = 1_000_000_000n;
/** How long time stands for somebody who is behind before that is looked at again, ms. */
const BEHIND_MS = 5;

/**
 * When a session's time goes on for clients that cannot say that they are done.
 *
 * - It stands at the first message of the market until the first request comes: no bot misses the beginning.
 * - Quiet: after each move of which a client was told, it stands until nothing was asked or told for 20 ms of wall time, and
 *   nothing is left to be answered. A bot that answers within that time gets the same outcome each time.
 * - Quiet, and nobody listens to a stream: time stands, and goes on by a second with each request that asks of the market.
 * - While somebody waits for an order to arrive it goes on.
 * - It stands for clients that are behind in reading, at any pace.
 */
export class Pacing {
  readonly #options: PacingOptions;
  #begun = false;
  #held = false;
  #told = false;
  /** Requests that are not yet answered. */
  #open = 0;
  /** Time goes on to there for somebody who asked. */
  #until = -1n;
  #stop: (() => void) | undefined;
  readonly #still: (() => void)[] = [];
  #over = false;
  #free = false;

  constructor(options: PacingOptions) {
    this.#options = options;
  }

  /** A request has come: returns when it may be answered; what it returns is called when it was. `market`: it asks of the market. */
  async asked(market: boolean): Promise<() => void> {
    const { quiet, listeners } = this.#options;
    if (!this.#begun) this.#begin();
    if (!quiet || this.#free) return () => {};
    this.#open++;
    this.#stop?.();
    if (listeners() === 0 && !this.#over) {
      await this.#standing();
      if (market) await this.#step();
    }
    let open = true;
    return () => {
      if (open) this.#open--;
      open = false;
      this.#rest();
    };
  }

  /** Clients were told something. */
  told(): void {
    this.#told = true;
    if (this.#held) this.#rest();
  }

  /** Somebody waits for an order: time must go on. */
  ordered(): void {
    this.#go();
  }

  /** After each move: whether time stands. */
  waits(): boolean {
    const { quiet, heard, ordered, listeners, time } = this.#options;
    if (!heard() || this.#free) return false;
    if (!this.#begun) return this.#held = true;
    if (this.#options.behind()) return this.#catchUp();
    if (!quiet || ordered() || time() < this.#until) return false;
    if (!this.#told && listeners() > 0 && this.#open === 0) return false;
    this.#held = true;
    this.#told = false;
    for (const done of this.#still.splice(0)) done();
    this.#rest();
    return true;
  }

  /** Time is the world's: it stands for nobody, whatever was asked for. */
  free(): void {
    this.#begun = this.#free = true;
  }

  /** The session has ended: nobody waits for it. */
  close(): void {
    this.#over = true;
    this.#stop?.();
    for (const done of this.#still.splice(0)) done();
  }

  #begin(): void {
    this.#begun = true;
    this.#options.begin();
    if (!this.#options.quiet) this.#go();
  }

  /** Time stands until nobody is behind. */
  #catchUp(): true {
    this.#stop?.();
    this.#stop = this.#options.timers.after(
      BEHIND_MS,
      () => void (this.#options.behind() ? this.#catchUp() : this.#go()),
    );
    return this.#held = true;
  }

  /** Time goes on by a step. */
  async #step(): Promise<void> {
    const { time, stepNs = STEP_NS } = this.#options;
    this.#until = time() + stepNs;
    this.#go();
    await this.#standing();
  }

  /** Until time stands. */
  async #standing(): Promise<void> {
    if (!this.#held && !this.#over) await new Promise<void>((resolve) => this.#still.push(resolve));
  }

  /** Time goes on once nothing was asked or told for a while. */
  #rest(): void {
    const { timers, quietMs = QUIET_MS, listeners } = this.#options;
    this.#stop?.();
    if (!this.#begun || this.#over) return;
    this.#stop = timers.after(quietMs, () => {
      if (this.#open === 0 && listeners() > 0) this.#go();
    });
  }

  #go(): void {
    this.#stop?.();
    if (!this.#held) return;
    this.#held = false;
    this.#options.turn();
  }
}
