/** Several currencies, inverse contracts and multipliers through whole sessions, against figures worked out by hand. */
import { assertEquals, assertThrows } from "@std/assert";
import { BUY, DEPTH, SELL } from "../engine/core/event.ts";
import type { InstrumentSpec } from "../engine/core/instrument.ts";
import type { Recorder } from "../engine/core/recorder.ts";
import type { Context, Strategy } from "../engine/core/strategy.ts";
import { backtest } from "../engine/run/backtest.ts";
import { PERPETUAL, plan, type ScriptedRow, scriptedTape } from "./scripted_tape.ts";

/** COIN-M: contracts of 100 USD, profit and fees in BTC. */
const COIN: InstrumentSpec = {
  symbol: "BTCUSD_PERP",
  venue: "scripted",
  kind: "inverse",
  tick: "0.1",
  lot: "1",
  multiplier: "100",
  currency: "BTC",
};

/** Bid and ask, then another bid and ask at 5 s, then nothing until 10 s. */
function market(first: readonly [number, number], then: readonly [number, number]): ScriptedRow[] {
  return [
    { ms: 0, kind: DEPTH, side: BUY, price: first[0], size: 1000, more: true },
    { ms: 0, kind: DEPTH, side: SELL, price: first[1], size: 1000 },
    { ms: 5000, kind: DEPTH, side: BUY, price: first[0], size: 0, more: true },
    { ms: 5000, kind: DEPTH, side: SELL, price: first[1], size: 0, more: true },
    { ms: 5000, kind: DEPTH, side: BUY, price: then[0], size: 1000, more: true },
    { ms: 5000, kind: DEPTH, side: SELL, price: then[1], size: 1000 },
    { ms: 10_000, kind: DEPTH, side: BUY, price: 1, size: 1 },
  ];
}

const trade = (instrument: number, side: number, size: number) => (ctx: Context) =>
  void ctx.submit({ instrument, side, size });

Deno.test("session: an inverse contract's profit and fees are in its base", () => {
  const tape = scriptedTape(market([199_990, 200_000], [250_000, 250_010]), COIN);
  const steps: Parameters<typeof plan>[0] = [[100, trade(0, BUY, 10)], [6000, trade(0, SELL, 6)]];
  const result = backtest({ strategy: plan(steps), tape, cash: { BTC: "1" }, fees: "maker=0,taker=0.001" });
  // 1,000 USD at 20,000 are 0.05 BTC; 600 at 25,000 are 0.024. Who buys contracts sells coin: balance 0.05 − 0.024.
  assertEquals(result.exact!.balance, "0.026");
  assertEquals(result.exact!.fees, "0.000074");
  // The 400 USD that are left are worth 400 ÷ 25,000.5 at the middle, rounded to 1e-8.
  assertEquals(result.exact!.pnl, "0.00992632");
  assertEquals([result.run.currency, result.instruments.BTCUSD_PERP.currency], ["BTC", "BTC"]);
  assertEquals(result.equity.value.at(-1), 1.00992632);
});

Deno.test("session: a multiplier scales money and nothing else", () => {
  const results = ["1", "50"].map((multiplier) => {
    const tape = scriptedTape(market([1000, 1002], [1100, 1102]), { ...PERPETUAL, multiplier });
    return backtest({
      strategy: plan([[100, trade(0, BUY, 10)], [6000, trade(0, SELL, 10)]]),
      tape,
      cash: { USDT: "1000" },
      fees: "maker=0,taker=0.001",
    });
  });
  // 0.010 from 100.2 to 110.0: 0.098, and fees of 0.001 × (1.002 + 1.1).
  assertEquals(results.map(({ exact }) => exact), [
    { balance: "0.098", fees: "0.002102", pnl: "0.095898" },
    { balance: "4.9", fees: "0.1051", pnl: "4.7949" },
  ]);
  assertEquals(results.map(({ position, trades }) => [position, trades]), [[0, 2], [0, 2]]);
});

Deno.test("session: two currencies have no sum; equity is of the first alone, and the notes say so", () => {
  const tapes = [
    scriptedTape(market([1000, 1002], [1100, 1102]), PERPETUAL),
    scriptedTape(market([199_990, 200_000], [250_000, 250_010]), COIN),
  ];
  const steps: Parameters<typeof plan>[0] = [[100, (ctx) => {
    trade(ctx.instrument("BTCUSDT"), BUY, 10)(ctx);
    trade(ctx.instrument("BTCUSD_PERP"), BUY, 10)(ctx);
  }]];
  const result = backtest({ strategy: plan(steps), tape: tapes, cash: { USDT: "100", BTC: "2" } });
  const { balance, fees, pnl, position, exact, trades } = result;
  assertEquals([balance, fees, pnl, position, exact, trades], [null, null, null, null, null, 2]);
  assertEquals(result.instruments.BTCUSDT.exact, { balance: "-1.002", fees: "0", pnl: "0.099" });
  assertEquals(result.instruments.BTCUSD_PERP.exact.balance, "0.05");
  assertEquals(result.run.currency, null);
  // Instruments stand in the order of their symbols, T before _.
  assertEquals(result.notes.filter((note) => note.startsWith("Equity")), [
    "Equity and figures are of USDT alone: the run settles in USDT, BTC",
  ]);
  assertEquals(result.equity.value.at(-1), 100.099);
});

Deno.test("session: cash in a currency of no instrument is refused", () => {
  const tape = scriptedTape(market([1000, 1002], [1100, 1102]));
  const options = { strategy: plan([]), tape, cash: { USD: "100" } };
  assertThrows(() => backtest(options), RangeError, "no instrument settles in it; the currencies are USDT");
});

Deno.test("session: the account is sampled at the same moments and values whether or not a strategy hears the market", () => {
  const runs = [undefined, () => {}].map((onTrade) => {
    const samples: number[][] = [], callbacks: Omit<Strategy, "onStart" | "onTimer"> = { onTrade };
    const recorder: Recorder = { sample: (ns, equity) => void samples.push([ns, equity]) };
    const tape = [
      scriptedTape(market([1000, 1002], [1100, 1102])),
      scriptedTape(market([500, 503], [480, 483]), { ...PERPETUAL, symbol: "ETHUSDT" }),
    ];
    const steps: Parameters<typeof plan>[0] = [[100, trade(0, BUY, 10)], [2000, trade(1, SELL, 7)]];
    const { digest } = backtest({ strategy: plan(steps, callbacks), tape, recorders: [recorder], latency: "30ms" });
    return { digest, samples };
  });
  assertEquals(runs[0], runs[1]);
  // One at the start, one every 100 ms, one at the end.
  assertEquals(runs[0].samples.length, 102);
});
