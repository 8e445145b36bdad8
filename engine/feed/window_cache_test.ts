import { assertEquals } from "@std/assert";
import { AT_LOCAL } from "../core/event.ts";
import { tapeOfBars } from "./_tape_of_bars.ts";
import { BarCache, VOLUME } from "./bar_columns.ts";
import { WINDOW } from "./window_cache.ts";

Deno.test("WindowCache: a window that is asked for again and again stays, however far another cursor goes", () => {
  const rows = 40 * WINDOW;
  const cache = new BarCache(tapeOfBars(rows, 60), 0);
  const ours = cache.columns(1);
  for (let window = 2; window < cache.windows; window++) {
    assertEquals(cache.columns(1) === ours, true);
    const theirs = cache.columns(window);
    assertEquals(theirs.at(VOLUME, 7), 5 * (window * WINDOW + 7));
    assertEquals([ours.at(VOLUME, 9), ours.timeOf(AT_LOCAL, 9)], [5 * (WINDOW + 9), (WINDOW + 10) * 6e10 - 1]);
  }
});

Deno.test("WindowCache: looking up an era in another batch leaves windows at hand as they are", () => {
  const cache = new BarCache(tapeOfBars(200_000, 60), 0);
  const windows = [0, 20, 40].map((index) => ({ index, columns: cache.columns(index) }));
  for (let index = 0; index < cache.windows; index++) {
    cache.eraAt(index, 0);
    for (const { index, columns } of windows) assertEquals(columns.at(VOLUME, 3), 5 * (index * WINDOW + 3));
  }
});
