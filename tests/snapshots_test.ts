/** A run that goes on from a snapshot ends as the run that was never interrupted: records, digest and result. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fileURLToPath } from "node:url";
import { backtest, type BacktestOptions, type RunResult, strategy } from "../mod.ts";
import type { RecordedOrders, Recorder } from "../engine/core/recorder.ts";
import { convert } from "../engine/run/convert.ts";
import { sha256 } from "../engine/run/sha256.ts";
import { MemorySnapshots } from "../engine/run/snapshot.ts";
import buyAndHold from "../strategies/buy_and_hold.ts";
import execution from "../strategies/execution.ts";
import imbalance from "../strategies/imbalance.ts";
import marketMaker from "../strategies/market_maker.ts";
import pairs from "../strategies/pairs.ts";
import smaCross from "../strategies/sma_cross.ts";
import touchMaker from "../strategies/touch_maker.ts";
import { sharedData } from "./shared_data.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/data/${name}.arrow`, import.meta.url));
const L2 = fixture("market_l2"), L3 = fixture("market_l3"), BARS = fixture("bars");
const PAIR = [fixture("pair_a"), fixture("pair_b")];

/** Orders of every kind from its own fields, by the dice it was given: a class, which needs no save. */
class Restless {
  sent = 0;
  readonly prices = new Map<number, number>();
  lately: { at: bigint; id: number }[] = [];

  onStart(ctx: Parameters<NonNullable<ReturnType<typeof touchMaker.create>["onStart"]>>[0]): void {
    ctx.every("700ms");
  }

  onTimer(ctx: Parameters<NonNullable<ReturnType<typeof touchMaker.create>["onTimer"]>>[0]): void {
    const { random } = ctx, { bestBid, bestAsk } = ctx.book();
    if (bestBid === -Infinity || bestAsk === Infinity) return;
    const open = ctx.openOrders();
    if (open.length > 8) ctx.cancel(open[random.int(open.length)].id);
    const side = random.int(2) === 0 ? 1 : -1, price = (side > 0 ? bestBid : bestAsk) + random.int(5) - 2;
    const kinds = [
      { side, price, size: 1 + random.int(5), tif: "gtd", expires: ctx.now + BigInt(random.int(9)) * 1_000_000_000n },
      { side, price, size: 9, type: "iceberg", display: 2 },
      { side, size: 2, type: "stop", trigger: price + 3 * side },
      { side, size: 1, type: "trailing_stop", trigger: 4 },
      { side, price, size: 3, tif: "day" },
    ] as const;
    const id = ctx.submit(kinds[random.int(kinds.length)]);
    if (id > 0) this.prices.set(id, price);
    this.lately = [...this.lately.slice(-3), { at: ctx.now, id }];
    if (this.lately.length > 3 && this.lately[0].id > 0) ctx.amend(this.lately[0].id, { size: 2 });
    this.sent++;
  }
}

const restless = strategy({ name: "restless", about: "Sends all there is.", create: () => new Restless() });

const RUNS: Readonly<Record<string, BacktestOptions>> = {
  "L2, touch_maker": { strategy: touchMaker, tape: L2 },
  "L2, touch_maker, latency and fees": {
    strategy: touchMaker,
    tape: L2,
    latency: "10ms",
    fees: "maker=0.0002,taker=0.0007",
    queue: "power3",
  },
  "L2, market_maker, drawn latency": {
    strategy: marketMaker,
    tape: L2,
    queue: "log",
    latency: "order=lognormal(15ms,0.6),cancel=table(1ms,9ms),response=recorded*2,feed=lognormal(3ms,0.5)",
  },
  "L2, market_maker, whole fills, position limit": {
    strategy: marketMaker,
    tape: L2,
    fills: "whole",
    limits: { position: 30, messageRate: 20, openOrders: 3 },
  },
  "L2, market_maker, inserted orders": { strategy: marketMaker, tape: L2, impact: "insert", selfTrade: "decrement" },
  "L2, imbalance, like hftbacktest": { strategy: imbalance, tape: L2, like: "hftbacktest", latency: "3ms" },
  "L2, imbalance, margin": {
    strategy: imbalance,
    tape: L2,
    cash: { USD: "120" },
    margin: "cross:initial=0.5,maintenance=0.4",
  },
  "L2, buy_and_hold": { strategy: buyAndHold, tape: L2, finish: "close" },
  "L2, every kind of order": { strategy: restless, tape: L2, latency: "20ms", selfTrade: "cancel_both" },
  "L3, touch_maker": { strategy: touchMaker, tape: L3, latency: "2ms" },
  "L3, market_maker, inserted orders": { strategy: marketMaker, tape: L3, impact: "insert" },
  "L3, every kind of order": { strategy: restless, tape: L3 },
  "L3, imbalance, lot fees": { strategy: imbalance, tape: L3, fees: "lot=0.005,minimum=1" },
  "L3 read as levels, market_maker": { strategy: marketMaker, tape: L3, asLevels: true, queue: "power3" },
  "L2, execution by vwap": { strategy: execution, tape: L2, set: { algo: "vwap", over: "40m", style: "post" } },
  "L2, market_maker, guards": {
    strategy: marketMaker,
    tape: L2,
    guards: {
      postTrade: { drawdown: { limit: 30, then: "reduce" } },
      breakers: { spread: { ticks: 8, pause: "20s" } },
    },
    commands: ["+20m cancel_all", "+30m submit sell 3 id=hedge"],
  },
  "bars, sma_cross": { strategy: smaCross, tape: BARS },
  "bars, sma_cross, late bars": { strategy: smaCross, tape: BARS, latency: "order=90s,feed=lognormal(20s,0.4)" },
  "bars, buy_and_hold": { strategy: buyAndHold, tape: BARS },
  "pair, pairs": { strategy: pairs, tape: PAIR, cash: { USD: "100000" }, fees: "trade=1" },
  "pair, warm-up": { strategy: { ...pairs, warmup: "2d" }, tape: PAIR },
  "a book and bars, buy_and_hold": { strategy: buyAndHold, tape: [L2, BARS], latency: "5ms" },
};

/** All that a run tells its recorders. */
class Heard implements Recorder {
  readonly lines: string[] = [];

  output(...record: number[]): void {
    this.lines.push(`output ${record}`);
  }

  order(orders: RecordedOrders, slot: number, ns: number): void {
    this.lines.push(`order ${orders.id[slot]} ${orders.state[slot]} ${ns}`);
  }

  sample(ns: number, equity: number): void {
    this.lines.push(`sample ${ns} ${equity}`);
  }
}

const lasting = ({ seconds: _, eventsPerSecond: __, ...result }: RunResult) => result;

/** The whole run, with snapshots of it. */
function whole(options: BacktestOptions, every: number | string, keep = 64) {
  const store = new MemorySnapshots(sha256), heard = new Heard();
  const result = backtest({ ...options, recorders: [heard], snapshots: { every, store, keep } });
  return { store, heard, result };
}

for (const [name, options] of Object.entries(RUNS)) {
  Deno.test(`snapshot: a run goes on from one to the same end (${name})`, () => {
    const plain = backtest(options);
    fc.assert(
      fc.property(fc.integer({ min: 500, max: 60_000 }), fc.nat(), (every, pick) => {
        const { store, heard, result } = whole(options, every);
        // Taking snapshots is not to be noticed.
        assertEquals(lasting(result), lasting(plain));
        const times = store.times();
        fc.pre(times.length > 0);
        const time = times[pick % times.length], rest = new Heard();
        const again = backtest({ ...options, recorders: [rest], from: { time, store } });
        assertEquals(lasting(again), lasting(result));
        assert(rest.lines.length > 0);
        assertEquals(rest.lines, heard.lines.slice(-rest.lines.length));
        // And what it puts out is all that there was beyond, not less of it.
        const { head } = store.get(time),
          outputs = (lines: string[]) => lines.filter((line) => line.startsWith("output"));
        assertEquals(outputs(rest.lines).length, outputs(heard.lines).length - head.records);
      }),
      { numRuns: 4 },
    );
  });
}

Deno.test("snapshot: one of another run is refused, and the difference named", () => {
  const options = { strategy: touchMaker, tape: L2, latency: "10ms", seed: 3 };
  const { store } = whole(options, 20_000);
  const time = store.times()[1];
  const others: readonly [Partial<BacktestOptions>, string][] = [
    [{ latency: "5ms" }, 'options.latency is "10ms" there, and "5ms" here'],
    [{ set: { limit: 7 } }, "parameters.limit is 20 there, and 7 here"],
    [{ seed: 4 }, "seed is 3 there, and 4 here"],
    [{ strategy: marketMaker }, 'strategy.name is "touch_maker" there, and "market_maker" here'],
    [{ tape: L3 }, "tapes.0.sha256 is"],
    [{ limits: { position: 3 } }, "options.limits is absent there"],
  ];
  for (const [other, message] of others) {
    assertThrows(() => backtest({ ...options, ...other, from: { time, store } }), RangeError, message);
  }
  const { head, state } = store.get(time);
  store.put({ head: { ...head, run: { ...head.run as object, lockstep: "0.0.1" } }, state });
  assertThrows(() => backtest({ ...options, from: { time, store } }), RangeError, 'lockstep is "0.0.1" there');
  store.put({ head, state: state.subarray(0, state.length - 9) });
  assertThrows(() => backtest({ ...options, from: { time, store } }), RangeError, "Cannot load a snapshot");
});

Deno.test("snapshot: a time before the first, and a journal of a run that begins at one, are refused", () => {
  const options = { strategy: touchMaker, tape: L2 };
  const { store } = whole(options, "10m");
  const journal = { sink: { write: () => {} }, hasher: sha256 };
  assertThrows(() => backtest({ ...options, from: { time: "+1s", store } }), RangeError, "the first snapshot is of");
  assertThrows(() => backtest({ ...options, from: { time: 1n, store } }), RangeError, "the first snapshot is of");
  assertThrows(
    () => backtest({ ...options, from: { time: "+50m", store }, journal }),
    RangeError,
    "Cannot write a journal",
  );
  assertThrows(
    () => backtest({ ...options, from: { time: 1n, store: new MemorySnapshots(sha256) } }),
    RangeError,
    "there is no snapshot",
  );
});

Deno.test("snapshot: no more are kept than were asked for, evenly over the run, whatever its length", () => {
  const { store, result } = whole({ strategy: touchMaker, tape: L2 }, 1000, 6);
  const rows = store.times().map((time) => store.get(time).head.rows[0]);
  assert(rows.length >= 3 && rows.length <= 6, `${rows.length}`);
  const gaps = rows.map((row, i) => row - (rows[i - 1] ?? 0));
  assert(Math.max(...gaps) < result.events / 2, `${gaps}`);
});

Deno.test("snapshot: a strategy whose knowledge cannot be seen is refused at once, by name", () => {
  const run = (made: object, params = {}) => {
    const definition = strategy({ name: "mine", about: "Mine.", create: () => made });
    backtest({
      strategy: definition,
      tape: L2,
      snapshots: { every: "1m", store: new MemorySnapshots(sha256) },
      ...params,
    });
  };
  let seen = 0;
  assertThrows(() => run({ onBook: () => void seen++ }), RangeError, "the strategy.onBook: it is a function");
  class Counting {
    #count = 0;
    onBook(): void {
      this.#count++;
    }
  }
  assertThrows(() => run(new Counting()), RangeError, "its class Counting has the private field #count");
  const shared = [1, 2];
  assertThrows(
    () => run({ a: shared, b: [shared] }),
    RangeError,
    "the strategy.b[0]: it is the same object as the strategy.a",
  );
  assertThrows(() => run({ since: new Date(0) }), RangeError, "it is a Date of the system");
  run({ save: () => null, onBook: () => void seen++ });
  const feeless = { fee: (_: unknown, __: unknown, into: { clear(): void }) => into.clear() };
  assertThrows(
    () => run({ save: () => null }, { fees: feeless as unknown as BacktestOptions["fees"] }),
    RangeError,
    "Cannot take a snapshot of the fee model.fee: it is a function",
  );
});

const CAPTURES: readonly [string, string | undefined, Parameters<typeof convert>[0]][] = [
  ["BTCUSDT, levels", sharedData("hftbacktest/usdm_btcusdt_20240808.npz"), {
    sources: [],
    out: "",
    format: "hftbacktest",
    tick: "0.1",
    lot: "0.001",
    instrument: { symbol: "BTCUSDT", venue: "binance-usdm", currency: "USDT" },
  }],
  ["ARL, single orders", sharedData("databento/ARL_20250717_mbo.csv.gz"), {
    sources: [],
    out: "",
    format: "databento",
  }],
];

for (const [name, source, conversion] of CAPTURES) {
  Deno.test({
    name: `snapshot: a run over a real capture goes on from each (${name})${
      source ? "" : " (ignored: no ../shared/data)"
    }`,
    ignore: !source,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        const out = `${folder}/tape.arrow`;
        await convert({ ...conversion, sources: [source!], out });
        const options = { strategy: marketMaker, tape: out, latency: "10ms", fees: "maker=0.0002,taker=0.0007" };
        const { store, heard, result } = whole(options, Math.ceil(backtest(options).events / 4));
        assertEquals(store.times().length >= 3, true);
        for (const time of store.times()) {
          const rest = new Heard();
          assertEquals(lasting(backtest({ ...options, recorders: [rest], from: { time, store } })), lasting(result));
          assertEquals(rest.lines, heard.lines.slice(-rest.lines.length));
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
