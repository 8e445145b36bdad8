import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ERA } from "../core/clock.ts";
import { AT_EXCHANGE, AT_LOCAL } from "../core/event.ts";
import { BarCache, type BarColumns, CLOSE, HIGH, LOW, OPEN, seekBar, VOLUME } from "./bar_columns.ts";
import { BarLatency } from "./bar_latency.ts";
import type { ByteSource } from "./byte_source.ts";
import { MemoryFile } from "./memory_file.ts";
import { TapeReader } from "./tape_reader.ts";
import { TapeBars } from "./tape_rows.ts";

const DAY = 86_400;

/** A tape of bars `sec` long whose prices and volumes tell their place, read as from a disk: into buffers. */
function tapeOf(count: number, sec: number): TapeReader {
  const file = new MemoryFile();
  const tape = new TapeBars(file);
  for (let i = 0; i < count; i++) {
    const openSec = i * sec;
    const prices = { open: i + 2, high: i + 4, low: i + 1, close: i + 3, volume: 5 * i };
    Object.assign(tape.bar, { openSec, openNs: 0, closeSec: openSec + sec - 1, closeNs: 999_999_999, ...prices });
    tape.add();
  }
  tape.flush();
  tape.writer!.finish({
    instrument: { symbol: "X", venue: "test", tick: "1", lot: "1" },
    gaps: { count: 0, first: [] },
    skew: { policy: "keep", shiftNs: 0 },
    source: { format: "test", files: [] },
  }, { update: () => {}, hex: () => "" });
  const source: ByteSource = { name: "test", size: file.size, read: (offset, into) => file.read(offset, into) };
  return new TapeReader(source);
}

function read(columns: BarColumns, row: number): number[] {
  return [OPEN, HIGH, LOW, CLOSE, VOLUME].map((what) => columns.at(what, row));
}

Deno.test("BarCache: windows over several batches hold every bar, with two cursors at once", () => {
  const count = 140_000;
  const cache = new BarCache(tapeOf(count, 60), 0);
  let bar = 0;
  for (let window = 0; window < cache.windows; window++) {
    const behind = window > 0 ? cache.columns(window - 1) : undefined;
    const columns = cache.columns(window);
    if (behind) assertEquals(read(behind, behind.rows - 1), [bar + 1, bar + 3, bar, bar + 2, 5 * (bar - 1)]);
    for (let row = 0; row < columns.rows; row++, bar++) {
      if (row > 2 && row < columns.rows - 2) continue;
      assertEquals(read(columns, row), [bar + 2, bar + 4, bar + 1, bar + 3, 5 * bar]);
      assertEquals([columns.close[row], columns.price[row], columns.size[row]], [bar + 3, bar + 3, 5 * bar]);
      assertEquals([columns.timeOf(AT_EXCHANGE, row), columns.timeOf(AT_LOCAL, row)], [
        bar * 6e10,
        bar * 6e10 + 6e10 - 1,
      ]);
    }
  }
  assertEquals(bar, count);
});

Deno.test("BarCache: times count from the era asked for, and those too far ahead are Infinity", () => {
  const cache = new BarCache(tapeOf(200, DAY), 0);
  const columns = cache.columns(0);
  const at = (row: number) => columns.timeOf(AT_EXCHANGE, row);
  assertEquals([at(0), at(104), at(105), at(199)], [0, 104 * DAY * 1e9, Infinity, Infinity]);
  cache.rebase(2);
  assert(cache.columns(0) === columns);
  assertEquals(at(105), 105 * DAY * 1e9 - 2 * ERA);
  assertEquals(columns.local[0], DAY * 1e9 - 1 - 2 * ERA);
  assertEquals(read(columns, 199), [201, 203, 200, 202, 995]);
});

Deno.test("BarCache: the era ahead is the one in which a bar opens, or closes once it is open", () => {
  const cache = new BarCache(tapeOf(3, 200 * DAY), 0);
  assertEquals([cache.eraAt(0, 0), cache.eraAt(0, 1)], [3, 3]);
  cache.rebase(3);
  assertEquals([cache.eraAt(0, 1), cache.eraAt(0, 2)], [7, 7]);
});

Deno.test("seekBar: finds the first bar that is not before a time (fuzz)", () => {
  const columns = new BarCache(tapeOf(300, 1), 0).columns(0);
  fc.assert(fc.property(fc.nat(300), fc.integer({ min: -2e9, max: 302e9 }), fc.boolean(), (from, limit, local) => {
    const clock = local ? AT_LOCAL : AT_EXCHANGE;
    let row = from;
    while (row < columns.rows && columns.timeOf(clock, row) < limit) row++;
    assertEquals(seekBar(columns, clock, from, limit), row);
    assertEquals(columns.seek(clock, from, limit), row);
  }));
});

Deno.test("BarLatency: a bar is seen some time after its close, never before the one ahead of it", () => {
  const drawn = [5e9, 1e9, 90e9, 0, 0, 7e9];
  const model = { name: "drawn", latency: (now: number) => drawn[Math.round((now + 1) / 6e10) - 1] };
  const late = new BarLatency(new BarCache(tapeOf(6, 60), 0), model, 0);
  const columns = late.columns(0);
  const close = (bar: number) => (bar + 1) * 6e10 - 1;
  const seen = [close(0) + 5e9, close(1) + 1e9, close(2) + 90e9, close(2) + 90e9, close(4), close(5) + 7e9];
  assertEquals([...columns.local], seen);
  assertEquals([columns.timeOf(AT_EXCHANGE, 2), columns.timeOf(AT_LOCAL, 2)], [12e10, seen[2]]);
  assertEquals([columns.rows, columns.close[3], columns.at(VOLUME, 3), late.eraAt(0, 3)], [6, 6, 15, 0]);
  assertEquals(columns.seek(AT_LOCAL, 0, seen[3] + 1), 4);
});

Deno.test("BarLatency: what was drawn stays drawn when times are counted from another era", () => {
  let draws = 0;
  const model = { name: "counted", latency: () => 1e9 * ++draws };
  const late = new BarLatency(new BarCache(tapeOf(200, DAY), 0), model, 0);
  assertEquals(late.columns(0).local[199], Infinity);
  late.rebase(2);
  assertEquals(late.columns(0).local[199], 200 * DAY * 1e9 - 2 * ERA - 1 + 200e9);
  assertEquals([late.columns(0).local[0], draws], [DAY * 1e9 - 1 + 1e9 - 2 * ERA, 200]);
});
