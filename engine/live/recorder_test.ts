import { assertEquals, assertThrows } from "@std/assert";
import { AT_EXCHANGE, AT_LOCAL, BUY, DEPTH, LAST } from "../core/event.ts";
import type { RowSink } from "../feed/row.ts";
import { TapeReader } from "../feed/tape_reader.ts";
import { FakeTimers } from "./_fake_timers.ts";
import { MemoryStore } from "./_memory_store.ts";
import type { LiveEvent } from "./live_event.ts";
import { Recorder, type RecorderOptions } from "./recorder.ts";

const SECOND = 1_000_000_000n;
const instrument = (symbol: string) => ({ symbol, venue: "made", tick: "1", lot: "1" });

function made(store = new MemoryStore(), more: Partial<RecorderOptions> = {}) {
  const timers = new FakeTimers(), events: LiveEvent[] = [];
  const tools = {
    timers,
    wall: () => BigInt(timers.now()) * 1_000_000n,
    tell: (event: LiveEvent) => void events.push(event),
  };
  const instruments = new Map(["A", "B"].map((symbol) => [symbol, instrument(symbol)]));
  const recorder = new Recorder({ venue: "made", format: "binance", instruments, store, tools, ...more });
  return { recorder, store, timers, events };
}

/** One message of one row. */
function add({ row }: RowSink, sink: RowSink, second: number): void {
  Object.assign(row, { kind: DEPTH, side: BUY, price: second, size: 1, flags: AT_EXCHANGE | AT_LOCAL | LAST });
  Object.assign(row, { exchangeSec: second, exchangeNs: 0, localSec: second, localNs: 5 });
  sink.add();
}

Deno.test("Recorder: lines of each instrument stay apart, in the order in which they came; those of none have a file too", async () => {
  const { recorder, store, timers } = made();
  recorder.line("A", "1 {}");
  recorder.line("B", "2 {}");
  recorder.line("", "3 {\n}");
  recorder.line("A", "4 {}");
  recorder.line("C", "5 {}");
  assertEquals(store.frames.size, 0);
  timers.pass(1000);
  assertEquals([...store.frames], [[".1", "3 { }\n5 {}\n"], ["A.1", "1 {}\n4 {}\n"], ["B.1", "2 {}\n"]]);
  await recorder.close();
  assertEquals([store.last?.lines, store.last?.whole, store.closed], [5, true, true]);
  recorder.line("A", "6 {}");
  assertEquals(store.frames.get("A.1"), "1 {}\n4 {}\n", "nothing after its end");
});

Deno.test("Recorder: a line that made no sense is kept apart from its capture", async () => {
  const { recorder, store, timers } = made();
  recorder.line("A", "1 {}");
  recorder.line("A", "2 {broken");
  recorder.refused("A");
  recorder.line("A", "3 {}");
  timers.pass(1000);
  recorder.refused("A");
  recorder.refused("C");
  await recorder.close();
  assertEquals([...store.frames], [[".1", "2 {broken\n"], ["A.1", "1 {}\n3 {}\n"]]);
});

Deno.test("Recorder: another part begins by size or by time, of frames at once and of rows between two messages", async () => {
  const { recorder, store, timers } = made(undefined, { rotate: { bytes: 10, ms: 60_000 } });
  const sink = recorder.sink("A");
  recorder.line("A", "123456789");
  timers.pass(1000);
  recorder.line("A", "next");
  for (let second = 0; second < 2000; second++) add(sink, sink, second);
  timers.pass(1000);
  recorder.line("B", "slow");
  timers.pass(60_000);
  recorder.line("B", "later");
  await recorder.close();
  assertEquals([...store.frames], [["A.1", "123456789\n"], ["A.2", "next\n"], ["B.1", "slow\n"], ["B.2", "later\n"]]);
  const parts = ["A.1", "A.2", "A.3"].map((name) => new TapeReader(store.tapes.get(name)!));
  assertEquals(parts.reduce((sum, { meta }) => sum + meta.rows, 0), 2000);
  const first = parts[0].batch(0), second = parts[1].batch(0);
  assertEquals(first.price[2 * (first.rows - 1)] + 1, second.price[0], "they continue each other");
});

Deno.test("Recorder: what is final reaches a tape within ten seconds, however slowly rows come", () => {
  const { recorder, store, timers } = made();
  const sink = recorder.sink("A");
  for (const second of [0, 40, 80]) add(sink, sink, second);
  const empty = store.tapes.get("A.1")!.size;
  timers.pass(10_000);
  assertEquals(store.tapes.get("A.1")!.size > empty, true);
});

Deno.test("Recorder: what cannot be written is told once, stops it, and leaves what there is", async () => {
  const { recorder, store, events } = made();
  const failures: Error[] = [];
  recorder.onFailed = (error) => failures.push(error);
  const sink = recorder.sink("A");
  add(sink, sink, 1);
  recorder.line("A", "before");
  store.onFailed(new Error("Cannot write: the disk is full"));
  store.onFailed(new Error("Cannot write: the disk is full"));
  recorder.line("A", "after");
  add(sink, sink, 2);
  await recorder.close();
  assertEquals(failures.length, 1);
  assertEquals(events.map(({ name, message }) => `${name} ${message}`), [
    "JOURNAL_FAILED the recording stopped: Cannot write: the disk is full",
  ]);
  assertEquals([store.frames.get("A.1"), store.closed], [undefined, true]);
  assertEquals(store.metas.get("A.1")?.incomplete?.reason, "Cannot write: the disk is full");
  assertEquals(store.metas.get("A.1")?.rows, 1);
});

Deno.test("Recorder: a row that no tape can take stops it, and is not thrown at who decodes", () => {
  const { recorder } = made();
  const sink = recorder.sink("A");
  add(sink, sink, 100);
  for (let second = 100; second < 2000; second++) add(sink, sink, second);
  add(sink, sink, 1);
  assertEquals(recorder.failure?.message.startsWith("Cannot read the source"), true);
  assertThrows(() => recorder.sink("C"), RangeError, "Cannot record C: it is not among what is recorded");
});

Deno.test("Recorder: the report says when what was missing, and why", async () => {
  const { recorder, store, timers } = made();
  const told = (name: LiveEvent["name"], more: Partial<LiveEvent>) => {
    recorder.hear({ name, venue: "made", message: "", ...more });
    timers.pass(2000);
  };
  told("MARKET_GAP", { symbol: "A", message: "update 7 is missing" });
  told("MARKET_GAP", { symbol: "A", message: "and 9" });
  told("MARKET_WHOLE", { symbol: "A" });
  told("RECONNECTING", { connection: "book stream", message: "it ended (1006)" });
  told("FRAME_REFUSED", { message: "broken JSON" });
  await recorder.close();
  const { books, connections, refused, whole } = store.last!;
  assertEquals(books, {
    A: {
      count: 1,
      ms: 4000,
      first: [{
        from: "1970-01-01T00:00:00.000Z",
        to: "1970-01-01T00:00:04.000Z",
        ms: 4000,
        why: "update 7 is missing",
      }],
    },
  });
  assertEquals([connections["book stream"].count, connections["book stream"].ms], [1, 4000]);
  assertEquals([refused.count, whole], [1, false]);
});

Deno.test("Recorder: one that goes on counts parts from where it was, and says what is missing between", async () => {
  const resumed = {
    last: 0n,
    torn: [{ file: "frames/A.0003.zst", bytes: 7 }],
    tapes: [],
    ends: new Map([["A", { exchange: 4n * SECOND, local: 5n * SECOND + 1n }]]),
  };
  const { recorder, store } = made(new MemoryStore(4, resumed));
  recorder.line("A", "next");
  recorder.line("", "other");
  await recorder.close();
  assertEquals([...store.frames], [[".4", "other\n"], ["A.4", "next\n"]]);
  const { counts, span, gaps } = store.metas.get("A.4")!;
  assertEquals([counts, gaps.count, span?.exchangeLast, span?.localLast], [{ gap: 1 }, 1, "4000000000", "5000000001"]);
  assertEquals(store.metas.get("B.4")!.rows, 0);
  assertEquals([store.last!.stops[0].why, store.last!.torn], ["the recorder was killed", resumed.torn]);
});
