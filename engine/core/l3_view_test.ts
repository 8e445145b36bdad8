import { assertEquals } from "@std/assert";
import type { Columns } from "../feed/columns.ts";
import { seekTime } from "../feed/columns.ts";
import {
  ADD,
  AT_EXCHANGE,
  AT_LOCAL,
  BUY,
  CANCEL,
  CLEAR,
  EXECUTE,
  FUNDING,
  GAP,
  LAST,
  NONE,
  SELL,
  STATUS,
  TRADE,
} from "./event.ts";
import { L3View } from "./l3_view.ts";

type Line = readonly [kind: number, id: number, side: number, price: number, size: number, flags?: number];

const BOTH = AT_EXCHANGE | AT_LOCAL;

/** Row k happens at k × 10 and reaches us 3 later. */
function columns(lines: readonly Line[]): Columns {
  const rows = lines.length;
  const own: Columns = {
    rows,
    exchange: Float64Array.from(lines, (_, i) => i * 10),
    local: Float64Array.from(lines, (_, i) => i * 10 + 3),
    kind: Uint8Array.from(lines, ([kind]) => kind),
    id: Int32Array.from(lines.flatMap(([, id]) => [id, 0])),
    side: Int8Array.from(lines, ([, , side]) => side),
    price: Float64Array.from(lines, ([, , , price]) => price),
    size: Float64Array.from(lines, ([, , , , size]) => size),
    flags: Uint8Array.from(lines, ([, , , , , flags = BOTH | LAST]) => flags),
    timeOf: (clock, row) => (clock === AT_EXCHANGE ? own.exchange : own.local)[row],
    seek: (clock, from, limit) => seekTime(own, clock, from, limit),
  };
  return own;
}

const DAY = columns([
  [ADD, 1, BUY, 100, 5],
  [ADD, 2, BUY, 100, 3],
  [ADD, 3, SELL, 103, 4, AT_EXCHANGE | LAST], // not for us
  [ADD, 4, SELL, 104, 4],
  [EXECUTE, 1, BUY, 100, 2, BOTH],
  [CANCEL, 9, BUY, 100, 2, BOTH],
  [TRADE, 0, BUY, 102, 1],
]);

Deno.test("L3View: messages give trades with their aggressor, and levels with their orders", () => {
  const view = new L3View();
  const { pending, book } = view;
  const seen: unknown[] = [];
  for (let row = 0; row < DAY.rows;) {
    pending.clear();
    row = view.message(DAY, row);
    const trades = Array.from(
      { length: pending.trades },
      (_, i) => [pending.prices[i], pending.sizes[i], pending.sides[i]],
    );
    seen.push([row, pending.complete, pending.touched, trades]);
  }
  assertEquals(seen, [
    [1, true, true, []],
    [2, true, true, []],
    [4, true, true, []],
    [7, true, true, [[100, 2, SELL], [102, 1, BUY]]],
  ]);
  const prices = new Float64Array(20), sizes = new Float64Array(20);
  assertEquals([book.top(BUY, 20, prices, sizes), prices[0], sizes[0]], [1, 100, 6]);
  assertEquals([book.bestBid, book.bestBidSize, book.bestAsk, book.bestAskSize], [100, 6, 104, 4]);
  assertEquals([book.size(BUY, 100), book.orders(BUY, 100), book.orders(SELL, 103)], [6, 2, 0]);
  assertEquals([view.lastPrice, view.mark2, view.latency, view.resting.unknownOrders], [102, 204, 3, 1]);
});

Deno.test("L3View: rows at once end where the time does, and give the same book", () => {
  const view = new L3View();
  assertEquals([view.advance(DAY, 0, 13), view.book.size(BUY, 100), view.mark2], [1, 5, NaN]);
  assertEquals([view.advance(DAY, 1, Infinity), view.book.size(BUY, 100), view.lastPrice], [7, 6, 102]);
  assertEquals([view.book.bestAsk, view.latency], [104, 3]);
});

Deno.test("L3View: a gap makes the book stale until all of it is told again", () => {
  const view = new L3View(), corporate: number[][] = [];
  view.onCorporate = (...event) => corporate.push(event);
  const rows = columns([
    [ADD, 1, BUY, 100, 5],
    [ADD, 2, BUY, 98, 5],
    [GAP, 0, NONE, 0, 0],
    [CLEAR, 0, BUY, 99, 0],
    [STATUS, 0, NONE, 0, 0],
    [FUNDING, 0, NONE, 7, 0],
    [CLEAR, 0, NONE, 0, 0],
  ]);
  const seen = Array.from({ length: rows.rows }, (_, i) => {
    view.message(rows, i);
    return [view.book.bestBid, view.book.stale];
  });
  assertEquals(seen, [[100, false], [100, false], [100, true], [98, true], [98, true], [98, true], [-Infinity, false]]);
  assertEquals(corporate, [[FUNDING, 7, 0, rows.timeOf(AT_LOCAL, 5)]]);
});
