import { assertEquals } from "@std/assert";
import { ERA } from "../core/clock.ts";
import { AT_EXCHANGE, AT_LOCAL, DEPTH, LAST } from "../core/event.ts";
import { madeTape } from "./_made_tape.ts";
import { tapeOfBars } from "./_tape_of_bars.ts";
import { BarCache, VOLUME } from "./bar_columns.ts";
import { BatchCache, type BatchSource } from "./batch_cache.ts";
import { FeedLatency, LateBars, LateEvents } from "./feed_latency.ts";
import type { TapeBatch } from "./tape_reader.ts";

const DAY = 86_400;
const BOTH = AT_EXCHANGE | AT_LOCAL;

/** An event tape of one batch: each row its exchange time in seconds and its flags. */
function eventsAt(rows: readonly (readonly [sec: number, flags: number])[]): BatchSource {
  const batch: TapeBatch = {
    rows: rows.length,
    exchange: int64(rows.map(([sec]) => sec * 1e9)),
    local: int64(rows.map(([sec]) => sec * 1e9)),
    price: int64(rows.map((_, i) => i)),
    size: int64(rows.map(() => 1)),
    kind: new Uint8Array(rows.length).fill(DEPTH),
    side: new Int8Array(rows.length).fill(1),
    flags: Uint8Array.from(rows, ([, flags]) => flags),
    order: undefined,
  };
  return { name: "made", checked: true, batches: 1, rowsIn: () => rows.length, batch: () => batch };
}

function int64(values: readonly number[]): Int32Array {
  return new Int32Array(BigInt64Array.from(values, BigInt).buffer);
}

Deno.test("FeedLatency: rows of a message share one draw, rows for us alone are gone, none overtakes", () => {
  const drawn = [5e9, 1e9, 0];
  const model = { name: "drawn", latency: () => drawn.shift()! };
  const tape = eventsAt([[0, BOTH], [0, BOTH | LAST], [1, AT_LOCAL | LAST], [2, AT_EXCHANGE | LAST], [9, BOTH | LAST]]);
  const columns = new FeedLatency(new BatchCache(tape, 0), model, 0, LateEvents).columns(0);
  assertEquals([0, 1, 3, 4].map((row) => columns.timeOf(AT_LOCAL, row)), [5e9, 5e9, 5e9, 9e9]);
  assertEquals([...columns.flags.subarray(0, 5)], [BOTH, BOTH | LAST, 0, BOTH | LAST, BOTH | LAST]);
  assertEquals([columns.seek(AT_LOCAL, 0, 5e9), columns.seek(AT_LOCAL, 0, 6e9)], [0, 4]);
});

Deno.test("FeedLatency: events too far ahead to be exact reach us once times are counted from a later era", () => {
  const model = { name: "constant", latency: () => 1e9 };
  const tape = eventsAt([[0, BOTH | LAST], [200 * DAY, BOTH | LAST], [400 * DAY, BOTH | LAST]]);
  const late = new FeedLatency(new BatchCache(tape, 0), model, 0, LateEvents);
  const times = () => [0, 1, 2].map((row) => late.columns(0).timeOf(AT_LOCAL, row));
  assertEquals(times(), [1e9, Infinity, Infinity]);
  late.rebase(3);
  assertEquals(times(), [1e9 - 3 * ERA, 200 * DAY * 1e9 + 1e9 - 3 * ERA, Infinity]);
  late.rebase(7);
  assertEquals(times()[2], 400 * DAY * 1e9 + 1e9 - 7 * ERA);
});

Deno.test("FeedLatency: a bar is seen some time after its close, never before the one ahead of it", () => {
  const drawn = [5e9, 1e9, 90e9, 0, 0, 7e9];
  const model = { name: "drawn", latency: (now: number) => drawn[Math.round((now + 1) / 6e10) - 1] };
  const late = new FeedLatency(new BarCache(tapeOfBars(6, 60), 0), model, 0, LateBars);
  const columns = late.columns(0);
  const close = (bar: number) => (bar + 1) * 6e10 - 1;
  const seen = [close(0) + 5e9, close(1) + 1e9, close(2) + 90e9, close(2) + 90e9, close(4), close(5) + 7e9];
  assertEquals([...columns.local.subarray(0, 6)], seen);
  assertEquals([columns.timeOf(AT_EXCHANGE, 2), columns.timeOf(AT_LOCAL, 2)], [12e10, seen[2]]);
  assertEquals([columns.rows, columns.close[3], columns.at(VOLUME, 3), late.eraAt(0, 3)], [6, 6, 15, 0]);
  assertEquals(columns.seek(AT_LOCAL, 0, seen[3] + 1), 4);
});

Deno.test("FeedLatency: what was drawn for bars stays drawn when times are counted from another era", () => {
  let draws = 0;
  const model = { name: "counted", latency: () => 1e9 * ++draws };
  const late = new FeedLatency(new BarCache(tapeOfBars(200, DAY), 0), model, 0, LateBars);
  assertEquals(late.columns(0).local[199], Infinity);
  late.rebase(2);
  assertEquals(late.columns(0).local[199], 200 * DAY * 1e9 - 2 * ERA - 1 + 200e9);
  assertEquals([late.columns(0).local[0], draws], [DAY * 1e9 - 1 + 1e9 - 2 * ERA, 200]);
});

Deno.test("FeedLatency: a model can go by what was recorded, and is asked for no row before it is in reach", () => {
  const asked: number[] = [];
  const twice = { name: "twice", latency: (now: number, feed: number) => (asked.push(now), 2 * feed) };
  const at = (exchange: number, latency: number) => ({ exchange, local: BigInt(exchange) + BigInt(latency) });
  const tape = madeTape([at(0, 5), at(100, 7), at(200 * DAY * 1e9, 11)]);
  const late = new FeedLatency(new BatchCache(tape, 0), twice, 0, LateEvents);
  const times = () => [0, 1, 2].map((row) => late.columns(0).timeOf(AT_LOCAL, row));
  assertEquals([times(), asked], [[10, 114, Infinity], [0, 100]]);
  late.rebase(3);
  assertEquals(times()[2], 200 * DAY * 1e9 - 3 * ERA + 22);
  assertEquals(asked, [0, 100, 200 * DAY * 1e9 - 3 * ERA]);
});
