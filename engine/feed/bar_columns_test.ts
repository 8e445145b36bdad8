import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ERA } from "../core/clock.ts";
import { AT_EXCHANGE, AT_LOCAL } from "../core/event.ts";
import { tapeOfBars } from "./_tape_of_bars.ts";
import { BarCache, type BarColumns, CLOSE, HIGH, LOW, OPEN, seekBar, VOLUME } from "./bar_columns.ts";

const DAY = 86_400;

function read(columns: BarColumns, row: number): number[] {
  return [OPEN, HIGH, LOW, CLOSE, VOLUME].map((what) => columns.at(what, row));
}

Deno.test("BarCache: windows over several batches hold every bar, with two cursors at once", () => {
  const count = 140_000;
  const cache = new BarCache(tapeOfBars(count, 60), 0);
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
  const cache = new BarCache(tapeOfBars(200, DAY), 0);
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
  const cache = new BarCache(tapeOfBars(3, 200 * DAY), 0);
  assertEquals([cache.eraAt(0, 0), cache.eraAt(0, 1)], [3, 3]);
  cache.rebase(3);
  assertEquals([cache.eraAt(0, 1), cache.eraAt(0, 2)], [7, 7]);
});

Deno.test("seekBar: finds the first bar that is not before a time (fuzz)", () => {
  const columns = new BarCache(tapeOfBars(300, 1), 0).columns(0);
  fc.assert(fc.property(fc.nat(300), fc.integer({ min: -2e9, max: 302e9 }), fc.boolean(), (from, limit, local) => {
    const clock = local ? AT_LOCAL : AT_EXCHANGE;
    let row = from;
    while (row < columns.rows && columns.timeOf(clock, row) < limit) row++;
    assertEquals(seekBar(columns, clock, from, limit), row);
    assertEquals(columns.seek(clock, from, limit), row);
  }));
});
