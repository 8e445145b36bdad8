import { Backoff } from "../backoff.ts";
import type { LiveTools } from "../live_tools.ts";
import { Nap } from "../nap.ts";
import { ccxtWords } from "./refusals.ts";

/** What is watched, over and over. */
export interface Watching<T> {
  readonly venue: string;
  /** For people: "orders of BTC/USDT". */
  readonly name: string;
  /** How long to wait before each question, where there is nothing that answers by itself. */
  readonly everyMs?: number;
  /** What comes next; waits for it. */
  next(): Promise<T>;
  take(value: T): void;
  /** It is not heard from here on. */
  lost?(reason: string): void;
  /** It is heard again after it was not: something may be missing. */
  missed(reason: string): void;
}

/** A watch that has not failed for so long is one that works: whatever comes is heard. */
const SETTLED_MS = 3000;

/** Waits for what comes, again and again, until it is closed; what fails is tried again. */
export class WatchLoop<T> {
  readonly #watching: Watching<T>;
  readonly #tools: LiveTools;
  readonly #backoff: Backoff;
  /** Why it is not heard, until it is again. */
  #lost: string | undefined;
  #closed = false;
  #settling: () => void = () => {};
  readonly #nap: Nap;

  constructor(watching: Watching<T>, tools: LiveTools) {
    this.#watching = watching;
    this.#tools = tools;
    this.#nap = new Nap(tools.timers);
    this.#backoff = new Backoff({ baseMs: 500, capMs: 30_000, attempts: Infinity }, tools.random);
    void this.#run();
  }

  /** Whether what comes is heard. */
  get heard(): boolean {
    return this.#lost === undefined;
  }

  close(): void {
    this.#closed = true;
    this.#settling();
    this.#nap.wake();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        if (this.#watching.everyMs !== undefined) await this.#nap.sleep(this.#watching.everyMs);
        if (this.#closed) return;
        if (this.#lost !== undefined) this.#settling = this.#tools.timers.after(SETTLED_MS, () => this.#again());
        const value = await this.#watching.next();
        if (this.#closed) return;
        this.#again();
        this.#watching.take(value);
      } catch (error) {
        if (this.#closed) return;
        this.#settling();
        await this.#failed(error);
      }
    }
  }

  #again(): void {
    this.#settling();
    if (this.#lost === undefined) return;
    const reason = this.#lost;
    this.#lost = undefined;
    this.#backoff.reset();
    this.#tools.tell({
      name: "CONNECTED",
      venue: this.#watching.venue,
      message: `${this.#watching.name}: heard again`,
    });
    this.#watching.missed(reason);
  }

  async #failed(error: unknown): Promise<void> {
    const { venue, name } = this.#watching, why = ccxtWords(error);
    const before = this.#lost;
    this.#lost = `${name} were lost (${why})`;
    if (before === undefined) this.#watching.lost?.(this.#lost);
    const ms = this.#backoff.next()!,
      garbled = error instanceof Error && /BadResponse|SyntaxError/.test(error.constructor.name);
    const message = `${name}: ${why}; again in ${(ms / 1000).toFixed(1)} s`;
    this.#tools.tell({ name: garbled ? "FRAME_REFUSED" : "RECONNECTING", venue, message });
    await this.#nap.sleep(ms);
  }
}
