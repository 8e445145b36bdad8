/** Margin from the option of a backtest to the last order of a liquidation. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { UnsupportedMarginError } from "../engine/account/margin.ts";
import { codeName } from "../engine/core/codes.ts";
import { BUY, DEPTH, SELL, STATUS } from "../engine/core/event.ts";
import type { InstrumentSpec } from "../engine/core/instrument.ts";
import type { Context, OrderRequest, Strategy } from "../engine/core/strategy.ts";
import { backtest, type BacktestOptions } from "../engine/run/backtest.ts";
import { PERPETUAL, plan, type ScriptedRow, scriptedTape } from "./scripted_tape.ts";

const CROSS = "cross:initial=0.1,maintenance=0.05";
const ISOLATED = "isolated:initial=0.1,maintenance=0.05";
const WHOLE: InstrumentSpec = { ...PERPETUAL, tick: "1", lot: "1" };

/** The touch moves: bid and ask of `lots` at each moment, and nothing else. */
function touches(moves: readonly (readonly [ms: number, bid: number, ask: number])[], lots = 100): ScriptedRow[] {
  return moves.flatMap(([ms, bid, ask], i) => {
    const before = moves[i - 1];
    const gone = before === undefined
      ? []
      : [[BUY, before[1]], [SELL, before[2]]].map(([side, price]) => ({ ms, kind: DEPTH, side, price, more: true }));
    return [
      ...gone,
      { ms, kind: DEPTH, side: BUY, price: bid, size: lots, more: true },
      { ms, kind: DEPTH, side: SELL, price: ask, size: lots },
    ];
  });
}

/** A market at 99 to 101 that falls to 94 to 96 at 5 s, and to 89 to 91 at 10 s; it rests until 20 s. */
const FALL = touches([[0, 99, 101], [5000, 94, 96], [10_000, 89, 91], [20_000, 89, 92]]);

type Steps = Parameters<typeof plan>[0];

function submits(told: string[], order: OrderRequest): (ctx: Context) => void {
  return (ctx) => {
    const id = ctx.submit(order);
    told.push(id > 0 ? `${id}` : codeName(-id));
  };
}

function run(steps: Steps, more: Partial<BacktestOptions>, callbacks: Partial<Strategy> = {}) {
  const tape = scriptedTape(FALL, WHOLE);
  return backtest({ strategy: plan(steps, callbacks), tape, latency: "1ms", margin: CROSS, ...more });
}

Deno.test("margin: an order that the account cannot carry is refused, with all that is open on its side", () => {
  const told: string[] = [];
  const buys = (size: number, price?: number) => submits(told, { side: BUY, size, price });
  // 100 lots at 100 need 1,000 of margin; 1,000 is there.
  const steps: Steps = [
    [100, buys(101)],
    [200, buys(60, 90)],
    [300, buys(41, 91)],
    [400, buys(40, 91)],
    [500, submits(told, { side: SELL, size: 100 })],
    [600, buys(60)],
    [700, buys(100)],
  ];
  const result = run(steps, { cash: { USDT: "1000" } });
  // The sale leaves 100 short at 99, and equity of 900: buying back reduces, and is always carried.
  assertEquals(told, ["MARGIN", "2", "MARGIN", "4", "5", "6", "MARGIN"]);
  assertEquals(result.refusals, { MARGIN: 3 });
  assertEquals(result.run.models.margin, CROSS);
});

Deno.test("margin: an amend to more is judged as an order is, and one to less passes", () => {
  const told: unknown[] = [];
  const steps: Steps = [
    [100, (ctx) => void ctx.submit({ side: BUY, size: 50, price: 90 })],
    [200, (ctx) => void told.push(ctx.amend(1, { size: 101 }))],
    [300, (ctx) => void told.push(ctx.amend(1, { size: 100 }))],
    [400, (ctx) => void told.push(ctx.amend(1, { size: 10 }))],
  ];
  assertEquals(run(steps, { cash: { USDT: "1000" } }).refusals, { MARGIN: 1 });
  assertEquals(told, [false, true, true]);
});

Deno.test("margin: a refusal says what there is, and what would be needed", () => {
  const { notes } = run([[100, submits([], { side: BUY, size: 101 })]], { cash: { USDT: "1000" } });
  const told = notes.find((note) => note.startsWith("Refused: "));
  assertEquals(told?.split(";")[0], "Refused: MARGIN: limit 1000 USDT (account), would be 1010");
});

Deno.test("margin: before the first price nothing can be judged", () => {
  const told: string[] = [];
  const rows = [{ ms: 0, kind: STATUS, size: 1 }, ...touches([[1000, 99, 101], [3000, 99, 101]])];
  const strategy = plan([[100, submits(told, { side: BUY, size: 1 })], [2000, submits(told, { side: BUY, size: 1 })]]);
  backtest({ strategy, tape: scriptedTape(rows, WHOLE), cash: { USDT: "1000" }, margin: CROSS });
  assertEquals(told, ["NO_PRICE", "2"]);
});

Deno.test("liquidation: a breach cancels what is open, closes by the market with its fee, and shuts the account", () => {
  const told: string[] = [], heard: string[] = [];
  const steps: Steps = [
    [100, (ctx) => void ctx.submit({ side: BUY, size: 80 })],
    [200, (ctx) => void ctx.submit({ side: BUY, size: 5, price: 50 })],
    [12_000, submits(told, { side: BUY, size: 1 })],
  ];
  const onOrder: Strategy["onOrder"] = (_ctx, { id, state }) => void heard.push(`${id} ${state}`);
  for (const onBook of [undefined, () => {}]) {
    told.length = heard.length = 0;
    const result = run(steps, { cash: { USDT: "1000" }, fees: "maker=0,taker=0.001" }, { onOrder, onBook });
    // 80 lots at 101: at a mark of 95 equity is 511.92 and 380 are needed; at 90 it is 111.92 of 360.
    assertEquals(heard, [
      "1 Filled",
      "2 New",
      "2 Cancelled",
      "3 Filled",
    ]);
    assertEquals(told, ["LIQUIDATED"]);
    assertEquals([result.position, result.trades, result.roundTrips], [0, 2, 1]);
    assertEquals(result.exact, { balance: "-960", fees: "15.2", pnl: "-975.2" });
    const note = result.notes.find((line) => line.includes("liquidated"));
    assertMatch(note ?? "", /^BTCUSDT was liquidated at 2023-11-14T22:13:30\.\d{9}Z: 80 lots at a mark of 90$/);
  }
});

Deno.test("liquidation: what hears the market is liquidated at the message, what does not at the next sample", () => {
  const times: bigint[] = [];
  const onFill: Strategy["onFill"] = (ctx) => void times.push(ctx.now % 100_000_000_000n / 1_000_000n);
  for (const onBook of [undefined, () => {}]) {
    run([[100, (ctx) => void ctx.submit({ side: BUY, size: 80 })]], { cash: { USDT: "1000" } }, { onFill, onBook });
  }
  // Samples stand at each 100 ms from the first row: the message of 10,000 ms is here at 10,001.
  assertEquals(times, [102n, 10_102n, 102n, 10_003n]);
});

Deno.test("liquidation: the whole position goes, piece by piece, while the book gives some, and waits where it gives none", () => {
  const rows = [
    ...touches([[0, 99, 101], [5000, 89, 91], [6500, 88, 91], [9000, 87, 91], [12_000, 87, 92]], 40),
    { ms: 12_500, kind: STATUS, size: 1 },
  ];
  const fills: string[] = [];
  const onFill: Strategy["onFill"] = (_ctx, { side, size, price }) => void fills.push(`${side * size}@${price}`);
  const steps: Steps = [
    [100, (ctx) => void ctx.submit({ side: BUY, size: 40 })],
    [200, (ctx) => void ctx.submit({ side: BUY, size: 30, price: 100 })],
  ];
  rows.splice(2, 0, { ms: 300, kind: DEPTH, side: SELL, price: 100, size: 40, more: true }, {
    ms: 301,
    kind: DEPTH,
    side: SELL,
    price: 100,
    size: 0,
  });
  const strategy = plan(steps, { onFill });
  const tape = scriptedTape(rows, WHOLE);
  const result = backtest({ strategy, tape, cash: { USDT: "750" }, margin: CROSS });
  assertEquals(fills, ["40@101", "30@100", "-40@89", "-30@88"]);
  assertEquals([result.position, result.roundTrips], [0, 1]);
});

Deno.test("liquidation: margin that is shared takes all instruments of the currency, isolated margin the one alone", () => {
  const steps: Steps = [[100, (ctx) => {
    ctx.submit({ instrument: 0, side: BUY, size: 60 });
    ctx.submit({ instrument: 1, side: SELL, size: 10 });
  }]];
  const other = scriptedTape(touches([[0, 99, 101], [20_000, 99, 102]]), { ...WHOLE, symbol: "ETHUSDT" });
  const positions = [CROSS, ISOLATED].map((margin) => {
    const tape = [scriptedTape(FALL, WHOLE), other];
    const result = backtest({ strategy: plan(steps), tape, cash: { USDT: "800" }, margin });
    return Object.values(result.instruments).map(({ position }) => position);
  });
  assertEquals(positions, [[0, 0], [0, -10]]);
});

Deno.test("margin: what is not supported or makes no sense is refused before anything runs", () => {
  const inverse = scriptedTape(FALL, { ...WHOLE, kind: "inverse", currency: "BTC" });
  assertThrows(
    () => backtest({ strategy: plan([]), tape: inverse, margin: CROSS }),
    UnsupportedMarginError,
    "inverse instrument BTCUSDT: not supported",
  );
  assertThrows(() => run([], { margin: "cros:initial=0.1,maintenance=0.05" }), RangeError, "did you mean cross?");
  assertThrows(() => run([], { margin: "cross:initial=0.1,maintenance=0.2" }), RangeError, "below initial");
});

Deno.test("margin: none is the default, stated in the notes, and carries whatever a position loses", () => {
  const result = run([[100, (ctx) => void ctx.submit({ side: BUY, size: 1000 })]], { margin: undefined, cash: {} });
  assertEquals([result.position, result.run.models.margin], [100, undefined]);
  assertEquals(result.notes.filter((note) => note.startsWith("Margin: none, the default")).length, 1);
});
