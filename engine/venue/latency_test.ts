import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Rng } from "../core/rng.ts";
import {
  ConstantLatency,
  drawLatency,
  LognormalLatency,
  parseDuration,
  RecordedLatency,
  SampledLatency,
} from "./latency.ts";

const DAYS_52 = 2 ** 52 - 1;

Deno.test("parseDuration: whole nanoseconds of every unit, exactly", () => {
  for (
    const [text, ns] of [
      ["0ms", 0],
      ["1ns", 1],
      ["250us", 250_000],
      ["250µs", 250_000],
      ["10ms", 1e7],
      ["1.5s", 1.5e9],
      ["0.000000001s", 1],
      ["1.000000001s", 1_000_000_001],
      ["9007199.254740991s", Number.MAX_SAFE_INTEGER],
      ["5m", 3e11],
      ["2h", 7.2e12],
      ["104.25d", 104.25 * 8.64e13],
      ["400d", 400 * 8.64e13],
      ["36500d", 36500 * 8.64e13],
      [" 10ms ", 1e7],
      ["007s", 7e9],
    ] as const
  ) assertEquals(parseDuration(text), ns, text);
  fc.assert(fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (ns) => {
    assertEquals(parseDuration(`${ns}ns`), ns);
    assertEquals(parseDuration(`${Math.floor(ns / 1e9)}.${String(ns % 1e9).padStart(9, "0")}s`), ns);
  }));
});

Deno.test("parseDuration: what is no duration, or none that is exact, is refused", () => {
  for (
    const text of [
      "",
      " ",
      "10",
      "ms",
      "-1ms",
      "+1ms",
      "1e3ms",
      "1,5s",
      ".5s",
      "5.s",
      "10 ms",
      "10MS",
      "0.5ns",
      "1.0000000001s",
    ]
  ) assertThrows(() => parseDuration(text), RangeError, `Cannot read a duration: ${JSON.stringify(text)}`);
  for (const text of ["9007199254740993ns", "400.00000000000001d", `${"9".repeat(40)}d`]) {
    assertThrows(() => parseDuration(text), RangeError, "Cannot read a duration");
  }
});

Deno.test("LatencyModel: what is no latency is refused when a model is made", () => {
  for (const ns of [-1, 0.5, NaN, Infinity, 2 ** 52]) {
    assertThrows(() => new ConstantLatency(ns), RangeError, `${ns} ns is not from 0 to 52 days`);
    assertThrows(() => new SampledLatency([1, ns], new Rng(1)), RangeError, `${ns} ns is not a whole number`);
  }
  assertThrows(() => new SampledLatency([], new Rng(1)), RangeError, "the table is empty");
  for (const [median, sigma] of [[-1, 1], [NaN, 1], [Infinity, 1], [1, -1], [1, NaN], [1, Infinity]]) {
    assertThrows(() => new LognormalLatency(median, sigma, new Rng(1)), RangeError, "Cannot use lognormal latency");
  }
  for (const scale of [-1, NaN, Infinity]) assertThrows(() => new RecordedLatency(scale), RangeError, "Cannot scale");
});

Deno.test("LatencyModel: every draw of ours is whole, from 0 to 52 days", () => {
  const models = [
    new ConstantLatency(DAYS_52),
    new SampledLatency([0, DAYS_52], new Rng(1)),
    new LognormalLatency(DAYS_52, 9, new Rng(1)),
    new LognormalLatency(3.7, 0.3, new Rng(1)),
    new LognormalLatency(0, 0, new Rng(1)),
    new RecordedLatency(1e9),
    new RecordedLatency(0.37),
  ];
  for (const model of models) {
    for (const feed of [0, 1, 1e9, DAYS_52, -5]) for (let i = 0; i < 50; i++) drawLatency(model, 5, feed);
  }
});

Deno.test("LatencyModel: a model of one's own that gives no latency ends the run with its name", () => {
  for (const ns of [-1, 0.5, NaN, Infinity, 2 ** 52]) {
    const model = { name: "mine", latency: () => ns };
    assertThrows(() => drawLatency(model, 0, 0), RangeError, `Cannot go on: the latency model mine gave ${ns} ns`);
  }
});

Deno.test("SampledLatency, LognormalLatency: draws are those of their seed, and as likely as they say", () => {
  const counts = new Map<number, number>();
  const sampled = new SampledLatency([10, 20, 20, 40], new Rng(5));
  for (let i = 0; i < 40_000; i++) {
    const ns = sampled.latency();
    counts.set(ns, (counts.get(ns) ?? 0) + 1);
  }
  for (const [ns, share] of [[10, 0.25], [20, 0.5], [40, 0.25]]) {
    assert(Math.abs(counts.get(ns)! / 40_000 - share) < 0.01, `${ns}: ${counts.get(ns)}`);
  }
  const draws = (seed: number) => {
    const model = new LognormalLatency(1e6, 0.5, new Rng(seed));
    return Array.from({ length: 20_000 }, () => model.latency());
  };
  const some = draws(5);
  assertEquals(draws(5), some);
  const above = some.filter((ns) => ns > 1e6).length, tail = some.filter((ns) => ns > 1.6487e6).length;
  assert(Math.abs(above / 20_000 - 0.5) < 0.012 && Math.abs(tail / 20_000 - 0.1587) < 0.01, `${above} ${tail}`);
});

Deno.test("RecordedLatency: takes as long as the feed did, times its factor", () => {
  assertEquals([0, 7, 1e9].map((feed) => new RecordedLatency().latency(0, feed)), [0, 7, 1e9]);
  assertEquals([3, 5].map((feed) => new RecordedLatency(0.5).latency(0, feed)), [2, 3]);
  assertEquals(new RecordedLatency().latency(0, -5), 0);
});
