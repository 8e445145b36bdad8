import { EquityCurve } from "./equity_curve.ts";
import { figures } from "./figures.ts";
import type { InstrumentResult, RunResult } from "./result.ts";
import { RoundTrips } from "./round_trips.ts";

/** For tests: a result as a market maker's run of `minutes` makes it, from a seeded walk; fields may be replaced. */
export function sampleResult(minutes = 344, changes: Partial<RunResult> = {}): RunResult {
  const curve = new EquityCurve();
  const trips = new RoundTrips();
  const start = Date.UTC(2024, 7, 8, 20, 15) / 1000;
  let state = 7;
  let equity = 10_000;
  let entry = { time: start, equity };
  for (let i = 0; i <= minutes; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    equity += (state / 2 ** 31 - 0.49) * 4;
    const time = start + i * 60;
    curve.sample(time, equity, i % 7 !== 0);
    if (i % 7 === 0 && i > 0) {
      const pnl = equity - entry.equity;
      trips.add(entry.time, time, i % 2 === 0 ? 1 : -1, 20, 61650.1, 61650.1 + pnl, pnl, pnl / 1233);
      entry = { time, equity };
    }
  }
  const pnl = equity - 10_000;
  const instrument: InstrumentResult = {
    events: 491_973,
    orders: 1_204,
    trades: 447,
    roundTrips: trips.count,
    position: -1,
    balance: 59.1547,
    fees: 5.517659,
    pnl,
    exact: { balance: "59.1547", fees: "5.517659", pnl: pnl.toFixed(8) },
    refusals: { POSITION: 3, WOULD_CROSS: 12 },
    currency: "USDT",
  };
  return {
    ...instrument,
    run: {
      strategy: "touch_maker",
      parameters: { spread: 2, size: 1, limit: 20 },
      seed: 7,
      tapes: [{ name: "usdm_btcusdt_20240808.arrow", hash: "9f3a55c0", rows: 491_973 }],
      models: {
        queue: "risk",
        latency: "10ms",
        fees: "maker 0.0002, taker 0.0007",
        fills: "whole",
        impact: "frozen",
      },
      limits: { orderSize: "unlimited", position: "unlimited", messageRate: "unlimited" },
      currency: "USDT",
    },
    instruments: { BTCUSDT: instrument },
    digest: "3f2a9c0d1e4b5a69788796a5b4c3d2e1",
    seconds: 0.0351,
    eventsPerSecond: 14_016_324,
    figures: figures(curve, trips),
    equity: curve.points(),
    roundTripList: trips.list(),
    notes: ["Limits are unlimited, as none were given."],
    ...changes,
  };
}
