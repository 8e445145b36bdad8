import { assertEquals } from "@std/assert";
import { linesOf } from "./ladder_lines.ts";

Deno.test("linesOf: own orders stand on their side, between levels, above and below them", () => {
  const asks = linesOf([[101, 4], [103, 2]], new Map([[100, 1], [102, 3], [103, 5], [104, 6]]), 1, 10);
  assertEquals(asks, [
    { ticks: 100, lots: 0, own: 1 },
    { ticks: 101, lots: 4, own: 0 },
    { ticks: 102, lots: 0, own: 3 },
    { ticks: 103, lots: 2, own: 5 },
    { ticks: 104, lots: 0, own: 6 },
  ]);
});

Deno.test("linesOf: bids from the top, and no more lines than there is room for", () => {
  const bids = linesOf([[99, 1], [98, 1], [97, 1]], new Map([[90, 9]]), -1, 3);
  assertEquals(bids.map(({ ticks }) => ticks), [99, 98, 97]);
});
