import { ERA } from "../core/clock.ts";
import { lognormal } from "../core/math.ts";
import type { Rng, RngState } from "../core/rng.ts";
import type { Keeper } from "../core/stateful.ts";

/**
 * How long a message takes, in ns.
 *
 * - Messages on one connection arrive in the order in which they were sent: a later one never overtakes, whatever it drew.
 * - Latency does not depend on what the message says.
 */
export interface LatencyModel extends Keeper {
  /** Its name and parameters, as run headers state them. */
  readonly name: string;
  /** Nanoseconds for a message sent at `now` when the feed's last message took `feed`: an integer from 0 to 52 days. */
  latency(now: number, feed: number): number;
  /** Nanoseconds that no message takes less than; 0 where absent. It must hold. */
  readonly least?: number;
  /** Its middle, without a draw: what one expects of the next message, where that can be told. A router asks. */
  expected?(feed: number): number;
}

/** What a model gives, checked: RangeError for what is no latency. */
export function drawLatency(model: LatencyModel, now: number, feed: number): number {
  const ns = model.latency(now, feed);
  if (!(ns >= 0 && ns < ERA && Math.floor(ns) === ns)) {
    throw new RangeError(
      `Cannot go on: the latency model ${model.name} gave ${ns} ns; it must give whole nanoseconds from 0 to 52 days`,
    );
  }
  return ns;
}

/** The longest latency: what is sent in an era arrives within the clock's reach. */
const LATENCY_MAX = ERA - 1;

function isLatency(ns: number): boolean {
  return Number.isSafeInteger(ns) && ns >= 0 && ns <= LATENCY_MAX;
}

/** The same for every message. */
export class ConstantLatency implements LatencyModel {
  readonly name: string;

  constructor(readonly ns: number) {
    if (!isLatency(ns)) throw new RangeError(`Cannot use latency: ${ns} ns is not from 0 to 52 days`);
    this.name = `${formatDuration(ns)}`;
  }

  get least(): number {
    return this.ns;
  }

  latency(): number {
    return this.ns;
  }

  expected(): number {
    return this.ns;
  }
}

/** Drawn from a table of measured latencies, each as likely as the others. */
export class SampledLatency implements LatencyModel {
  readonly name: string;
  readonly #table: Float64Array;
  readonly #median: number;
  readonly least: number;
  readonly #rng: Rng;

  constructor(table: readonly number[], rng: Rng) {
    const bad = table.find((ns) => !isLatency(ns));
    if (table.length === 0 || bad !== undefined) {
      throw new RangeError(
        `Cannot sample latencies: ${
          bad === undefined ? "the table is empty" : `${bad} ns is not a whole number from 0 to 52 days`
        }`,
      );
    }
    this.#table = Float64Array.from(table);
    const sorted = this.#table.slice().sort();
    this.#median = sorted[table.length >> 1];
    this.least = sorted[0];
    this.#rng = rng;
    this.name = `sampled from ${table.length}`;
  }

  latency(): number {
    return this.#table[this.#rng.int(this.#table.length)];
  }

  expected(): number {
    return this.#median;
  }

  save(): unknown {
    return this.#rng.state;
  }

  load(state: unknown): void {
    this.#rng.state = state as RngState;
  }
}

/** Lognormal about a median: `sigma` 0.5 puts one in six above 1.65 times the median. */
export class LognormalLatency implements LatencyModel {
  readonly name: string;

  constructor(readonly medianNs: number, readonly sigma: number, private readonly rng: Rng) {
    if (!(isLatency(Math.round(medianNs)) && sigma >= 0 && sigma < Infinity)) {
      throw new RangeError(
        `Cannot use lognormal latency: median ${medianNs} ns must be from 0 to 52 days, and sigma ${sigma} 0 or more`,
      );
    }
    this.name = `lognormal(${formatDuration(medianNs)}, ${sigma})`;
  }

  latency(): number {
    return Math.min(Math.round(this.medianNs * lognormal(this.rng, 0, this.sigma)), LATENCY_MAX);
  }

  expected(): number {
    return Math.round(this.medianNs);
  }

  save(): unknown {
    return this.rng.state;
  }

  load(state: unknown): void {
    this.rng.state = state as RngState;
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
    return Math.min(Math.max(0, Math.round(feed * this.scale)), LATENCY_MAX);
  }

  expected(feed: number): number {
    return this.latency(0, feed);
  }
}

const UNITS: readonly [string, number][] = [["ns", 1], ["us", 1e3], ["µs", 1e3], ["ms", 1e6], ["s", 1e9], ["m", 6e10], [
  "h",
  3.6e12,
], ["d", 8.64e13]];

/**
 * Reads a duration such as "10ms", "1.5s", "250us", "400d" as nanoseconds.
 *
 * Throws RangeError for what is none, is not a whole number of nanoseconds from 0, or is longer than 104 days and none that
 * a float can be exactly.
 */
export function parseDuration(text: string): number {
  const match = /^(\d{1,19})(?:\.(\d{1,19}))?(ns|us|µs|ms|s|m|h|d)$/.exec(text.trim());
  if (match) {
    const [, whole, part = "", name] = match;
    const scale = BigInt(`1${"0".repeat(part.length)}`);
    const exact = BigInt(whole + part) * BigInt(UNITS.find(([unit]) => unit === name)![1]), ns = Number(exact / scale);
    if (exact % scale === 0n && BigInt(ns) === exact / scale) return ns;
  }
  throw new RangeError(`Cannot read a duration: ${JSON.stringify(text)} is not like 10ms, 250us or 1.5s`);
}

/** Writes nanoseconds as a duration: 10000000 is "10ms". */
function formatDuration(ns: number): string {
  if (ns === 0) return "0";
  for (const [unit, scale] of [["s", 1e9], ["ms", 1e6], ["us", 1e3]] as const) {
    if (ns % scale === 0 || ns >= scale * 10) return `${Number((ns / scale).toPrecision(6))}${unit}`;
  }
  return `${ns}ns`;
}
