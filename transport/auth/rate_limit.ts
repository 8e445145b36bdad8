import { addressKey, isLoopback } from "./addresses.ts";
import { BucketTable } from "./bucket_table.ts";
import type { Rate } from "./token_bucket.ts";

/**
 * What is counted: messages and bytes that come in, requests for what is past, connections that open, and attempts to prove who one
 * is that failed.
 */
const RATE_KINDS = ["messages", "bytes", "histories", "connections", "attempts"] as const;
/** One of them. */
export type RateKind = typeof RATE_KINDS[number];

/** Whose they are. */
export interface Source {
  readonly connection?: string;
  /** The principal's name. */
  readonly user?: string;
  /** The address as the link tells it; IPv6 counts by its first 64 bits. */
  readonly address?: string;
}

/** Rates by kind and by whose they are; what is not named is not limited. */
export type Rates = Readonly<Partial<Record<RateKind, Readonly<Partial<Record<keyof Source, Rate>>>>>>;

/**
 * What a server allows where nobody says otherwise. Acknowledgements are messages too: a client that takes 100 MB/s sends 3000 a
 * second.
 */
export const DEFAULT_RATES: Rates = {
  messages: {
    connection: { perSecond: 20_000, burst: 40_000 },
    user: { perSecond: 40_000, burst: 80_000 },
    address: { perSecond: 100_000, burst: 200_000 },
  },
  bytes: {
    connection: { perSecond: 2_097_152, burst: 8_388_608 },
    user: { perSecond: 8_388_608, burst: 33_554_432 },
    address: { perSecond: 16_777_216, burst: 67_108_864 },
  },
  // A short request, and an answer of up to 256 KiB.
  histories: { user: { perSecond: 100, burst: 400 }, address: { perSecond: 200, burst: 800 } },
  connections: { user: { perSecond: 20, burst: 500 }, address: { perSecond: 50, burst: 500 } },
  attempts: { address: { perSecond: 0.2, burst: 10 } },
};

/** Limits, and how many of those who are counted are told apart. */
export interface RateLimitOptions {
  /** Time that never goes back, in ms. */
  readonly now: () => number;
  readonly rates?: Rates;
  /** Of each kind and each of connection, user and address. 10,000. */
  readonly entriesMax?: number;
}

/**
 * Limits by token buckets: for each kind one bucket a connection, a user and an address, and all of them must have enough.
 *
 * - A bucket fills at its rate up to its burst. What costs more than a burst takes a full bucket.
 * - Who is refused has nothing taken, and is told how long to wait.
 * - On loopback all share one address, so only attempts are counted by it there.
 * - Under load all buckets shrink together, down to a quarter.
 * - Tables are bounded: only who has rested long enough to have a full bucket is forgotten; while there are more than that,
 *   newcomers share one bucket. Nobody gets a fresh one by coming from many addresses.
 *
 * | call | cost |
 * |---|---|
 * | `take`, `wait` | constant, at most three buckets |
 * | memory | at most 10,000 entries a table |
 *
 * @example
 * ```ts
 * import { RateLimits } from "./rate_limit.ts";
 * const rates = { messages: { connection: { perSecond: 10, burst: 1 } } };
 * const limits = new RateLimits({ now: () => 0, rates });
 * if (limits.take("messages", { connection: "c1" }) !== 0) throw new Error("unexpected");
 * if (limits.take("messages", { connection: "c1" }) !== 100) throw new Error("unexpected");
 * ```
 */
export class RateLimits {
  readonly #tables = new Map<RateKind, readonly (readonly [by: keyof Source, table: BucketTable])[]>();

  /** Throws RangeError for a rate or burst that is not above 0. */
  constructor({ now, rates = DEFAULT_RATES, entriesMax = 10_000 }: RateLimitOptions) {
    for (const kind of RATE_KINDS) {
      const sources = Object.entries(rates[kind] ?? {}) as [keyof Source, Rate][];
      this.#tables.set(kind, sources.map(([by, rate]) => [by, new BucketTable({ ...rate, now, entriesMax })]));
    }
  }

  /** Takes `cost` of all buckets of a source and returns 0, or takes none and returns the ms after which to try again. */
  take(kind: RateKind, source: Source, cost = 1): number {
    const wait = this.wait(kind, source, cost);
    if (wait > 0) return wait;
    for (const [by, table] of this.#tables.get(kind)!) {
      const key = keyOf(kind, by, source);
      if (key !== undefined) table.take(key, cost);
    }
    return 0;
  }

  /** The ms after which `cost` could be taken; 0 where it could be now. Takes nothing. */
  wait(kind: RateKind, source: Source, cost = 1): number {
    let most = 0;
    for (const [by, table] of this.#tables.get(kind)!) {
      const key = keyOf(kind, by, source);
      if (key !== undefined) most = Math.max(most, table.wait(key, cost));
    }
    return most;
  }

  /** Tightens by load, from 0 (idle) to 1 (all there is): up to 0.7 nothing changes, at 1 a quarter of each rate is left. */
  tighten(load: number): void {
    const over = Math.min(1, Math.max(0, (load - 0.7) / 0.3));
    for (const tables of this.#tables.values()) {
      for (const [, table] of tables) table.factor = Number.isNaN(over) ? 1 : 1 - 0.75 * over;
    }
  }

  /** Forgets a connection that has closed; its user and address stay counted. */
  forget(connection: string): void {
    for (const tables of this.#tables.values()) {
      for (const [by, table] of tables) if (by === "connection") table.forget(connection);
    }
  }
}

function keyOf(kind: RateKind, by: keyof Source, source: Source): string | undefined {
  const key = source[by];
  if (by !== "address" || key === undefined) return key;
  return kind !== "attempts" && isLoopback(key) ? undefined : addressKey(key);
}
