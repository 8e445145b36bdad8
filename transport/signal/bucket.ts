/** How much may come: so many at once, and so many a second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** A token bucket: it lets a burst through, and a steady rate after it. */
export class Bucket {
  readonly #rate: Rate;
  #left: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = now;
  }

  /** Takes so many at `now` (ms); false, and takes none, where there are fewer. */
  take(count: number, now: number): boolean {
    const { burst, perSecond } = this.#rate;
    this.#left = Math.min(burst, this.#left + Math.max(0, now - this.#at) * perSecond / 1000);
    this.#at = now;
    if (count > this.#left) return false;
    this.#left -= count;
    return true;
  }

  /** Whether it is as full as a new one, so that it can be forgotten. */
  full(now: number): boolean {
    const { burst, perSecond } = this.#rate;
    return this.#left + Math.max(0, now - this.#at) * perSecond / 1000 >= burst;
  }
}

/**
 * A bucket for each address, bounded: where there are too many, those that are full are forgotten, and then, as long as none is,
 * newcomers share one bucket, so that a flood from many addresses locks out no one who was there.
 */
export class Buckets {
  readonly #rate: Rate;
  readonly #most: number;
  readonly #buckets = new Map<string, Bucket>();
  #shared: Bucket | undefined;

  constructor(rate: Rate, most = 10_000) {
    this.#rate = rate;
    this.#most = most;
  }

  /** Addresses that are kept. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one for an address. */
  take(address: string, now: number): boolean {
    let bucket = this.#buckets.get(address);
    if (!bucket) {
      if (this.#buckets.size >= this.#most) this.#forget(now);
      bucket = new Bucket(this.#rate, now);
      if (this.#buckets.size < this.#most) this.#buckets.set(address, bucket);
      else bucket = this.#shared ??= bucket;
    }
    return bucket.take(1, now);
  }

  #forget(now: number): void {
    for (const [address, bucket] of this.#buckets) {
      if (bucket.full(now)) this.#buckets.delete(address);
    }
  }
}
