import type { LatencyModel } from "./latency.ts";

/** How long one message took. */
export interface Measured {
  /** When it was sent, ns since 1970-01-01 UTC. */
  readonly sent: bigint;
  /** Nanoseconds. */
  readonly ns: number;
}

/**
 * Latencies as they were measured: a message takes as long as the one that was sent at the same moment did.
 *
 * - Of several that were sent at one moment, the first is taken for the first.
 * - One that was sent when none was takes as long as the last one before it; before the first, as long as that.
 *
 * Costs: a search for each message; 16 bytes for each that was measured.
 *
 * @example
 * ```ts
 * import { PlayedLatency } from "./played_latency.ts";
 * const played = new PlayedLatency([{ sent: 10n, ns: 3 }, { sent: 20n, ns: 5 }, { sent: 20n, ns: 6 }], (now) => BigInt(now));
 * const taken = [10, 20, 20, 25, 5].map((now) => played.latency(now));
 * if (taken.join() !== "3,5,6,6,3") throw new Error(taken.join());
 * ```
 */
export class PlayedLatency implements LatencyModel {
  readonly name = "as measured";
  readonly #sent: BigInt64Array;
  readonly #ns: Float64Array;
  readonly #epochNs: (now: number) => bigint;
  #at = 0;

  /** `measured` in any order, at least one; `epochNs` says what a session's time is in ns since 1970-01-01 UTC. */
  constructor(measured: readonly Measured[], epochNs: (now: number) => bigint) {
    if (measured.length === 0) throw new RangeError("Cannot play latencies: none was measured; name a model");
    const sorted = measured.toSorted((a, b) => a.sent < b.sent ? -1 : a.sent > b.sent ? 1 : 0);
    this.#sent = BigInt64Array.from(sorted, ({ sent }) => sent);
    this.#ns = Float64Array.from(sorted, ({ ns }) => ns);
    this.#epochNs = epochNs;
  }

  latency(now: number): number {
    const time = this.#epochNs(now), sent = this.#sent;
    // Messages are sent in order of time; only a session that is made anew begins at the first again.
    if (this.#at > 0 && sent[this.#at - 1] > time) this.#at = 0;
    while (this.#at < sent.length && sent[this.#at] < time) this.#at++;
    if (this.#at < sent.length && sent[this.#at] === time) return this.#ns[this.#at++];
    return this.#ns[Math.max(0, this.#at - 1)];
  }
}
