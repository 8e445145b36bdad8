import { BoundedRing } from "./bounded_ring.ts";
import type { ClientClock } from "./clock.ts";

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
  readonly #ring: BoundedRing<T>;
  readonly #clock: ClientClock;
  readonly #gapMs: number;
  readonly #go: (item: T) => boolean;
  readonly #drop: (item: T) => void;
  #cancel: (() => void) | undefined;
  #open = false;

  /** `go` takes an item that goes, and says whether it counts (one that expired does not); `drop` one that made room. */
  constructor(options: QueueOptions, clock: ClientClock, go: (item: T) => boolean, drop: (item: T) => void) {
    this.#ring = new BoundedRing(options.capacity ?? 1000);
    this.#gapMs = 1000 / (options.perSecond ?? 50);
    this.#clock = clock;
    this.#go = go;
    this.#drop = drop;
  }

  get size(): number {
    return this.#ring.size;
  }

  /** Lets it go at once where nothing waits and the way is open; else it waits its turn. */
  put(item: T): void {
    if (this.#open && this.#ring.size === 0 && !this.#cancel) {
      this.#go(item);
      return;
    }
    if (this.#ring.full) this.#drop(this.#ring.shift() as T);
    this.#ring.push(item);
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
  clear(): T[] {
    const items: T[] = [];
    for (let item = this.#ring.shift(); item !== undefined; item = this.#ring.shift()) items.push(item);
    return items;
  }

  #next(): void {
    this.#cancel = undefined;
    while (this.#open && this.#ring.size > 0) {
      if (!this.#go(this.#ring.shift() as T)) continue;
      if (this.#ring.size > 0) this.#cancel = this.#clock.after(this.#gapMs, () => this.#next());
      return;
    }
  }
}
