import { durationText } from "./duration_text.ts";

/** What to do where local times lie before exchange times, because two clocks are out of step. */
export interface SkewPolicy {
  /** shift: by one constant. keep: leave the times as they are, to look at; no backtest runs on negative latency. */
  readonly kind: "shift" | "keep";
  /** The constant that is added to every local time, as given; where absent, the least that makes no latency negative, and so nothing if none is. */
  readonly shiftNs?: number;
}

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/**
 * Reads a policy as the command line gives it: `shift` (the least that makes no latency negative), `shift=1ms`,
 * `shift=-250us` (this constant is added, whether it is enough or not), `keep`. Throws RangeError.
 *
 * @example
 * ```ts
 * import { parseSkew } from "./skew.ts";
 * const policy = parseSkew("shift=1.5ms");
 * if (policy.shiftNs !== 1_500_000) throw new Error("unexpected");
 * ```
 */
export function parseSkew(text: string): SkewPolicy {
  if (text === "shift" || text === "keep") return { kind: text };
  const match = /^shift=([+-]?\d+(?:\.\d+)?)(ns|us|ms|s)$/.exec(text);
  const shiftNs = match ? Math.round(Number(match[1]) * UNITS[match[2]]) : NaN;
  if (!Number.isSafeInteger(shiftNs)) {
    throw new RangeError(`Cannot use skew ${JSON.stringify(text)}: give shift, shift=1ms (ns, us, ms, s) or keep`);
  }
  return { kind: "shift", shiftNs };
}

/** The constant that a policy adds to local times, given the smallest latency found; ns. */
export function shiftOf(policy: SkewPolicy, latencyNsMin: number): number {
  if (policy.kind === "keep") return 0;
  return policy.shiftNs ?? leastShift(latencyNsMin);
}

/** Says that latencies are negative after the shift, where the smallest is; undefined where none is. */
export function skewWarning(latencyNsMin: number, shiftNs: number): string | undefined {
  const least = latencyNsMin + shiftNs;
  if (least >= 0) return undefined;
  const when = shiftNs === 0 ? "" : ` after the shift of ${durationText(shiftNs)}`;
  return `the smallest latency is ${durationText(least)}${when}: a backtest will refuse this tape; use --skew shift`;
}

function leastShift(latencyNsMin: number): number {
  return latencyNsMin < 0 ? -latencyNsMin : 0;
}

/** Values that are kept for the median. */
const KEPT = 65_536;

/**
 * Smallest, median and largest of a stream of latencies in bounded memory.
 *
 * Smallest and largest are exact. The median is over every value up to 65,536 of them, then over every second, every
 * fourth and so on: what is kept depends on the order of the rows alone, so that the figure is the same on every run.
 *
 * | call | cost |
 * |---|---|
 * | `add` | O(1) |
 * | `summary` | one sort of what is kept |
 * | memory | 512 KiB |
 */
export class LatencySample {
  #min = Infinity;
  #max = -Infinity;
  readonly #kept = new Float64Array(KEPT);
  #count = 0;
  #stride = 1;
  #skip = 0;

  /** One latency, ns. */
  add(latencyNs: number): void {
    if (latencyNs < this.#min) this.#min = latencyNs;
    if (latencyNs > this.#max) this.#max = latencyNs;
    if (this.#skip > 0) this.#skip--;
    else this.#keep(latencyNs);
  }

  /** The figures so far; undefined before the first value. */
  summary(): { min: number; median: number; max: number } | undefined {
    if (this.#count === 0) return undefined;
    const sorted = this.#kept.slice(0, this.#count).sort();
    return { min: this.#min, median: sorted[this.#count >> 1], max: this.#max };
  }

  #keep(latencyNs: number): void {
    if (this.#count === KEPT) {
      for (let i = 0; i < KEPT / 2; i++) this.#kept[i] = this.#kept[2 * i];
      this.#count = KEPT / 2;
      this.#stride *= 2;
    }
    this.#kept[this.#count++] = latencyNs;
    this.#skip = this.#stride - 1;
  }
}
