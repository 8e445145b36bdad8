import type { Channel } from "../protocol/channels.ts";
import { Book } from "./book.ts";
import type { StateCache } from "./cache.ts";
import type { Timers } from "../link/timers.ts";
import type { Fold } from "./fold.ts";
import type { Intake } from "./intake.ts";

/** States are written at most so often, all that changed together. */
const WRITE_MS = 2000;

/** What a keeper is made with by its client. */
export interface KeeperHost {
  readonly clock: Timers;
  /** Say which server and session it is, so that one session's states are never shown for another's. */
  readonly options: { readonly url?: string | URL; readonly session?: string };
  threw(error: unknown): void;
}

/** Makes the keeper of a client. */
export type MakeKeeper = (host: KeeperHost) => StateKeeper;

/**
 * Keeps last states in a cache: `connect({ url, cache: keepStates(indexedDbCache()) })`. Undefined where there is no cache, so that
 * the same line does on Deno. Not a part of mod.ts: a page that needs none does not load it.
 */
export function keepStates(cache: StateCache | undefined): MakeKeeper | undefined {
  return cache && ((host) => new StateKeeper(cache, host));
}

/**
 * Writes the last state of each topic into a cache, and reads it for those who subscribe while there is no connection: they get
 * it marked stale, and the real one when there is a connection again.
 *
 * Cost: O(1) a message, O(state) a topic every two seconds.
 */
export class StateKeeper {
  readonly #cache: StateCache;
  readonly #host: KeeperHost;
  readonly #key: string;
  readonly #changed = new Map<string, Fold>();
  #cancel: (() => void) | undefined;

  constructor(cache: StateCache, host: KeeperHost) {
    this.#cache = cache;
    this.#host = host;
    const { url = "", session = "" } = host.options;
    this.#key = `${String(url).replace(/[?#].*$/, "")} ${session}`;
  }

  /** A topic has a new state. */
  keep(channel: Channel, symbol: string, fold: Fold): void {
    this.#changed.set(`${this.#key} ${channel} ${symbol}`, fold);
    this.#cancel ??= this.#host.clock.after(WRITE_MS, () => this.#write());
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
    }).catch((error: unknown) => this.#host.threw(error));
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
      if (snapshot) this.#cache.write(key, snapshot).catch((error: unknown) => this.#host.threw(error));
    }
    this.#changed.clear();
  }
}
