/** The example strategies on the project's own tapes: each does what it says, within its limits, twice alike. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import {
  backtest,
  type BacktestOptions,
  type Context,
  type FillView,
  type RunResult,
  type StrategyDefinition,
} from "../mod.ts";
import { convert } from "../engine/run/convert.ts";
import imbalance from "../strategies/imbalance.ts";
import marketMaker from "../strategies/market_maker.ts";
import pairs from "../strategies/pairs.ts";
import { sharedData } from "./shared_data.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/data/${name}.arrow`, import.meta.url));
const PAIR = [fixture("pair_a"), fixture("pair_b")];

const conditions = { queue: "risk", latency: "10ms", fees: "maker=0.0002,taker=0.0007" };

/** A strategy that also tells of each of its fills. */
function watched(definition: StrategyDefinition, seen: (ctx: Context, fill: FillView) => void): StrategyDefinition {
  return {
    ...definition,
    create: (params) => {
      const inner = definition.create(params);
      const onFill = (ctx: Context, fill: FillView) => {
        inner.onFill?.(ctx, fill);
        seen(ctx, fill);
      };
      return { ...inner, onFill };
    },
  };
}

/** Runs a strategy twice, which must come to one digest, and returns the result. */
function twice(options: BacktestOptions): RunResult {
  const first = backtest({ ...conditions, ...options });
  assertEquals(backtest({ ...conditions, ...options }).digest, first.digest);
  return first;
}

Deno.test("market_maker: trades both ways all along the tape, as a maker, and stays within its limit", () => {
  for (const limit of [8, 50]) {
    let [bought, sold, largest] = [0, 0, 0];
    const strategy = watched(marketMaker, (ctx, fill) => {
      assert(fill.maker, `order ${fill.order} took`);
      if (fill.side > 0) bought += fill.size;
      else sold += fill.size;
      largest = Math.max(largest, Math.abs(ctx.position()));
    });
    const result = twice({ strategy, tape: fixture("market_l2"), set: { limit } });
    assert(result.trades > 500 && result.roundTrips > 50, `${result.trades} trades`);
    assert(largest <= limit && largest > 5, `${largest} lots`);
    assertEquals((bought - sold) / 2, result.position); // two runs told of their fills
  }
});

Deno.test("market_maker: a wider spread trades less, and --set reads text", () => {
  const [narrow, wide] = ["2", "8"].map((spread) =>
    backtest({ ...conditions, strategy: marketMaker, tape: fixture("market_l2"), set: { spread } })
  );
  assert(wide.trades < narrow.trades / 2, `${wide.trades} and ${narrow.trades}`);
  assertThrows(
    () => backtest({ strategy: marketMaker, tape: fixture("market_l2"), set: { spraed: 2 } }),
    RangeError,
    "spread",
  );
});

Deno.test("imbalance: takes, is never in for more than its size, and comes out again", () => {
  let largest = 0;
  const strategy = watched(imbalance, (ctx, fill) => {
    assert(!fill.maker, `order ${fill.order} rested`);
    largest = Math.max(largest, Math.abs(ctx.position()));
  });
  const result = twice({ strategy, tape: fixture("market_l2") });
  assert(result.trades > 50 && result.roundTrips > 20, `${result.trades} trades`);
  assertEquals(largest, 2);
});

Deno.test("imbalance: holds as long as it is told to, where nothing turns", () => {
  const seconds = (hold: string) => {
    const { roundTripList } = backtest({
      strategy: imbalance,
      tape: fixture("market_l2"),
      set: { hold, cooldown: "1m", threshold: 0.7 },
    });
    const held = roundTripList.map(({ entryTime, exitTime }) => exitTime - entryTime).sort((a, b) => a - b);
    return held[held.length >> 1];
  };
  const [short, long] = [seconds("5s"), seconds("20s")];
  assert(short >= 5 && short < 10, `${short} s`);
  assert(long >= 20 && long < 25, `${long} s`);
});

Deno.test("pairs: holds both legs or none, one against the other, in either order of the tapes", () => {
  const legs = [0, 0];
  const strategy = watched(pairs, (_ctx, fill) => void (legs[fill.instrument] += fill.side * fill.size));
  const result = twice({ strategy, tape: PAIR });
  assertEquals(twice({ strategy: pairs, tape: PAIR.toReversed() }).digest, result.digest);
  const [a, b] = ["TWIN_A", "TWIN_B"].map((symbol) => result.instruments[symbol]);
  assert(a.trades >= 20, `${a.trades} trades`);
  assertEquals(a.trades, b.trades);
  assertEquals(legs.map((lots) => lots / 2), [a.position, b.position]);
  // Without costs, prices that come together again pay.
  assert(backtest({ strategy: pairs, tape: PAIR }).pnl! > 0);
});

Deno.test("pairs: takes its legs by name, and refuses one tape", () => {
  const swapped = backtest({ strategy: pairs, tape: PAIR, set: { a: "TWIN_B", b: "TWIN_A" } });
  const plain = backtest({ strategy: pairs, tape: PAIR });
  assert(swapped.digest !== plain.digest && swapped.trades > 0);
  const refused = (set: Record<string, string>, tape: string | readonly string[] = PAIR) =>
    assertThrows(() => backtest({ strategy: pairs, tape, set }), Error).message;
  assertStringIncludes(refused({}, PAIR[0]), "Cannot set parameter b: it stands for instrument 2");
  assertStringIncludes(refused({ a: "TWIN_C" }), "no tape of this session has instrument TWIN_C");
  assertStringIncludes(refused({ a: "TWIN_B" }), "both legs are one");
});

const npz = sharedData("hftbacktest/usdm_btcusdt_20240808.npz");
Deno.test({
  name: `market_maker and imbalance: run on a real BTCUSDT tape${npz ? "" : " (ignored: no ../shared/data)"}`,
  ignore: !npz,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const out = `${folder}/btc.arrow`;
      const instrument = { symbol: "BTCUSDT", venue: "binance-usdm", currency: "USDT" };
      await convert({ sources: [npz!], format: "hftbacktest", out, tick: "0.1", lot: "0.001", instrument });
      for (const strategy of [marketMaker, imbalance]) {
        const result = twice({ strategy, tape: out });
        assertEquals(result.events, 491_973);
        assert(result.trades > 30, `${strategy.name}: ${result.trades} trades`);
        assertEquals(result.refusals, {});
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
