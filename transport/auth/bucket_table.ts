/** What a table of buckets is like. */
export interface BucketOptions {
  readonly perSecond: number;
  readonly burst: number;
  readonly entriesMax: number;
  /** Time that never goes back, in ms. */
  readonly now: () => number;
}

interface Bucket {
  level: number;
  at: number;
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
  readonly #buckets = new Map<string, Bucket>();
  readonly #shared: Bucket;
  readonly #options: BucketOptions;

  constructor(options: BucketOptions) {
    const { perSecond, burst } = options;
    if (!(perSecond > 0) || !(burst > 0)) {
      throw new RangeError(`Cannot limit: perSecond is ${perSecond} and burst ${burst}; both are above 0`);
    }
    this.#options = options;
    this.#shared = { level: burst, at: options.now() };
  }

  /** Entries held. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes, where {@linkcode wait} is 0. */
  take(key: string, cost: number): void {
    const bucket = this.#filled(this.#buckets.get(key) ?? this.#newcomer());
    bucket.level -= Math.min(cost, this.#capacity());
    if (bucket === this.#shared) return;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
  }

  /** The ms until `cost` can be taken. */
  wait(key: string, cost: number): number {
    const { perSecond, burst, entriesMax } = this.#options;
    const known = this.#buckets.get(key);
    if (known === undefined && this.#buckets.size < entriesMax) return 0;
    const bucket = this.#filled(known ?? (this.#makeRoom() ? { level: burst, at: this.#options.now() } : this.#shared));
    const missing = Math.min(cost, this.#capacity()) - bucket.level;
    // Sums of many parts of a token round; a millionth of one, or of a ms, is none.
    return missing <= 1e-6 ? 0 : Math.ceil(missing / (perSecond * this.factor) * 1000 - 1e-6);
  }

  forget(key: string): void {
    this.#buckets.delete(key);
  }

  #capacity(): number {
    const { burst } = this.#options;
    return Math.max(Math.min(1, burst), burst * this.factor);
  }

  #filled(bucket: Bucket): Bucket {
    const { perSecond, now } = this.#options, at = now();
    const passed = Math.max(0, at - bucket.at) / 1000;
    bucket.level = Math.min(this.#capacity(), bucket.level + passed * perSecond * this.factor);
    bucket.at = Math.max(bucket.at, at);
    return bucket;
  }

  #newcomer(): Bucket {
    return this.#makeRoom() ? { level: this.#options.burst, at: this.#options.now() } : this.#shared;
  }

  /** Whether there is room for one more; forgets those who have rested. */
  #makeRoom(): boolean {
    if (this.#buckets.size < this.#options.entriesMax) return true;
    let left = LOOKED_AT;
    for (const [key, bucket] of this.#buckets) {
      if (this.#filled(bucket).level >= this.#capacity()) this.#buckets.delete(key);
      if (--left === 0) break;
    }
    return this.#buckets.size < this.#options.entriesMax;
  }
}
