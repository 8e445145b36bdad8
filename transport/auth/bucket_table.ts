import { capacityOf, type Rate, TokenBucket } from "./token_bucket.ts";

/** What a table of buckets is like. */
export interface BucketOptions extends Rate {
  readonly entriesMax: number;
  /** Time that never goes back, in ms. */
  readonly now: () => number;
}

/** Old entries that are looked at when room is wanted. */
const LOOKED_AT = 8;

/**
 * Token buckets by key, in a table of bounded size.
 *
 * Entries stand in the order in which they were last taken from, so that the first are those most likely full again; only such
 * are forgotten, as a new bucket is full too. Where there are none, newcomers share one bucket.
 *
 * | call | cost |
 * |---|---|
 * | `take`, `wait` | constant; at most 8 old entries are looked at |
 */
export class BucketTable {
  /** What is left of rate and burst under load: above 0, to 1. */
  factor = 1;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #shared: TokenBucket;
  readonly #options: BucketOptions;

  constructor(options: BucketOptions) {
    const { perSecond, burst } = options;
    if (!(perSecond > 0) || !(burst > 0)) {
      throw new RangeError(`Cannot limit: perSecond is ${perSecond} and burst ${burst}; both are above 0`);
    }
    this.#options = options;
    this.#shared = new TokenBucket(options, options.now());
  }

  /** Entries held. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes `cost`, or a full bucket where that is less, and returns 0; or takes none, and returns the ms to wait. */
  take(key: string, cost: number): number {
    const bucket = this.#buckets.get(key) ?? this.#newcomer();
    const wait = bucket.take(Math.min(cost, capacityOf(this.#options, this.factor)), this.#options.now(), this.factor);
    if (wait > 0 || bucket === this.#shared) return wait;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    return 0;
  }

  /** The ms until `cost` can be taken. */
  wait(key: string, cost: number): number {
    const known = this.#buckets.get(key);
    if (known === undefined && this.#makeRoom()) return 0;
    return (known ?? this.#shared).wait(cost, this.#options.now(), this.factor);
  }

  forget(key: string): void {
    this.#buckets.delete(key);
  }

  #newcomer(): TokenBucket {
    return this.#makeRoom() ? new TokenBucket(this.#options, this.#options.now()) : this.#shared;
  }

  /** Whether there is room for one more; forgets those who have rested. */
  #makeRoom(): boolean {
    if (this.#buckets.size < this.#options.entriesMax) return true;
    let left = LOOKED_AT;
    for (const [key, bucket] of this.#buckets) {
      if (bucket.isFull(this.#options.now(), this.factor)) this.#buckets.delete(key);
      if (--left === 0) break;
    }
    return this.#buckets.size < this.#options.entriesMax;
  }
}
