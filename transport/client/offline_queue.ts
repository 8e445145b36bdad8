import type { Timers } from "../link/timers.ts";

/** How much waits while there is no link, and how fast it goes when there is one. */
export interface QueueOptions {
  /** What waits at most; the oldest makes room for what comes; 1000. */
  readonly capacity?: number;
  /** A second, on return; 50. */
  readonly perSecond?: number;
}

/**
 * What waits for a link: first in, first out, bounded, and let go one by one, so that a thousand clients that return together
 * do not flood the server again.
 *
 * | operation | cost |
 * |---|---|
 * | put | O(1) |
 * | each let go | O(1), one timer |
 */
export class OfflineQueue<T> {
  readonly #items: T[] = [];
  readonly #capacity: number;
  readonly #clock: Timers;
  readonly #gapMs: number;
  readonly #go: (item: T) => boolean;
  readonly #drop: (item: T) => void;
  #cancel: (() => void) | undefined;
  #open = false;

  /** `go` takes an item that goes, and says whether it counts (one that expired does not); `drop` one that made room. */
  constructor(options: QueueOptions, clock: Timers, go: (item: T) => boolean, drop: (item: T) => void) {
    this.#capacity = options.capacity ?? 1000;
    this.#gapMs = 1000 / (options.perSecond ?? 50);
    this.#clock = clock;
    this.#go = go;
    this.#drop = drop;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Lets it go at once where nothing waits and the way is open; else it waits its turn. */
  put(item: T): void {
    if (this.#open && this.#items.length === 0 && !this.#cancel) {
      this.#go(item);
      return;
    }
    if (this.#items.length >= this.#capacity) this.#drop(this.#items.shift() as T);
    this.#items.push(item);
  }

  /** The way is open. */
  open(): void {
    this.#open = true;
    if (!this.#cancel) this.#next();
  }

  /** The way is shut; what waits stays. */
  shut(): void {
    this.#open = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Takes all out. */
  clear(): void {
    this.#items.length = 0;
  }

  #next(): void {
    this.#cancel = undefined;
    while (this.#open && this.#items.length > 0) {
      if (!this.#go(this.#items.shift() as T)) continue;
      if (this.#items.length > 0) this.#cancel = this.#clock.after(this.#gapMs, () => this.#next());
      return;
    }
  }
}
