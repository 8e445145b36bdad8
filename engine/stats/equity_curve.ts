import { CurvePoints, Point } from "./curve_points.ts";
import type { EquityPoints } from "./result.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { wider } from "../core/wider.ts";

const DAY = 86_400;
/** Over a thousand years of days, 5 MB: no tape is longer, so a session that goes past it has times that are wrong. */
const DAYS_MAX = 400_000;
/** As many steps as the usual step between samples is taken from, and a power of 2 above it to keep the times in. */
const STEPS = 99;
const TIMES = 128;

/**
 * Equity over time, sampled at each mark: peaks, drawdowns, daily closes and a curve for plots.
 *
 * Peaks and drawdowns are exact over all samples. One close a UTC day is kept, so that daily returns are exact too. The
 * curve for plots has at most 2,048 points. A drawdown runs from a peak to the first sample that is back at it, or to
 * the last sample; one of a single sample at the very end is not counted yet. Memory grows by 12 bytes a day of tape
 * and by nothing else.
 *
 * | operation | cost |
 * |---|---|
 * | sample, and each of samples | constant, nothing allocated; now and then 2,040 points are halved, or the days' columns doubled |
 * | points | 2,048 points copied |
 * | dailyCloses | the number of days |
 *
 * @example
 * ```ts
 * import { EquityCurve } from "./equity_curve.ts";
 * const curve = new EquityCurve();
 * for (const [day, equity] of [[0, 100], [1, 110], [2, 99], [3, 120]]) curve.sample(day * 86400, equity);
 * if (curve.peak !== 120 || curve.maxDrawdown !== 11) throw new Error("unexpected");
 * ```
 */
export class EquityCurve {
  readonly #points = new CurvePoints();
  readonly #times = new Float64Array(TIMES);
  #days = new Int32Array(256);
  #closes = new Float64Array(256);
  #dayCount = 0;
  #dayEnd = -Infinity;
  #weekend = false;
  #weekendCount = 0;
  #exposedCount = 0;
  #heldKnown = false;
  #held = false;
  #count = 0;
  #start = 0;
  #startTime = 0;
  #last = 0;
  #lastTime = -Infinity;
  // The drawdown of the moment: from where to where so far, how many samples, how deep as a share of the peak.
  readonly #peak = new Point().set(-1, 0, -Infinity);
  readonly #trough = new Point().set(-1, 0, Infinity);
  /** Equity below this is surely below the peak, however the ratio is rounded. */
  #nearPeak = -Infinity;
  #below = 0;
  #depth = 0;
  // All drawdowns.
  #maxFall = 0;
  #maxDepth = 0;
  #drawdowns = 0;
  #depthSum = 0;
  #durationSum = 0;
  #durationMax = 0;

  /**
   * Takes the equity at a time in Unix seconds, not before the last one's.
   *
   * `held` says whether a position is held now, or was since the last sample; exposure is known if every sample says so.
   * RangeError where the time goes back, or either is not a finite number; nothing has changed then.
   */
  sample(time: number, equity: number, held?: boolean): void {
    if (!(time >= this.#lastTime && time < Infinity && equity > -Infinity && equity < Infinity)) {
      throw badSample(time, equity, this.#lastTime);
    }
    if (time >= this.#dayEnd) this.#nextDay(Math.floor(time / DAY));
    if (this.#count === 0) this.#begin(time, equity, held);
    this.#times[this.#count & (TIMES - 1)] = time;
    this.#closes[this.#dayCount - 1] = equity;
    this.#count++;
    if (this.#weekend) this.#weekendCount++;
    if (held === undefined) this.#heldKnown = false;
    else {
      // A position closed since the last sample was held for a part of the time between.
      if (held || this.#held) this.#exposedCount++;
      this.#held = held;
    }
    this.#last = equity;
    this.#lastTime = time;
    this.#points.add(time, equity);
    this.#draw(time, equity);
  }

  /** As sample, for the places `from` to `to` of two columns; what goes before a bad one is taken. */
  samples(times: Float64Array, equity: Float64Array, from: number, to: number, held?: boolean): void {
    for (let i = from; i < to;) {
      this.sample(times[i], equity[i], held);
      // Those that follow within the day differ in time and equity alone.
      i = this.#take(times, equity, i + 1, to, held);
    }
  }

  /** Samples taken. */
  get count(): number {
    return this.#count;
  }

  /** Unix seconds of the first and the last sample; NaN without any. */
  get startTime(): number {
    return this.#count === 0 ? NaN : this.#startTime;
  }
  get endTime(): number {
    return this.#count === 0 ? NaN : this.#lastTime;
  }

  /** The first, the last and the highest equity; NaN without any sample. */
  get start(): number {
    return this.#count === 0 ? NaN : this.#start;
  }
  get last(): number {
    return this.#count === 0 ? NaN : this.#last;
  }
  get peak(): number {
    return this.#count === 0 ? NaN : this.#peak.value;
  }

  /** The deepest fall from a peak, in money. */
  get maxDrawdown(): number {
    return this.#maxFall;
  }

  /** The deepest fall as a share of its peak; NaN where the curve does not start above 0. */
  get maxDrawdownFraction(): number {
    return this.#start > 0 ? this.#maxDepth : NaN;
  }

  /** Drawdowns of all depths, the open one included: how many, their mean depth, the longest and the mean duration. */
  drawdowns(): { count: number; meanFraction: number; maxSec: number; meanSec: number } {
    const open = this.#below > 1 ? 1 : 0;
    const duration = open === 1 ? this.#lastTime - this.#peak.time : 0;
    const count = this.#drawdowns + open;
    return {
      count,
      meanFraction: this.#start > 0 ? (this.#depthSum + open * this.#depth) / count : NaN,
      maxSec: Math.max(this.#durationMax, duration),
      meanSec: (this.#durationSum + duration) / count,
    };
  }

  /** Share of samples with a position; NaN where not every sample said whether there was one. */
  get exposure(): number {
    return this.#heldKnown ? this.#exposedCount / this.#count : NaN;
  }

  /** Share of samples on Saturdays and Sundays, UTC. */
  get weekendShare(): number {
    return this.#weekendCount / this.#count;
  }

  /** The usual step between samples: the median of the last 99, in seconds; NaN with fewer than two samples. */
  get stepSec(): number {
    const steps = new Float64Array(Math.max(0, Math.min(STEPS, this.#count - 1)));
    for (let i = 0; i < steps.length; i++) {
      const latter = this.#count - 1 - i;
      steps[i] = this.#times[latter & (TIMES - 1)] - this.#times[(latter - 1) & (TIMES - 1)];
    }
    if (steps.length === 0) return NaN;
    steps.sort();
    const middle = steps.length >> 1;
    return steps.length % 2 === 1 ? steps[middle] : (steps[middle - 1] + steps[middle]) / 2;
  }

  /** The last equity of each UTC day that has a sample; days are counted from 1970-01-01. */
  dailyCloses(): { day: Int32Array; close: Float64Array } {
    return { day: this.#days.slice(0, this.#dayCount), close: this.#closes.slice(0, this.#dayCount) };
  }

  /** The curve for plots: at most 2,048 points in order of time, with the first, the last and the extremes. */
  points(): EquityPoints {
    return this.#points.list();
  }

  save(to: StateWriter): void {
    to.section("equity curve", 1, () => {
      to.number(this.#dayCount);
      to.number(this.#dayEnd);
      to.number(this.#weekendCount);
      to.number(this.#exposedCount);
      to.number(this.#count);
      to.number(this.#start);
      to.number(this.#startTime);
      to.number(this.#last);
      to.number(this.#lastTime);
      to.number(this.#nearPeak);
      to.number(this.#below);
      to.number(this.#depth);
      to.number(this.#maxFall);
      to.number(this.#maxDepth);
      to.number(this.#drawdowns);
      to.number(this.#depthSum);
      to.number(this.#durationSum);
      to.number(this.#durationMax);
      to.flag(this.#weekend);
      to.flag(this.#heldKnown);
      to.flag(this.#held);
      this.#peak.save(to);
      this.#trough.save(to);
      to.column(this.#times);
      to.column(this.#days, this.#dayCount);
      to.column(this.#closes, this.#dayCount);
      this.#points.save(to);
    });
  }

  load(from: StateReader): void {
    from.section("equity curve", 1, () => {
      this.#dayCount = from.number();
      this.#dayEnd = from.number();
      this.#weekendCount = from.number();
      this.#exposedCount = from.number();
      this.#count = from.number();
      this.#start = from.number();
      this.#startTime = from.number();
      this.#last = from.number();
      this.#lastTime = from.number();
      this.#nearPeak = from.number();
      this.#below = from.number();
      this.#depth = from.number();
      this.#maxFall = from.number();
      this.#maxDepth = from.number();
      this.#drawdowns = from.number();
      this.#depthSum = from.number();
      this.#durationSum = from.number();
      this.#durationMax = from.number();
      this.#weekend = from.flag();
      this.#heldKnown = from.flag();
      this.#held = from.flag();
      this.#peak.load(from);
      this.#trough.load(from);
      from.into(this.#times);
      const days = from.column(new Int32Array(0)), room = Math.max(this.#days.length, days.length);
      this.#days = new Int32Array(room);
      this.#days.set(days);
      this.#closes = new Float64Array(room);
      this.#closes.set(from.column(this.#closes));
      this.#points.load(from);
    });
  }

  #begin(time: number, equity: number, held: boolean | undefined): void {
    this.#start = equity;
    this.#startTime = time;
    this.#heldKnown = held !== undefined;
  }

  #nextDay(day: number): void {
    if (this.#dayCount === DAYS_MAX) {
      throw new RangeError(
        `Cannot sample equity: there are ${DAYS_MAX} days of it already; check the times of the tape`,
      );
    }
    if (this.#dayCount === this.#days.length) {
      const length = Math.min(2 * this.#dayCount, DAYS_MAX);
      this.#days = wider(this.#days, length);
      this.#closes = wider(this.#closes, length);
    }
    this.#days[this.#dayCount++] = day;
    this.#dayEnd = (day + 1) * DAY;
    // 1970-01-01 was a Thursday.
    const weekday = (day + 3) % 7;
    this.#weekend = (weekday < 0 ? weekday + 7 : weekday) >= 5;
  }

  /** Takes samples up to the first that is bad or of another day; returns its place. */
  #take(times: Float64Array, equity: Float64Array, from: number, to: number, held: boolean | undefined): number {
    const first = this.#count - from, dayEnd = this.#dayEnd;
    let last = this.#lastTime, trough = this.#trough.value, nearPeak = this.#nearPeak, below = 0, i = from;
    for (; i < to; i++) {
      const time = times[i], value = equity[i];
      if (!(time >= last && time < dayEnd)) break;
      last = time;
      if (value >= trough && value < nearPeak) {
        below++;
        continue;
      }
      if (!(value > -Infinity && value < Infinity)) break;
      this.#below += below;
      below = 0;
      this.#count = first + i + 1;
      this.#draw(time, value);
      trough = this.#trough.value;
      nearPeak = this.#nearPeak;
    }
    this.#below += below;
    const end = i;
    if (end === from) return end;
    this.#count = first + end;
    for (i = Math.max(from, end - TIMES); i < end; i++) this.#times[(first + i) & (TIMES - 1)] = times[i];
    this.#closes[this.#dayCount - 1] = this.#last = equity[end - 1];
    this.#lastTime = times[end - 1];
    if (this.#weekend) this.#weekendCount += end - from;
    if (held) this.#exposedCount += end - from;
    this.#points.addAll(times, equity, from, end);
    return end;
  }

  #draw(time: number, equity: number): void {
    const peak = this.#peak, place = this.#count - 1;
    const fall = peak.value - equity;
    // The rounding is part of the definition: a fall too small to change the ratio is none.
    const depth = this.#start > 0 && fall > 0 ? 1 - equity / peak.value : fall;
    if (depth <= 0) {
      if (this.#below > 0) this.#endDrawdown(time);
      peak.set(place, time, fall < 0 ? equity : peak.value);
      if (fall < 0) this.#nearPeak = this.#start > 0 ? equity * (1 - 1e-15) : equity;
      return;
    }
    this.#below++;
    if (equity >= this.#trough.value) return;
    this.#trough.set(place, time, equity);
    this.#depth = depth;
    if (fall > this.#maxFall) this.#maxFall = fall;
    if (depth > this.#maxDepth) {
      this.#maxDepth = depth;
      this.#points.keepFall(peak, this.#trough);
    }
  }

  #endDrawdown(time: number): void {
    const duration = time - this.#peak.time;
    this.#drawdowns++;
    this.#depthSum += this.#depth;
    this.#durationSum += duration;
    if (duration > this.#durationMax) this.#durationMax = duration;
    this.#below = 0;
    this.#depth = 0;
    this.#trough.value = Infinity;
  }
}

function badSample(time: number, equity: number, last: number): RangeError {
  if (!Number.isFinite(time)) return new RangeError(`Cannot sample equity: the time is ${time}; give Unix seconds`);
  if (!Number.isFinite(equity)) {
    return new RangeError(`Cannot sample equity at ${time}: it is ${equity}; mark positions at prices that exist`);
  }
  return new RangeError(
    `Cannot sample equity at ${time}: the last sample is of ${last}; samples come in order of time`,
  );
}
