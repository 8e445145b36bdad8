import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { EquityCurve } from "./equity_curve.ts";

const DAY = 86_400;

Deno.test("EquityCurve: drawdowns run from a peak to the return to it", () => {
  const curve = new EquityCurve();
  [100, 110, 99, 105, 110, 120, 90, 130, 125, 124].forEach((equity, i) => curve.sample(i * 10, equity));
  assertEquals([curve.start, curve.last, curve.peak, curve.maxDrawdown], [100, 124, 130, 30]);
  assertEquals(curve.maxDrawdownFraction, 0.25);
  const { count, meanFraction, maxSec, meanSec } = curve.drawdowns();
  assertEquals([count, maxSec], [3, 30]);
  assertAlmostEquals(meanFraction, (0.1 + 0.25 + 1 - 124 / 130) / 3, 1e-15);
  assertAlmostEquals(meanSec, (30 + 20 + 20) / 3, 1e-12);
});

Deno.test("EquityCurve: a fall of the last sample alone is not a drawdown yet", () => {
  const curve = new EquityCurve();
  [100, 90].forEach((equity, i) => curve.sample(i, equity));
  assertEquals([curve.drawdowns().count, curve.maxDrawdown], [0, 10]);
});

Deno.test("EquityCurve: the last equity of each UTC day is kept, before 1970 too", () => {
  const curve = new EquityCurve();
  [[-DAY - 1, 1], [-1, 2], [0, 3], [DAY - 0.5, 4], [5 * DAY, 5]].forEach(([time, equity]) =>
    curve.sample(time, equity)
  );
  const { day, close } = curve.dailyCloses();
  assertEquals([[...day], [...close]], [[-2, -1, 0, 5], [1, 2, 4, 5]]);
});

Deno.test("EquityCurve: exposure counts samples held at, or since the one before", () => {
  const curve = new EquityCurve();
  [false, true, true, false, false].forEach((held, i) => curve.sample(i, 100, held));
  assertEquals(curve.exposure, 0.6);
  curve.sample(5, 100);
  assertEquals(curve.exposure, NaN);
});

Deno.test("EquityCurve: the usual step is the median of the last 99", () => {
  const curve = new EquityCurve();
  assertEquals(curve.stepSec, NaN);
  let time = 0;
  for (const step of [0, 1, 1, 5, 9]) curve.sample(time += step, 1);
  assertEquals(curve.stepSec, 3);
  for (let i = 0; i < 99; i++) curve.sample(time += 7, 1);
  assertEquals(curve.stepSec, 7);
});

Deno.test("EquityCurve: bad samples are refused and change nothing", () => {
  const curve = new EquityCurve();
  curve.sample(10, 1);
  assertThrows(() => curve.sample(9, 1), RangeError, "Cannot sample equity at 9: the last sample is of 10");
  assertThrows(() => curve.sample(NaN, 1), RangeError, "the time is NaN");
  assertThrows(() => curve.sample(11, NaN), RangeError, "Cannot sample equity at 11: it is NaN");
  assertEquals([curve.count, curve.last, curve.points()], [1, 1, { time: [10], value: [1] }]);
});

Deno.test("EquityCurve: 300 years of days are kept exactly", () => {
  const curve = new EquityCurve();
  for (let day = 0; day < 110_000; day++) curve.sample(day * DAY, day);
  const { day, close } = curve.dailyCloses();
  assertEquals([day.length, day[109_999], close[109_999]], [110_000, 109_999, 109_999]);
});

Deno.test("EquityCurve: fuzz against the whole series kept", () => {
  const step = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -9, max: 9 }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 9000, size: "max" }), (steps) => {
      const curve = new EquityCurve();
      const times: number[] = [];
      const values: number[] = [];
      let time = 0;
      let equity = 100_000;
      for (const [later, change] of steps) {
        times.push(time += later);
        values.push(equity += change);
        curve.sample(time, equity);
      }
      let peak = -Infinity;
      let fall = 0;
      let fraction = 0;
      for (const value of values) {
        peak = Math.max(peak, value);
        fall = Math.max(fall, peak - value);
        fraction = Math.max(fraction, 1 - value / peak);
      }
      assertEquals([curve.peak, curve.maxDrawdown, curve.maxDrawdownFraction], [peak, fall, fraction]);
      const points = curve.points();
      assertCurve(points, times, values);
      assertAlmostEquals(deepest(points.value), fraction, 1e-15);
      if (values.length < 2040) assertEquals([points.time, points.value], [times, values]);
    }),
    { numRuns: 40, seed: 7 },
  );
});

Deno.test("EquityCurve: three million samples make at most 2,048 points with the extremes", () => {
  const curve = new EquityCurve();
  let state = 1;
  let equity = 0;
  let low = 0;
  let high = 0;
  for (let i = 0; i < 3_000_000; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    if (i > 0) equity += (state >> 16) % 21 - 10;
    low = Math.min(low, equity);
    high = Math.max(high, equity);
    curve.sample(i, equity);
  }
  const { time, value } = curve.points();
  assert(time.length <= 2048 && time.length > 1000, `${time.length} points`);
  assertEquals([time[0], value[0], time.at(-1), value.at(-1)], [0, 0, 2_999_999, equity]);
  assertEquals([Math.min(...value), Math.max(...value)], [low, high]);
});

/** Every point is one of the series, in order; the first, the last, the lowest and the highest are among them. */
function assertCurve(points: { time: readonly number[]; value: readonly number[] }, times: number[], values: number[]) {
  const { time, value } = points;
  assert(time.length <= 2048);
  assertEquals([time[0], value[0], time.at(-1), value.at(-1)], [times[0], values[0], times.at(-1), values.at(-1)]);
  assertEquals(Math.min(...value), Math.min(...values));
  assertEquals(Math.max(...value), Math.max(...values));
  const known = new Set(times.map((at, i) => `${at} ${values[i]}`));
  for (let i = 0; i < time.length; i++) {
    assert(known.has(`${time[i]} ${value[i]}`), `point ${i} is not of the series`);
    assert(i === 0 || time[i] >= time[i - 1], `point ${i} goes back in time`);
  }
}

function deepest(values: readonly number[]): number {
  let peak = -Infinity;
  let depth = 0;
  for (const value of values) {
    peak = Math.max(peak, value);
    depth = Math.max(depth, 1 - value / peak);
  }
  return depth;
}

Deno.test("EquityCurve: samples in columns are the same as one by one", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ step: fc.integer({ min: 0, max: 30_000 }), equity: fc.integer({ min: -20, max: 130 }) }), {
      minLength: 1,
      maxLength: 400,
    }),
    fc.integer({ min: 1, max: 90 }),
    fc.integer({ min: 0, max: 100 }),
    fc.boolean(),
    (steps, part, start, held) => {
      // Long enough for buckets; a little noise makes falls that rounding hides.
      const times = new Float64Array(12 * steps.length), equity = new Float64Array(times.length);
      for (let i = 0; i < times.length; i++) {
        times[i] = (i > 0 ? times[i - 1] : 0) + steps[i % steps.length].step / 12;
        equity[i] = start + steps[i % steps.length].equity * (1 - (i % 7 === 0 ? 1e-16 : 0));
      }
      const one = new EquityCurve(), many = new EquityCurve();
      times.forEach((time, i) => one.sample(time, equity[i], held));
      for (let from = 0; from < times.length; from += part) {
        many.samples(times, equity, from, Math.min(times.length, from + part), held);
      }
      for (
        const key of ["count", "peak", "last", "maxDrawdown", "maxDrawdownFraction", "exposure", "stepSec"] as const
      ) {
        assertEquals(many[key], one[key], key);
      }
      assertEquals(many.drawdowns(), one.drawdowns());
      assertEquals(many.dailyCloses(), one.dailyCloses());
      assertEquals(many.weekendShare, one.weekendShare);
      assertEquals(many.points(), one.points());
    },
  ));
});

Deno.test("EquityCurve: samples before a bad one in the column are taken", () => {
  const curve = new EquityCurve();
  assertThrows(() => curve.samples(Float64Array.of(0, 1, 2, 1), Float64Array.of(5, 6, 4, 7), 0, 4), RangeError);
  assertEquals([curve.count, curve.last, curve.peak], [3, 4, 6]);
});
