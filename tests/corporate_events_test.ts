/** Funding, dividends, splits, expiry and halts, from a tape's row to the account and the orders. */
import { assertEquals } from "@std/assert";
import {
  ADD,
  BUY,
  CANCEL,
  CLEAR,
  DEPTH,
  DIVIDEND,
  EXPIRY,
  FUNDING,
  SELL,
  SNAPSHOT,
  SPLIT,
  STATUS,
} from "../engine/core/event.ts";
import { codeName } from "../engine/core/codes.ts";
import type { Recorder } from "../engine/core/recorder.ts";
import type { Context, Strategy } from "../engine/core/strategy.ts";
import { backtest, type BacktestOptions } from "../engine/run/backtest.ts";
import { PERPETUAL, plan, type ScriptedRow, scriptedTape, START_SEC } from "./scripted_tape.ts";

/** A market of 100 lots at 100.0 and at 100.2, as levels and as single orders; `rest` follows, and a last row at 10 s. */
function levels(...rest: ScriptedRow[]): ScriptedRow[] {
  return [
    { ms: 0, kind: DEPTH, side: BUY, price: 1000, size: 100, more: true },
    { ms: 0, kind: DEPTH, side: SELL, price: 1002, size: 100 },
    ...rest,
    { ms: 10_000, kind: DEPTH, side: BUY, price: 1, size: 1 },
  ];
}

function orders(...rest: ScriptedRow[]): ScriptedRow[] {
  return [
    { ms: 0, kind: ADD, side: BUY, price: 1000, size: 100, id: 1, more: true },
    { ms: 0, kind: ADD, side: SELL, price: 1002, size: 100, id: 2 },
    ...rest,
    { ms: 10_000, kind: ADD, side: BUY, price: 1, size: 1, id: 99 },
  ];
}

const buy = (size: number) => (ctx: Context) => void ctx.submit({ side: BUY, size });

/** Whoever hears every message must come to the same as who hears none. */
const DEAF: Omit<Strategy, "onStart" | "onTimer"> = {};
const HEARS: Omit<Strategy, "onStart" | "onTimer"> = { onBook: () => {}, onTrade: () => {} };

function run(rows: readonly ScriptedRow[], steps: Parameters<typeof plan>[0], more: Partial<BacktestOptions> = {}) {
  const tape = scriptedTape(rows);
  const [deaf, hears] = [DEAF, HEARS].map((callbacks) =>
    backtest({ strategy: plan(steps, callbacks), tape, cash: { USDT: "100" }, latency: "1ms", ...more })
  );
  assertEquals(hears.digest, deaf.digest);
  assertEquals(hears.equity, deaf.equity);
  assertEquals(hears.roundTripList, deaf.roundTripList);
  return deaf;
}

for (const [layout, tape] of [["L2", levels], ["L3", orders]] as const) {
  Deno.test(`session: funding on ${layout} takes rate × notional at the mark from a long position`, () => {
    // 0.010 bought at 100.2, marked at 100.1: 1.001 of value, of which 0.0001 is paid.
    const result = run(tape({ ms: 1000, kind: FUNDING, price: 100_000 }), [[100, buy(10)]]);
    assertEquals(result.instruments.BTCUSDT.funding, -0.0001001);
    assertEquals(result.exact, { balance: "-1.002", fees: "0", pnl: "-0.0011001" });
    assertEquals(result.equity.value.at(-1), 100 - 0.0011001);
  });

  Deno.test(`session: a dividend on ${layout} is paid to who is long when we learn of it`, () => {
    const result = run(tape({ ms: 1000, kind: DIVIDEND, price: 5 }), [[100, buy(10)], [2000, buy(10)]]);
    // 0.5 on each of 0.010; the second ten came too late.
    assertEquals(result.instruments.BTCUSDT.dividends, 0.005);
    assertEquals([result.position, result.exact!.pnl], [20, "0.003"]);
  });

  Deno.test(`session: expiry on ${layout} settles the position, ends open orders and refuses later ones`, () => {
    const codes: string[] = [];
    const steps: Parameters<typeof plan>[0] = [
      [100, buy(10)],
      [200, (ctx) => void ctx.submit({ side: BUY, size: 1, price: 990 })],
      // It leaves before we know, and arrives when the venue does.
      [999, buy(1)],
      [2000, (ctx) => void codes.push(codeName(-ctx.submit({ side: BUY, size: 1 })))],
    ];
    const ended = new Ended();
    const result = run(tape({ ms: 1000, kind: EXPIRY, price: 1010 }), steps, { recorders: [ended] });
    assertEquals(codes, ["EXPIRED_INSTRUMENT", "EXPIRED_INSTRUMENT"]);
    assertEquals(ended.codes.slice(0, 3), [[1, ""], [2, "DELISTED"], [3, "DELISTED"]]);
    // 10 lots from 100.2 to 101.0.
    assertEquals([result.position, result.trades, result.roundTrips, result.exact!.pnl], [0, 1, 1, "0.008"]);
    const [{ entryTime, exitTime }] = result.roundTripList;
    assertEquals([entryTime, exitTime].map((time) => Math.round((time - START_SEC) * 1000)), [102, 1001]);
  });

  Deno.test(`session: a venue halted on ${layout} refuses orders until it opens`, () => {
    const halted = tape({ ms: 1000, kind: STATUS, size: 0 }, { ms: 3000, kind: STATUS, size: 1 });
    const ended = new Ended();
    const result = run(halted, [[2000, buy(1)], [4000, buy(1)]], { recorders: [ended] });
    assertEquals(ended.codes.slice(0, 2), [[1, "HALTED"], [2, ""]]);
    assertEquals([result.orders, result.trades], [2, 1]);
  });
}

/** Each order's id with the code it ended with. */
class Ended implements Recorder {
  readonly codes: [number, string][] = [];

  order(...[orders, slot, , code]: Parameters<NonNullable<Recorder["order"]>>): void {
    this.codes.push([orders.id[slot], code === 0 ? "" : codeName(code)]);
  }
}

Deno.test("session: a split doubles the position, ends open orders, and marks follow the new prices", () => {
  const seen: number[][] = [];
  const look = (ctx: Context) => void seen.push([ctx.position(), ctx.equity(), ctx.book().bestBid]);
  const rows = levels(
    { ms: 1000, kind: SPLIT, price: 2, size: 1 },
    { ms: 2000, kind: CLEAR, more: true },
    { ms: 2000, kind: SNAPSHOT, side: BUY, price: 510, size: 100, more: true },
    { ms: 2000, kind: SNAPSHOT, side: SELL, price: 512, size: 100 },
  );
  const ended = new Ended();
  const steps: Parameters<typeof plan>[0] = [
    [100, buy(10)],
    [200, (ctx) => void ctx.submit({ side: BUY, size: 1, price: 990 })],
    [900, look],
    [1500, look],
    [2500, look],
    [3000, (ctx) => void ctx.submit({ side: SELL, size: 20 })],
  ];
  const result = run(rows, steps, { recorders: [ended] });
  // Bought at 100.2, marked at 100.1; then 20 lots at half of that; then 20 lots at 51.1, sold at 51.0.
  const expected = [[10, 99.999, 1000], [20, 99.999, 1000], [20, 100.02, 510]];
  assertEquals(seen, [...expected, ...expected]);
  assertEquals(ended.codes.slice(0, 3), [[1, ""], [2, "CORPORATE_ACTION"], [3, ""]]);
  assertEquals([result.position, result.exact!.pnl], [0, "0.018"]);
});

Deno.test("session: a fill that we hear of after expiry is settled at once", () => {
  // The order arrives at 990 ms and is filled; its answer needs 500 ms, the row of expiry 1 ms.
  const rows = levels({ ms: 1000, kind: EXPIRY, price: 1010 });
  const result = run(rows, [[985, buy(10)]], { latency: "order=5ms,cancel=5ms,response=500ms" });
  assertEquals([result.position, result.trades, result.roundTrips, result.exact!.pnl], [0, 1, 1, "0.008"]);
});

Deno.test("session: a position is valued at the last mark there was when the book has emptied", () => {
  const rows = orders({ ms: 1000, kind: CANCEL, side: BUY, price: 1000, size: 100, id: 1 }, { ms: 1500, kind: CLEAR });
  const result = run(rows, [[100, buy(10)]]);
  assertEquals(result.exact!.pnl, "-0.001");
});

Deno.test("session: funding on an inverse contract is paid in its base", () => {
  const coin = {
    ...PERPETUAL,
    symbol: "BTCUSD_PERP",
    kind: "inverse" as const,
    multiplier: "100",
    lot: "1",
    currency: "BTC",
  };
  const tape = scriptedTape(
    [
      { ms: 0, kind: DEPTH, side: BUY, price: 199_999, size: 100, more: true },
      { ms: 0, kind: DEPTH, side: SELL, price: 200_000, size: 100 },
      { ms: 1000, kind: DEPTH, side: BUY, price: 249_999, size: 100, more: true },
      { ms: 1000, kind: DEPTH, side: SELL, price: 200_000, size: 0, more: true },
      { ms: 1000, kind: DEPTH, side: SELL, price: 250_001, size: 100 },
      { ms: 2000, kind: FUNDING, price: 1_000_000 },
      { ms: 3000, kind: DEPTH, side: BUY, price: 250_000, size: 100 },
    ],
    coin,
  );
  const strategy = plan([[100, buy(10)], [4000, () => {}]]);
  const result = backtest({ strategy, tape, cash: { BTC: "1" }, fees: "maker=0,taker=0.001" });
  // 10 contracts of 100 USD bought at 20,000 are 0.05 BTC; their value at 25,000 is 0.04 BTC, 0.01 gained; 0.001 of it is
  // paid; the fee is 0.001 of 0.05. The last mark is the middle of 25,000.0 and 25,000.1.
  assertEquals(result.instruments.BTCUSD_PERP.funding, -0.00004);
  assertEquals(result.exact!.balance, "0.05");
  assertEquals(result.exact!.fees, "0.00005");
  const mark = 0.05 - 1000 / 25_000.05 - 0.00005 - 0.00004;
  assertEquals(Math.abs(result.pnl! - mark) < 1e-9, true);
});
