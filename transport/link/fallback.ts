import type { Quality } from "./quality.ts";

/** The two carriers between which a session moves. */
export type Way = "datachannel" | "websocket";

/** Bounds on each figure; a figure that is not known breaks none. */
export interface QualityBounds {
  readonly rttMs: number;
  readonly jitterMs: number;
  readonly loss: number;
  readonly buffered: number;
}

/** When to leave the data channel, and when to return. */
export interface FallbackOptions {
  /** Above one of these a sample is poor. 400 ms, 100 ms, 0.1, 1 MiB. */
  readonly poor?: QualityBounds;
  /** Within all of these a sample is good; what is neither says nothing. 200 ms, 50 ms, 0.02, 64 KiB. */
  readonly good?: QualityBounds;
  /** Poor samples in a row that make it leave; 3. */
  readonly poorCount?: number;
  /** Good samples in a row that make it return; 10. */
  readonly goodCount?: number;
  /** How long it stays away at least, ms; doubled each time it had returned, or tried to, in vain. 10,000. */
  readonly holdMs?: number;
  /** What doubling ends at, ms; 300,000. */
  readonly holdMsMax?: number;
  /** Whoever stayed so long on the data channel had not returned in vain, ms; 60,000. */
  readonly settledMs?: number;
}

const DEFAULTS: Required<FallbackOptions> = {
  poor: { rttMs: 400, jitterMs: 100, loss: 0.1, buffered: 1_048_576 },
  good: { rttMs: 200, jitterMs: 50, loss: 0.02, buffered: 65_536 },
  poorCount: 3,
  goodCount: 10,
  holdMs: 10_000,
  holdMsMax: 300_000,
  settledMs: 60_000,
};

/**
 * Decides over which carrier a session goes: it leaves the data channel when that is lost or stays poor, and returns when it has
 * stayed good, later each time it had to leave soon after. Between poor and good nothing changes, so that it does not flutter.
 *
 * It keeps no time of its own and touches no carrier: it is told samples and the time (ms, never going back), and says where to be.
 *
 * @example
 * ```ts
 * import { Fallback } from "./fallback.ts";
 *
 * const fallback = new Fallback();
 * if (fallback.observe("lost", 0) !== "websocket") throw new Error("unexpected");
 * ```
 */
export class Fallback {
  readonly #options: Required<FallbackOptions>;
  #way: Way = "datachannel";
  #poor = 0;
  #good = 0;
  /** When it came to where it is. */
  #since = -Infinity;
  #hold: number;

  constructor(options: FallbackOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
    this.#hold = this.#options.holdMs;
  }

  /** Where to be now. */
  get way(): Way {
    return this.#way;
  }

  /** From when on it may return, ms; -Infinity while it is there. */
  get returnAt(): number {
    return this.#way === "datachannel" ? -Infinity : this.#since + this.#hold;
  }

  /** It has come somewhere by itself, as when a link was lost and another took its place. */
  arrived(way: Way, now: number): void {
    if (way === this.#way) return;
    if (way === "websocket") this.#leave(now);
    else this.#go(way, now);
  }

  /** A data channel was tried while away, `sample` being of the whole trial; where to be now. If not there: away anew, and longer. */
  tried(sample: Quality | "lost", now: number): Way {
    const good = sample !== "lost" && this.#isGood(sample);
    if (!good) this.#hold = Math.min(this.#options.holdMsMax, this.#hold * 2);
    this.#go(good ? "datachannel" : "websocket", now);
    return this.#way;
  }

  /** Takes a sample of the data channel, "lost" where there is none any more; where to be now. */
  observe(sample: Quality | "lost", now: number): Way {
    const { poorCount, goodCount } = this.#options;
    const poor = sample === "lost" || this.#isPoor(sample);
    this.#poor = poor ? this.#poor + 1 : 0;
    this.#good = !poor && this.#isGood(sample) ? this.#good + 1 : 0;
    if (this.#way === "datachannel") {
      if (sample === "lost" || this.#poor >= poorCount) this.#leave(now);
    } else if (this.#good >= goodCount && now >= this.returnAt) this.#go("datachannel", now);
    return this.#way;
  }

  #leave(now: number): void {
    const { holdMs, holdMsMax, settledMs } = this.#options;
    const inVain = now - this.#since < settledMs;
    this.#hold = inVain ? Math.min(holdMsMax, this.#hold * 2) : holdMs;
    this.#go("websocket", now);
  }

  #go(way: Way, now: number): void {
    this.#way = way;
    this.#since = now;
    this.#poor = this.#good = 0;
  }

  #isPoor({ rttMs, jitterMs, loss, buffered }: Quality): boolean {
    const { poor } = this.#options;
    return above(rttMs, poor.rttMs) || above(jitterMs, poor.jitterMs) || above(loss, poor.loss) ||
      buffered > poor.buffered;
  }

  #isGood({ rttMs, jitterMs, loss, buffered }: Quality): boolean {
    const { good } = this.#options;
    return rttMs !== null && !above(rttMs, good.rttMs) && !above(jitterMs, good.jitterMs) && !above(loss, good.loss) &&
      buffered <= good.buffered;
  }
}

function above(figure: number | null, bound: number): boolean {
  return figure !== null && figure > bound;
}
