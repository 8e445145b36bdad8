import { closest } from "../../core/closest.ts";
import { parseDuration } from "../../venue/latency.ts";

/** What a named value of a condition can be. */
export type ConditionValue = "mid" | "last" | "bid" | "ask" | "sma" | "ema";

/**
 * What a conditional parent waits for; where several things are said, all of them at once.
 *
 * - A price is looked at after each message of its instrument's market that reaches us, and what is between two messages, or
 *   came and went within one, is not seen.
 * - sma and ema are of the prices of trades, or closes of bars, since the parent started; before there are `period` of them
 *   they have no value, and nothing holds.
 */
export interface Condition {
  /** "mid" unless said; a function is asked after each message and must hang on what the run has shown alone. */
  readonly value?: ConditionValue | (() => number);
  /** Holds while the value, in ticks, is this or more. */
  readonly above?: number;
  /** Holds while the value, in ticks, is this or less. */
  readonly below?: number;
  /** sma, ema: how many prices count; ema weighs the last by 2 ÷ (period + 1). */
  readonly period?: number;
  /** Whose price; the parent's own unless said. */
  readonly instrument?: number;
  /** Holds from this time on, in ns since 1970-01-01 UTC. */
  readonly at?: bigint;
  /** Holds once this long has passed since the start. */
  readonly after?: string;
}

const FIELDS = ["value", "above", "below", "period", "instrument", "at", "after"];
const VALUES = ["mid", "last", "bid", "ask", "sma", "ema"];
const PERIOD_MAX = 100_000;

/** Throws TypeError or RangeError, with field, value and remedy, for a condition that makes no sense. */
export function checkCondition(condition: Condition): void {
  const cannot = "Cannot wait for a condition";
  if (typeof condition !== "object" || condition === null) {
    throw new TypeError(`${cannot}: when is ${condition}; it is an object like { above: 100 }`);
  }
  const stray = Object.keys(condition).find((name) => !FIELDS.includes(name));
  if (stray !== undefined) throw new TypeError(`${cannot}: there is no ${stray}; ${closest(stray, FIELDS)}`);
  const { value, above, below, period, at, after } = condition;
  if (value !== undefined && typeof value !== "function" && !VALUES.includes(value)) {
    throw new TypeError(`${cannot}: value is ${value}; ${closest(`${value}`, VALUES)}, or a function`);
  }
  for (const [name, each] of [["above", above], ["below", below]] as const) {
    if (each === undefined || (typeof each === "number" && each === each)) continue;
    throw new RangeError(`${cannot}: ${name} is ${each}; it must be a number of ticks`);
  }
  if (at !== undefined && typeof at !== "bigint") {
    throw new TypeError(`${cannot}: at is ${at}; give it in ns since 1970, as 5n`);
  }
  if (after !== undefined) parseDuration(after);
  const priced = above !== undefined || below !== undefined;
  if (!priced && value !== undefined) throw new TypeError(`${cannot}: value has no bound; give above or below`);
  if (!priced && at === undefined && after === undefined) {
    throw new TypeError(`${cannot}: when says nothing; give above or below, at or after`);
  }
  const average = value === "sma" || value === "ema";
  if (average !== (period !== undefined)) {
    throw new TypeError(`${cannot}: value is ${value}, and period ${period}; sma and ema need one, the others none`);
  }
  if (average && !(Number.isSafeInteger(period) && period! > 0 && period! <= PERIOD_MAX)) {
    throw new RangeError(`${cannot}: period is ${period}; it must be a whole number from 1 to ${PERIOD_MAX}`);
  }
}

/**
 * A mean of the last prices, simple or exponential; NaN before there are `period` of them.
 *
 * | call | cost |
 * |---|---|
 * | `add` | constant, nothing allocated |
 */
export class MovingAverage {
  value = NaN;
  private readonly ring: Float64Array;
  private count = 0;
  private sum = 0;
  private mean = 0;

  constructor(private readonly kind: "sma" | "ema", private readonly period: number) {
    this.ring = new Float64Array(kind === "sma" ? period : 0);
  }

  /** The next price, in ticks. */
  add(price: number): void {
    const { period } = this;
    if (this.kind === "ema") {
      // It begins as the mean of the first ones, so that it does not lean on a single price.
      this.mean += (price - this.mean) * (this.count < period ? 1 / (this.count + 1) : 2 / (period + 1));
    } else {
      const place = this.count % period;
      // Sums of whole ticks are exact.
      this.sum += price - (this.count < period ? 0 : this.ring[place]);
      this.ring[place] = price;
    }
    if (++this.count >= period) this.value = this.kind === "ema" ? this.mean : this.sum / period;
  }
}
