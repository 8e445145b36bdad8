import { Backoff } from "./backoff.ts";
import type { LiveTools } from "./live_tools.ts";

/** How a book is brought back. */
export interface ResyncOptions {
  /** One attempt; it never rejects. Whether it came to something is heard by `done`. */
  readonly attempt: (attempts: number) => Promise<void> | void;
  /** How long after an attempt the book may still become whole by itself. */
  readonly patienceMs: number;
}

/**
 * Attempts to make a book whole again, one at a time, with waits between them that double and are drawn, until it is.
 *
 * A book that was whole for ten seconds is tried at once when it breaks; one that breaks again sooner goes on waiting longer, so
 * that a feed that cannot be kept whole does not spend all that an exchange allows.
 */
export class BookResync {
  readonly #options: ResyncOptions;
  readonly #tools: LiveTools;
  readonly #backoff: Backoff;
  #state: "idle" | "grace" | "trying" | "waiting" = "idle";
  #timer: (() => void) | undefined;
  #attempts = 0;
  #run = 0;
  #doneAt = -Infinity;
  #closed = false;

  constructor(options: ResyncOptions, tools: LiveTools) {
    this.#options = options;
    this.#tools = tools;
    this.#backoff = new Backoff({ baseMs: 500, capMs: 60_000, attempts: Infinity }, tools.random);
  }

  /** The book is not whole: attempts begin in `graceMs`, or sooner if that is asked for then. */
  need(graceMs = 0): void {
    if (this.#closed || this.#state === "trying" || this.#state === "waiting") return;
    if (this.#state === "grace" && graceMs > 0) return;
    this.#timer?.();
    this.#timer = undefined;
    if (this.#state === "idle" && this.#tools.timers.now() - this.#doneAt < this.#backoff.stableMs) {
      this.#wait();
      return;
    }
    if (this.#state === "idle") this.#backoff.reset();
    if (graceMs > 0) {
      this.#state = "grace";
      this.#timer = this.#tools.timers.after(graceMs, () => void this.#try());
    } else void this.#try();
  }

  /** The book is whole. */
  done(): void {
    this.pause();
    this.#attempts = 0;
    this.#doneAt = this.#tools.timers.now();
  }

  /** There is nothing to try for now: the connection is gone. */
  pause(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#state = "idle";
  }

  /** No more attempts. */
  close(): void {
    this.done();
    this.#closed = true;
  }

  async #try(): Promise<void> {
    const run = ++this.#run;
    this.#state = "trying";
    this.#timer = undefined;
    await this.#options.attempt(++this.#attempts);
    // Done in the meantime, and perhaps begun again since.
    if (this.#closed || this.#state !== "trying" || run !== this.#run) return;
    this.#wait(this.#options.patienceMs);
  }

  #wait(leastMs = 0): void {
    this.#state = "waiting";
    this.#timer = this.#tools.timers.after(leastMs + this.#backoff.next()!, () => void this.#try());
  }
}
