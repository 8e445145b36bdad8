import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { BUY, strategy as define } from "../../mod.ts";
import { sharedData } from "../../tests/shared_data.ts";
import { summarise } from "../stats/bands.ts";
import { bandsText } from "../stats/bands_text.ts";
import pairs from "../../strategies/pairs.ts";
import smaCross from "../../strategies/sma_cross.ts";
import touchMaker from "../../strategies/touch_maker.ts";
import { backtest, type BacktestOptions, RunError } from "./backtest.ts";
import { bandedRun, bands, TOGETHER_MAX } from "./bands.ts";
import { convert } from "./convert.ts";
import type { Recorder } from "../core/recorder.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/data/${name}.arrow`, import.meta.url));
const LEVELS: BacktestOptions = { strategy: touchMaker, tape: fixture("market_l2"), latency: "lognormal(2ms,0.5)" };

Deno.test("bands: a program is given one session, that of the run as it was asked for", () => {
  let given = 0;
  const { runs } = bands({ ...LEVELS, onSession: () => void given++ });
  assertEquals([runs.length > 1, given], [true, 1]);
});

Deno.test("bands: each run is what it is alone, and the table says between which ends they lie", () => {
  const { runs, pnl, trades, maxDrawdown, notes } = bands(LEVELS);
  assertEquals(runs.map(({ queue, assumes }) => `${queue} ${assumes}`), [
    "optimistic optimistic",
    "power3 probabilistic",
    "log probabilistic",
    "risk pessimistic",
  ]);
  for (const { queue, seed, digest } of runs) assertEquals(backtest({ ...LEVELS, queue, seed }).digest, digest);
  assertEquals([trades.highBy.queue, trades.lowBy.queue], ["optimistic", "risk"]);
  assertEquals(trades.low, Math.min(...runs.map((run) => run.trades)));
  assert(pnl!.low < pnl!.high && maxDrawdown!.low > 0);
  assertEquals(notes, []);
});

Deno.test("bands: on single orders exact is among them, and models tell how far they are from it", () => {
  const options = { ...LEVELS, tape: fixture("market_l3") };
  const { runs, notes } = bands(options);
  assertEquals(runs.map(({ queue }) => queue), ["optimistic", "power3", "log", "risk", "exact"]);
  assertEquals(runs[4].digest, backtest(options).digest);
  assertEquals(runs[3].digest, backtest({ ...options, queue: "risk", asLevels: true }).digest);
  const exact = runs[4].trades;
  assert(runs[0].trades > 2 * exact && Math.abs(runs[3].trades - exact) < 0.1 * exact);
  assertEquals(notes.length, 1);
});

Deno.test("bands: seeds draw latencies again, more of them than go on at once, and no two tables differ", () => {
  const options = { ...LEVELS, bands: { seeds: TOGETHER_MAX + 4 } };
  const { runs, seeds, pnl } = bands(options);
  assertEquals(runs.map(({ seed }) => seed), Array.from({ length: TOGETHER_MAX + 4 }, (_, i) => i + 1));
  assertEquals(runs[18].digest, backtest({ ...LEVELS, seed: 19 }).digest);
  assertEquals([seeds!.length, seeds![0].queue, seeds![0].seeds], [1, "risk", 20]);
  assertEquals([seeds![0].pnl!.min, seeds![0].pnl!.max], [pnl!.low, pnl!.high]);
  assert(new Set(runs.map(({ digest }) => digest)).size > 10);
  assertEquals(bands(options).runs, runs);
});

Deno.test("bands: with queues and seeds, every combination; constant latencies are said to say nothing", () => {
  const { runs, seeds, notes } = bands({ ...LEVELS, latency: "2ms", seed: 7, bands: { queues: true, seeds: 2 } });
  assertEquals(runs.length, 4 * 3);
  assertEquals(seeds!.map(({ queue, seeds }) => `${queue} ${seeds}`), ["optimistic 3", "power3 3", "log 3", "risk 3"]);
  assertEquals(notes.length, 1);
  assert(notes[0].startsWith("Latency is 2ms, and not random"), notes[0]);
});

Deno.test("bands: several tapes at once", () => {
  const tape = [fixture("pair_a"), fixture("pair_b")];
  const options = { strategy: pairs, tape, cash: { USD: "10000" } };
  const { runs } = bands({ ...options, bands: { seeds: 2 } });
  assertEquals(runs[0].digest, backtest(options).digest);
});

Deno.test("bands: bars have no queue, and a band takes two seeds or more", () => {
  const bars = { strategy: smaCross, tape: fixture("bars") };
  assertThrows(() => bands(bars), RangeError, "bars have no queue");
  assertEquals(bands({ ...bars, bands: { seeds: 2 } }).runs.map(({ queue }) => queue), ["none", "none"]);
  for (const seeds of [0, 1, 1.5, 1e6]) {
    assertThrows(() => bands({ ...LEVELS, bands: { seeds } }), RangeError, "Cannot draw from");
  }
});

Deno.test("bandedRun: the run itself is recorded, once, and its result is its own beside the bands", async () => {
  let fills = 0, ended = 0;
  const recorder: Recorder = { fill: () => void fills++, order: () => void ended++ };
  const options = { ...LEVELS, queue: "power5", recorders: [recorder] };
  const { bands: found, ...result } = await bandedRun({ ...options, bands: { queues: true } });
  assertEquals(result.digest, backtest({ ...LEVELS, queue: "power5" }).digest);
  assertEquals(fills, result.trades);
  assert(ended >= result.orders);
  assertEquals(found!.runs.map(({ queue, assumes }) => `${queue} ${assumes}`).at(-1), "power5 asked");
  assertEquals(found!.runs.at(-1)!.digest, result.digest);
});

/** Throws at its hundredth fill, which not every queue gives it. */
const fragile = define({
  name: "fragile",
  about: "For a test.",
  params: {},
  create: () => {
    let fills = 0;
    return {
      onStart: (ctx) => void ctx.every("100ms"),
      onTimer(ctx) {
        ctx.cancelAll();
        ctx.submit({ side: BUY, price: ctx.book().bestBid, size: 1, postOnly: true });
      },
      onFill() {
        if (++fills === 1500) throw new Error("too many");
      },
    };
  },
});

Deno.test("bandedRun: a model under which the strategy throws gives no end, and is named", async () => {
  const options = { ...LEVELS, strategy: fragile };
  const { runs, trades, notes } = bands(options);
  assertEquals(runs.map(({ incomplete }) => incomplete !== undefined), [true, false, false, false]);
  assert(trades.highBy.queue !== "optimistic");
  assert(notes.at(-1)!.startsWith("optimistic, seed 1: ended early: Cannot go on: the strategy threw in onFill"));
  const error = await assertRejects(() => bandedRun({ ...options, queue: "optimistic" }), RunError);
  assertEquals(error.result.bands!.runs.length, 4);
});

Deno.test("bandedRun: ends all of them when it is told to stop", async () => {
  const error = await assertRejects(
    () => bandedRun({ ...LEVELS, bands: { seeds: 40 }, stopped: () => true }),
    RunError,
  );
  assertEquals(error.cause.message, "Stopped before the tape ended");
});

Deno.test("bandsText: large figures stand whole", () => {
  const run = { queue: "risk", assumes: "pessimistic", orders: 1_234_567, fees: 0, maxDrawdown: 51_422.99 } as const;
  const runs = [1, 2, 3].map((seed) => ({ ...run, seed, trades: 2_345_678, pnl: -121_046.5 + seed, digest: "" }));
  for (const each of [runs, runs.slice(0, 1)]) {
    const text = bandsText(summarise(each, []));
    for (const figure of ["-121,045.50", "2,345,678", "51,422.99"]) assertStringIncludes(text, figure);
    assert(!text.includes("…") && text.split("\n").every((line) => line.length <= 80), text);
  }
});

Deno.test("bandsText: a table of at most 80 columns", () => {
  const text = bandsText(bands({ ...LEVELS, bands: { queues: true, seeds: 2 } }));
  assert(text.split("\n").every((line) => line.length <= 80), text);
  assert(text.includes("optimistic ×2"));
});

const npz = sharedData("hftbacktest/usdm_btcusdt_20240808.npz");
const missing = npz ? "" : " (ignored: the hftbacktest capture is not beside the project)";

Deno.test({
  name: `bands: on a real capture, models have the fills that hftbacktest has${missing}`,
  ignore: !npz,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await convert({ sources: [npz!], format: "hftbacktest", out: `${folder}/btc.arrow` });
      const { runs, trades } = bands({
        strategy: touchMaker,
        tape: `${folder}/btc.arrow`,
        latency: "10ms",
        fills: "whole",
      });
      assertEquals(runs.slice(1).map(({ queue, trades }) => `${queue} ${trades}`), [
        "power3 483",
        "log 498",
        "risk 447",
      ]);
      assertEquals([trades.lowBy.queue, trades.highBy.queue], ["risk", "optimistic"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
