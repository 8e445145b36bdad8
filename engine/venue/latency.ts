import { lognormal } from "../core/math.ts";
import type { Rng } from "../core/rng.ts";

/**
 * How long a message takes, in ns.
 *
 * - Messages on one connection arrive in the order in which they were sent: a later one never overtakes, whatever it drew.
 * - Latency does not depend on what the message says.
 */
export interface LatencyModel {
  /** Its name and parameters, as run headers state them. */
  readonly name: string;
  /** Nanoseconds for a message sent at `now` when the feed's last message took `feed`: an integer of 0 or more. */
  latency(now: number, feed: number): number;
}

/** The same for every message. */
export class ConstantLatency implements LatencyModel {
  readonly name: string;

  constructor(readonly ns: number) {
    if (!Number.isSafeInteger(ns) || ns < 0) throw new RangeError(`Cannot use latency: ${ns} ns is not 0 or more`);
    this.name = `${formatDuration(ns)}`;
  }

  latency(): number {
    return this.ns;
  }
}

/** Drawn from a table of measured latencies, each as likely as the others. */
export class SampledLatency implements LatencyModel {
  readonly name: string;
  readonly #table: Float64Array;
  readonly #rng: Rng;

  constructor(table: readonly number[], rng: Rng) {
    const bad = table.find((ns) => !Number.isSafeInteger(ns) || ns < 0);
    if (table.length === 0 || bad !== undefined) {
      throw new RangeError(
        `Cannot sample latencies: ${bad ?? "the table"} is ${bad === undefined ? "empty" : "below 0"}`,
      );
    }
    this.#table = Float64Array.from(table);
    this.#rng = rng;
    this.name = `sampled from ${table.length}`;
  }

  latency(): number {
    return this.#table[this.#rng.int(this.#table.length)];
  }
}

/** Lognormal about a median: `sigma` 0.5 puts one in six above 1.65 times the median. */
export class LognormalLatency implements LatencyModel {
  readonly name: string;

  constructor(readonly medianNs: number, readonly sigma: number, private readonly rng: Rng) {
    if (!(medianNs >= 0 && sigma >= 0)) {
      throw new RangeError(`Cannot use lognormal latency: median ${medianNs} ns and sigma ${sigma} must be 0 or more`);
    }
    this.name = `lognormal(${formatDuration(medianNs)}, ${sigma})`;
  }

  latency(): number {
    return Math.round(this.medianNs * lognormal(this.rng, 0, this.sigma));
  }
}

/**
 * The tape's own latency, local time minus exchange time, of the last message that reached us.
 *
 * - An order is as slow as the feed just was; `scale` makes it slower or faster by a factor.
 */
export class RecordedLatency implements LatencyModel {
  readonly name: string;

  constructor(readonly scale = 1) {
    if (!(scale >= 0 && scale < Infinity)) throw new RangeError(`Cannot scale latency: ${scale} is not 0 or more`);
    this.name = scale === 1 ? "recorded" : `recorded*${scale}`;
  }

  latency(_now: number, feed: number): number {
    return Math.round(feed * this.scale);
  }
}

const UNITS: readonly [string, number][] = [["ns", 1], ["us", 1e3], ["µs", 1e3], ["ms", 1e6], ["s", 1e9], ["m", 6e10], [
  "h",
  3.6e12,
], ["d", 8.64e13]];

/**
 * Reads a duration such as "10ms", "1.5s", "250us" as nanoseconds.
 *
 * Throws RangeError for what is none, or is not a whole number of nanoseconds from 0.
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)$/.exec(text.trim());
  const ns = match ? Number(match[1]) * UNITS.find(([unit]) => unit === match[2])![1] : NaN;
  const whole = Math.round(ns);
  if (!match || Math.abs(ns - whole) > 1e-3 || !Number.isSafeInteger(whole)) {
    throw new RangeError(`Cannot read a duration: ${JSON.stringify(text)} is not like 10ms, 250us or 1.5s`);
  }
  return whole;
}

/** Writes nanoseconds as a duration: 10000000 is "10ms". */
function formatDuration(ns: number): string {
  if (ns === 0) return "0";
  for (const [unit, scale] of [["s", 1e9], ["ms", 1e6], ["us", 1e3]] as const) {
    if (ns % scale === 0 || ns >= scale * 10) return `${Number((ns / scale).toPrecision(6))}${unit}`;
  }
  return `${ns}ns`;
}
