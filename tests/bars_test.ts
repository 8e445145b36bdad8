/** Sessions over bars, from a file of prices to figures: what no test of a part can see. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { backtest, BUY, type Context, RunError, SELL, type Strategy, strategy } from "../mod.ts";
import type { Recorder } from "../engine/core/recorder.ts";
import { BytesSource } from "../engine/feed/byte_source.ts";
import { MemoryFile } from "../engine/feed/memory_file.ts";
import { TapeReader } from "../engine/feed/tape_reader.ts";
import { convert } from "../engine/run/convert.ts";
import { sha256 } from "../engine/run/sha256.ts";
import { openTape } from "../engine/run/open_tape.ts";
import { BarTape } from "../engine/feed/tape_sinks.ts";
import { Rng } from "../engine/core/rng.ts";
import buyAndHold from "../strategies/buy_and_hold.ts";
import smaCross from "../strategies/sma_cross.ts";
import { sharedData } from "./shared_data.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/data/${name}.arrow`, import.meta.url));
const goog = sharedData("bars/GOOG.csv");
const START = 1_700_000_000;

type Prices = readonly [open: number, high: number, low: number, close: number];

/** A tape of bars `sec` long, one after the other. */
function tapeOf(bars: readonly Prices[], sec = 60, symbol = "X", start = START): TapeReader {
  const file = new MemoryFile();
  const tape = new BarTape(file);
  bars.forEach(([open, high, low, close], i) => {
    const openSec = start + i * sec;
    const times = { openSec, openNs: 0, closeSec: openSec + sec - 1, closeNs: 999_999_999 };
    Object.assign(tape.bar, times, { open, high, low, close, volume: 1 });
    tape.add();
  });
  tape.finish({ instrument: { symbol, venue: "test", tick: "0.01", lot: "1" }, command: "a test" }, sha256());
  return new TapeReader(new BytesSource(file.bytes));
}

/** Bars of a seeded walk, each opening a little off the last close. */
function walk(count: number, seed = 1): Prices[] {
  const rng = new Rng(seed);
  let price = 10_000;
  return Array.from({ length: count }, () => {
    const open = price + rng.int(7) - 3, close = open + rng.int(41) - 20;
    price = close;
    return [open, Math.max(open, close) + rng.int(10), Math.min(open, close) - rng.int(10), close] as const;
  });
}

/** Samples as they come; `many` takes whole ranges too. */
function samples(many: boolean): { list: [ns: number, equity: number][]; recorder: Recorder } {
  const list: [number, number][] = [];
  const sample = (ns: number, equity: number) => void list.push([ns, equity]);
  const range = (ns: Float64Array, equity: Float64Array, from: number, to: number) => {
    for (let i = from; i < to; i++) sample(ns[i], equity[i]);
  };
  return { list, recorder: many ? { sample, samples: range } : { sample } };
}

/** A strategy of one callback or a few, for one test. */
const ofTest = (callbacks: Strategy) =>
  strategy({ name: "test", about: "Of a test.", params: {}, cash: "10000", create: () => callbacks });

Deno.test({
  name: `sma_cross: GOOG gives backtesting.py's figures${goog ? "" : " (ignored: bars/GOOG.csv is not here)"}`,
  ignore: goog === undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const out = `${folder}/goog.arrow`;
      await convert({ sources: [goog!], format: "bars", out });
      const seen = samples(true);
      const result = backtest({ strategy: smaCross, tape: out, recorders: [seen.recorder] });
      assertEquals([result.events, seen.list.length, result.roundTrips, result.orders], [2148, 2148, 66, 66]);
      assertEquals(result.exact!.pnl, "41422.99");
      const { figures } = result;
      assertEquals([figures.equityFinal, figures.equityPeak], [51422.99, 75787.44]);
      assertEquals([seen.list.at(-1)![1], Math.max(...seen.list.map(([, equity]) => equity))], [51422.99, 75787.44]);
      const expected = {
        returnPercent: 414.2298999999996,
        annualReturnPercent: 21.191099249053224,
        annualVolatilityPercent: 36.49716090702389,
        maxDrawdownPercent: -47.98012705007589,
        winRatePercent: 46.96969696969697,
        bestTradePercent: 53.59595229490424,
        worstTradePercent: -18.39887353835481,
        expectancyPercent: 3.2748078066748834,
        exposurePercent: 96.74115456238361,
        sharpe: 0.5806232244485349,
        sortino: 1.0853434352488662,
        calmar: 0.44166409202994605,
        profitFactor: 2.167945974262033,
        sqn: 1.0766187356697705,
        kelly: 0.1518705127029717,
      };
      for (const [name, value] of Object.entries(expected)) {
        assertAlmostEquals(figures[name as keyof typeof expected]!, value, Math.abs(value) * 1e-8, name);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("sma_cross: turns at the next open with all its cash, as plain code does", () => {
  const bars = walk(3000);
  const result = backtest({ strategy: smaCross, tape: tapeOf(bars), set: { fast: 3, slow: 8 } });
  let cash = 1_000_000, position = 0, trades = 0;
  const average = (end: number, n: number) =>
    bars.slice(end - n + 1, end + 1).reduce((sum, [, , , c]) => sum + c, 0) / n;
  const lead = (end: number) => Math.round((average(end, 3) - average(end, 8)) * 24);
  for (let i = 8; i < bars.length - 1; i++) {
    const side = lead(i - 1) < 0 && lead(i) > 0 ? 1 : lead(i - 1) > 0 && lead(i) < 0 ? -1 : 0;
    if (side === 0 || side * position > 0) continue;
    const open = bars[i + 1][0];
    const next = side * Math.floor((cash + position * open) / open);
    cash -= (next - position) * open;
    position = next;
    trades++;
  }
  cash += position * bars[bars.length - 1][0];
  assert(trades > 200);
  assertEquals([result.trades, result.pnl], [trades + 1, (cash - 1_000_000) / 100]);
  assertThrows(
    () => backtest({ strategy: smaCross, tape: tapeOf(bars), set: { fast: 9, slow: 9 } }),
    RangeError,
    "slow",
  );
});

Deno.test("session: a bar is seen whole at its close, and an order sent then trades at the next open", () => {
  const bars = walk(50), seen: bigint[] = [];
  const result = backtest({
    tape: tapeOf(bars),
    strategy: ofTest({
      onBar(ctx, { instrument, open, high, low, close, volume }) {
        assertEquals([open, high, low, close], [...bars[seen.length]]);
        assertEquals([instrument, volume, ctx.book().bestBid, ctx.book().bestAsk], [0, 1, close, close]);
        seen.push(ctx.now);
        ctx.submit({ side: BUY, size: 1 });
      },
      onFill(ctx, { price, maker }) {
        assertEquals([price, maker], [bars[seen.length][0], false]);
        assertEquals(ctx.now, BigInt(START + 60 * seen.length) * 1_000_000_000n);
      },
    }),
  });
  assertEquals(seen, bars.map((_, i) => BigInt(START + 60 * (i + 1)) * 1_000_000_000n - 1n));
  assertEquals([result.orders, result.trades, result.position], [50, 49, 49]);
});

Deno.test("session: the account is sampled once at every bar, one by one and in ranges alike", () => {
  const bars = walk(10_000);
  const run = (extra: Strategy, many: boolean) => {
    const inner = smaCross.create({ fast: 5, slow: 20 });
    const seen = samples(many);
    const both = {
      onBar(ctx: Context, bar: Parameters<NonNullable<Strategy["onBar"]>>[1]) {
        inner.onBar!(ctx, bar);
        extra.onBar?.(ctx, bar);
      },
    };
    const result = backtest({
      tape: tapeOf(bars),
      strategy: ofTest({ ...extra, ...both }),
      recorders: [seen.recorder],
    });
    return { list: seen.list, result };
  };
  const ranges = run({}, true);
  assertEquals(ranges.list.length, 10_000);
  assertEquals(run({}, false).list, ranges.list);
  // With an order that rests far away nothing can be skipped, and each bar goes by itself.
  const single = run({ onStart: (ctx) => void ctx.submit({ side: BUY, size: 1, price: 1 }) }, true);
  assertEquals(single.list, ranges.list);
  assertEquals(single.result.figures, ranges.result.figures);
  assertEquals(single.result.equity, ranges.result.equity);
  assertEquals(single.result.roundTripList, ranges.result.roundTripList);
});

Deno.test("session: a position that is open at the end is marked, or closed at the last bar's close or open", () => {
  const bars: Prices[] = [[100, 100, 100, 100], [110, 130, 100, 120], [125, 150, 120, 140]];
  const run = (finish: "mark" | "close" | "open") => {
    const seen = samples(true);
    const holds = ofTest({ onStart: (ctx) => void ctx.submit({ side: BUY, size: 100 }) });
    const { position, pnl } = backtest({ tape: tapeOf(bars), strategy: holds, finish, recorders: [seen.recorder] });
    return [position, pnl, ...seen.list.map(([, equity]) => equity)];
  };
  // The order of onStart arrives as the first bar opens, and trades at the next point, which is the same here.
  assertEquals(run("mark"), [100, 40, 10_000, 10_020, 10_040]);
  assertEquals(run("close"), [0, 40, 10_000, 10_020, 10_040]);
  assertEquals(run("open"), [0, 25, 10_000, 10_020, 10_025]);
});

Deno.test("session: bars of minutes, days, months and years give the same fills and figures of money", () => {
  const bars = walk(120);
  const run = (sec: number) => {
    const fills: string[] = [];
    const result = backtest({
      tape: tapeOf(bars, sec, "X", 0),
      latency: "1ms",
      strategy: ofTest({
        onBar(ctx, { close }) {
          ctx.cancelAll();
          ctx.submit({ side: BUY, size: 1, price: close - 12 });
          ctx.submit({ side: SELL, size: 1, type: "stop", trigger: close - 15 });
        },
        onFill: (_, { order, price, side }) => void fills.push(`${order} ${side} ${price}`),
      }),
    });
    return { fills, money: [result.pnl, result.position, result.figures.equityPeak, result.figures.maxDrawdown] };
  };
  const minutes = run(60);
  assert(minutes.fills.length > 40);
  for (const days of [1, 30, 365]) assertEquals(run(days * 86_400), minutes, `bars of ${days} days`);
});

Deno.test("session: latency of orders and of the feed lets an order miss points of the bar", () => {
  const bars: Prices[] = [[100, 100, 100, 100], [110, 130, 105, 120], [125, 150, 120, 140]];
  const run = (latency: string | { order?: string; feed?: string }) => {
    const prices: number[] = [], times: number[] = [];
    const once = ofTest({
      onBar(ctx) {
        times.push(Number(ctx.now / 1_000_000_000n) - START);
        if (times.length === 1) ctx.submit({ side: BUY, size: 1 });
      },
      onFill: (_, { price }) => void prices.push(price),
    });
    backtest({ tape: tapeOf(bars), strategy: once, latency });
    return [...times, ...prices];
  };
  assertEquals(run("0ms"), [59, 119, 179, 110]);
  assertEquals(run({ order: "1ms" }), [59, 119, 179, 105]);
  assertEquals(run({ feed: "25s" }), [84, 144, 204, 130]);
});

Deno.test("session: two instruments on bars are sampled once at each time", () => {
  const a = walk(500, 1), b = walk(500, 2), seen = samples(true);
  let bars = 0;
  const result = backtest({
    tape: [tapeOf(b, 60, "B"), tapeOf(a, 60, "A")],
    recorders: [seen.recorder],
    strategy: ofTest({
      onBar(ctx, bar) {
        assertEquals([bar.instrument, bar.close], [bars % 2, [a, b][bars % 2][bars >> 1][3]]);
        if (bars++ < 2) ctx.submit({ instrument: bar.instrument, side: bar.instrument === 0 ? BUY : SELL, size: 10 });
      },
    }),
  });
  assertEquals([result.events, result.trades, seen.list.length, bars], [1000, 2, 500, 1000]);
  const value = (i: number) => 10_000 + (a[i][3] - a[1][0] - b[i][3] + b[1][0]) / 10;
  for (const i of [1, 250, 498, 499]) assertAlmostEquals(seen.list[i][1], value(i), 1e-9);
});

Deno.test("session: what was sampled before a strategy throws at a bar is kept", () => {
  let bars = 0;
  const error = assertThrows(() =>
    backtest({
      tape: tapeOf(walk(100)),
      strategy: ofTest({
        onBar() {
          if (++bars === 71) throw new Error("enough");
        },
      }),
    }), RunError);
  assert(error.message.includes("onBar") && error.message.includes("enough"));
  // One at each bar, and one where it ended.
  assertEquals(error.result.equity.time.length, 72);
});

Deno.test("session: during a warm-up bars are seen and orders refused", () => {
  let bars = 0;
  const result = backtest({
    tape: tapeOf(walk(20)),
    strategy: {
      ...ofTest({ onBar: (ctx) => void (bars++, ctx.submit({ side: BUY, size: 1 })) }),
      warmup: "5m",
    },
  });
  assertEquals([bars, result.orders, result.refusals.WARMING_UP], [20, 15, 5]);
});

Deno.test("buy_and_hold: buys once what its cash pays for, on bars and on a book, and keeps it", () => {
  const { tape, close } = { tape: tapeOf([[100, 100, 90, 95], [99, 120, 90, 110]]), close: 110 };
  const bars = backtest({ strategy: buyAndHold, tape });
  assertEquals([bars.trades, bars.position, bars.pnl], [1, Math.floor(1_000_000 / 99), 10_101 * (close - 99) / 100]);
  const file = openTape(fixture("market_l2"));
  const [lots, all] = [3, 0].map((size) => backtest({ strategy: buyAndHold, tape: file.reader, set: { size } }));
  file.close();
  assertEquals([lots.trades, lots.position], [1, 3]);
  assert(all.trades >= 1 && all.position! > 3);
});
