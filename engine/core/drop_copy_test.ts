import { assert, assertEquals, assertThrows } from "@std/assert";
import { madeTape } from "../feed/_made_tape.ts";
import { busy, oddMarket } from "./_busy.ts";
import { digestOf, rig, type RigOptions } from "./_rig.ts";
import { DropCopy } from "./drop_copy.ts";
import { BUY, DEPTH, SELL, TRADE } from "./event.ts";
import type { ExecutionReport } from "./execution_report.ts";
import { Rng } from "./rng.ts";
import type { Session } from "./session.ts";
import type { Strategy } from "./strategy.ts";

/** Runs a session to its end, with a drop copy. */
function watched(copy: DropCopy, options: RigOptions): Session {
  const session = rig({ ...options, recorder: copy });
  copy.attach(session.core);
  session.run();
  return session;
}

/** What is reported of a strategy on a market of a few rows, 10 ns apart. */
function reported(
  strategy: Strategy,
  rows: readonly (readonly [kind: number, side: number, price: number, size: number])[],
) {
  const tape = madeTape(rows.map(([kind, side, price, size], i) => ({ exchange: 10 * i, kind, side, price, size })));
  const copy = new DropCopy();
  watched(copy, { tapes: { X: tape }, strategy, latency: { order: 2, response: 2 } });
  const line = ({ ExecType, OrdStatus, LastQty, LastPx, CumQty, LeavesQty, AvgPx, Text }: ExecutionReport) =>
    `${ExecType} ${OrdStatus} ${LastQty ? `${LastQty}@${LastPx} ` : ""}${CumQty}+${LeavesQty} ${AvgPx ?? "-"} ${Text}`
      .trim();
  return copy.read(1).reports.map(line);
}

const MARKET = [
  [DEPTH, BUY, 100, 5],
  [DEPTH, SELL, 102, 5],
  [DEPTH, BUY, 100, 6],
  [TRADE, SELL, 100, 7],
  [DEPTH, BUY, 99, 3],
  [TRADE, SELL, 100, 9],
  [DEPTH, BUY, 98, 3],
  [DEPTH, BUY, 97, 3],
] as const;

Deno.test("DropCopy: one report an event, with what was filled so far", () => {
  const once = (act: (ctx: Parameters<NonNullable<Strategy["onBook"]>>[0], call: number) => void): Strategy => {
    let call = 0;
    return { onBook: (ctx) => act(ctx, ++call) };
  };
  assertEquals(reported(once((ctx, call) => call === 2 && ctx.submit({ side: BUY, price: 100, size: 3 })), MARKET), [
    "PendingNew PendingNew 0+3 -",
    "New New 0+3 -",
    "Trade PartiallyFilled 2@100 2+1 100",
    "Trade Filled 1@100 3+0 100",
  ]);
  const amends = once((ctx, call) => {
    if (call === 2) ctx.submit({ side: SELL, price: 104, size: 3 });
    if (call === 3) ctx.amend(1, { size: 2, price: 105 });
    if (call === 4) ctx.cancel(1);
  });
  assertEquals(reported(amends, MARKET), [
    "PendingNew PendingNew 0+3 -",
    "New New 0+3 -",
    "PendingReplace PendingReplace 0+3 -",
    "Replaced Replaced 0+2 -",
    "PendingCancel PendingCancel 0+2 -",
    "Cancelled Cancelled 0+0 -",
  ]);
  const refused = once((ctx, call) => call === 2 && ctx.submit({ side: BUY, price: 100.5, size: 1 }));
  assertEquals(reported(refused, MARKET), ["Rejected Rejected 0+0 - PRICE_GRID"]);
  const late = once((ctx, call) => {
    if (call === 2) ctx.submit({ side: BUY, price: 102, size: 5 });
    if (call === 2) ctx.cancel(1);
  });
  assertEquals(reported(late, MARKET), [
    "PendingNew PendingNew 0+5 -",
    "PendingCancel PendingCancel 0+5 -",
    "Trade Filled 5@102 5+0 102",
    "CancelReject Filled 5+0 102 TOO_LATE",
  ]);
});

Deno.test("DropCopy: changes nothing, and its fills are those of the account", () => {
  const tape = madeTape(oddMarket(new Rng(3).child("drop copy"), 20_000, 0n, 400));
  const options = { tapes: { X: tape }, latency: { order: 300, response: 200 } };
  const copy = new DropCopy({ capacity: 1e6 });
  const session = watched(copy, { ...options, strategy: busy({ interval: "20us" }) });
  assertEquals(session.core.digest.hex(), digestOf({ ...options, strategy: busy({ interval: "20us" }) }));
  let position = 0, trades = 0;
  const last = new Map<number, ExecutionReport>();
  for (const each of copy.read(1).reports) {
    const before = last.get(each.OrderID);
    assert(each.CumQty === (before?.CumQty ?? 0) + each.LastQty, JSON.stringify(each, (_, v) => `${v}`));
    assert(before === undefined || each.TransactTime >= before.TransactTime);
    last.set(each.OrderID, each);
    if (each.ExecType !== "Trade") continue;
    trades++;
    position += (each.Side === "buy" ? 1 : -1) * each.LastQty;
    assert(each.LastLiquidityInd !== "" && each.Commission !== null);
  }
  assertEquals([position, trades], [session.core.account.position(0), session.core.flow.trades[0]]);
  assert(trades > 100);
});

Deno.test("DropCopy: keeps the last ones, and tells a reader what was lost", () => {
  const tape = madeTape(oddMarket(new Rng(4).child("drop copy"), 2000, 0n, 400));
  const heard: number[] = [], copy = new DropCopy({ capacity: 10, onReport: ({ ExecID }) => void heard.push(ExecID) });
  watched(copy, { tapes: { X: tape }, strategy: busy({ interval: "20us" }) });
  assertEquals(heard, heard.map((_, i) => i + 1));
  assert(heard.length > 30);
  const { reports, next, lost } = copy.read(5);
  assertEquals(reports.map(({ ExecID }) => ExecID), heard.slice(-10));
  assertEquals([next, lost], [heard.length + 1, heard.length - 10 - 4]);
  assertEquals(copy.read(next), { reports: [], next, lost: 0 });
  assertEquals(copy.read(next - 3, 2).next, next - 1);
  assertThrows(() => new DropCopy({ capacity: 0 }), RangeError, "Cannot keep 0 reports");
});
