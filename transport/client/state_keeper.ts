import type { Channel } from "../protocol/channels.ts";
import { Book } from "./book.ts";
import type { StateCache } from "./cache.ts";
import type { ClientClock } from "./clock.ts";
import type { Fold } from "./fold.ts";
import type { Intake } from "./intake.ts";

/** States are written at most so often, all that changed together. */
const WRITE_MS = 2000;

/**
 * Writes the last state of each topic into a cache, and reads it for those who subscribe while there is no connection: they get
 * it marked stale, and the real one when there is a connection again.
 *
 * Cost: O(1) a message, O(state) a topic every two seconds.
 */
export class StateKeeper {
  readonly #cache: StateCache;
  readonly #clock: ClientClock;
  readonly #key: string;
  readonly #threw: (error: unknown) => void;
  readonly #changed = new Map<string, Fold>();
  #cancel: (() => void) | undefined;

  constructor(cache: StateCache, clock: ClientClock, key: string, threw: (error: unknown) => void) {
    this.#cache = cache;
    this.#clock = clock;
    this.#key = key;
    this.#threw = threw;
  }

  /** A topic has a new state. */
  keep(channel: Channel, symbol: string, fold: Fold): void {
    this.#changed.set(`${this.#key} ${channel} ${symbol}`, fold);
    this.#cancel ??= this.#clock.after(WRITE_MS, () => this.#write());
  }

  /** Reads the state for somebody, and hands it over if it is still `wanted` then. */
  tell(intake: Intake, wanted: () => boolean): void {
    const { channel, symbol } = intake;
    if (symbol === "*") return;
    this.#cache.read(`${this.#key} ${channel} ${symbol}`).then((snapshot) => {
      if (!snapshot || !wanted()) return;
      const message = { ...snapshot, stale: true } as const;
      if (channel !== "book") return intake.deliver(message);
      const book = new Book(symbol);
      book.apply(snapshot);
      intake.deliver(message, book);
    }).catch((error: unknown) => this.#threw(error));
  }

  /** Writes what is left, and ends. */
  stop(): void {
    this.#cancel?.();
    if (this.#cancel) this.#write();
  }

  #write(): void {
    this.#cancel = undefined;
    for (const [key, fold] of this.#changed) {
      const snapshot = fold.snapshot();
      if (snapshot) this.#cache.write(key, snapshot).catch((error: unknown) => this.#threw(error));
    }
    this.#changed.clear();
  }
}
