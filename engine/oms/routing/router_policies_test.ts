import { assertEquals } from "@std/assert";
import { SELL } from "../../core/event.ts";
import { LATER, type MadeVenue, outcome, route, told } from "./_venues.ts";
import type { RouteRequest, RouterSettings } from "./route_request.ts";

const A = "100×5 101×5 102×9 | 99×4 98×8", B = "100×3 102×9 | 99×9 97×9", C = "101×4 103×9 | 98×3";

type Row = readonly [
  what: string,
  request: Partial<RouteRequest>,
  venues: Readonly<Record<string, MadeVenue>>,
  children: string,
  outcome: string,
  use?: RouterSettings,
];

const free = { a: { book: A }, b: { book: B }, c: { book: C } };
const SCENARIOS: readonly Row[] = [
  [
    "sweep: the best levels first, venues by name at one price",
    {},
    free,
    "a 100×5, b 100×3, a 101×2",
    "filled 10/10 in 1",
  ],
  ["sweep: sales go down the bids", { side: SELL }, free, "a 99×4, b 99×6", "filled 10/10 in 1"],
  [
    "sweep: a taker's fee makes the best price a worse one",
    {},
    { a: { book: A, fees: ["0", "0.02"] }, b: { book: B }, c: { book: C } },
    "b 100×3, c 101×4, a 100×3",
    "filled 10/10 in 1",
  ],
  [
    "sweep: a rebate makes a worse price the best",
    { size: 4 },
    { a: { book: A }, b: { book: B }, c: { book: C, fees: ["0", "-0.0101"] } },
    "c 101×4",
    "filled 4/4 in 1",
  ],
  [
    "sweep: the router's own table goes before the model's rates",
    { size: 4 },
    { a: { book: A }, b: { book: B }, c: { book: C, fees: ["0", "0.5"] } },
    "c 101×4",
    "filled 4/4 in 1",
    { venues: { c: { taker: "-0.0101" } } },
  ],
  [
    "sweep: not beyond the limit",
    { limit: 101, size: 30 },
    free,
    "a 100×5, b 100×3, a 101×5, c 101×4",
    "ended 17/30 NO_LIQUIDITY in 1",
  ],
  ["sweep: equal prices by the latency the router was told", { size: 4 }, free, "b 100×3, a 100×1", "filled 4/4 in 1", {
    venues: { a: { latency: "2ms" }, b: { latency: "1ms" } },
  }],
  [
    "sweep: one child for each venue, at its worst level",
    { size: 16, children: "venue" },
    free,
    "a 101×10, b 100×3, c 101×3",
    "filled 16/16 in 1",
  ],
  [
    "sweep: venues that may be used",
    { venues: ["b", "X@c"], size: 8 },
    free,
    "b 100×3, c 101×4, b 102×1",
    "filled 8/8 in 1",
  ],
  [
    "sweep: more than all books hold",
    { size: 99 },
    free,
    "a 100×5, b 100×3, a 101×5, c 101×4, a 102×9, b 102×9, c 103×9",
    "ended 44/99 NO_LIQUIDITY in 1",
  ],
  [
    "sweep: a venue's smallest order is kept to, by size and by value",
    { size: 8 },
    free,
    "a 101×5, c 101×3",
    "filled 8/8 in 1",
    { venues: { a: { minNotional: "501" }, b: { minSize: "4" } } },
  ],
  ["best_price: a level a round", { policy: "best_price" }, free, "a 100×5, b 100×3, a 101×2", "filled 10/10 in 3"],
  [
    "best_price: as many rounds as there may be",
    { policy: "best_price" },
    free,
    "a 100×5, b 100×3",
    "ended 8/10 ROUTE_ROUNDS in 2",
    { rounds: 2 },
  ],
  [
    "pro_rata: by what stands at the best prices",
    { policy: "pro_rata", size: 6 },
    free,
    "a 100×3, b 100×1, c 101×2",
    "filled 6/6 in 1",
  ],
  [
    "pro_rata: by all within the limit",
    { policy: "pro_rata", size: 8, limit: 101 },
    free,
    "a 100×5, b 100×2, c 101×1",
    "filled 8/8 in 1",
  ],
  [
    "pro_rata: more than is shown takes all that is",
    { policy: "pro_rata", size: 20, limit: 101 },
    free,
    "a 100×5, b 100×3, a 101×5, c 101×4",
    "ended 17/20 NO_LIQUIDITY in 1",
  ],
  [
    "explicit: each its part",
    { policy: "explicit", weights: { c: 1, a: 3 }, size: 8 },
    free,
    "a 100×5, a 101×1, c 101×2",
    "filled 8/8 in 1",
  ],
  [
    "explicit: what rounding leaves goes to the first",
    { policy: "explicit", weights: { c: 1, b: 1 }, size: 5, limit: 102 },
    free,
    "b 100×2, c 101×3",
    "filled 5/5 in 1",
  ],
  [
    "explicit: what a venue cannot take stays",
    { policy: "explicit", weights: { b: 1, c: 1 }, size: 20, limit: 101 },
    free,
    "b 100×3, c 101×4",
    "ended 7/20 NO_LIQUIDITY in 1",
  ],
  [
    "gtc: what is left rests at the limit where resting is cheapest",
    { tif: "gtc", limit: 100, size: 12 },
    {
      a: { book: A },
      b: { book: B, fees: ["-0.0001", "0"] },
      c: { book: C },
    },
    "a 100×5, b 100×3, b 100×4 [4]*",
    "resting 8/12 in 2",
  ],
  ["gtc: nothing to take rests at once", { tif: "gtc", limit: 90, size: 3 }, free, "a 90×3 [3]*", "resting 0/3 in 1"],
  [
    "gtc: explicit parts rest each at its own venue",
    { tif: "gtc", limit: 99, size: 4, policy: "explicit", weights: { b: 1, c: 1 } },
    free,
    "b 99×2 [2]*, c 99×2 [2]*",
    "resting 0/4 in 1",
  ],
  [
    "gtc: what rests is filled by the market",
    { tif: "gtc", limit: 99, size: 3, venues: ["b"] },
    { a: { book: A }, b: { book: B, later: [[5, "trade 98 20"], ...LATER] } },
    "b 99×3*",
    "filled 3/3 in 1",
  ],
  [
    "grids: the finer lot takes what the coarser cannot",
    { size: "2.5" },
    { a: { book: "100×9 | 1×1" }, b: { book: "1001×30 | 1×1", spec: { tick: "0.1", lot: "0.1" } } },
    "a 100×2, b 1001×5",
    "filled 2.5/2.5 in 1",
  ],
  [
    "grids: a contract of several units is counted in units",
    { size: 10 },
    { a: { book: "101×9 | 1×1" }, b: { book: "1000×3 | 1×1", spec: { tick: "0.1", multiplier: "3" } } },
    "b 1000×3, a 101×1",
    "filled 10/10 in 1",
  ],
  [
    "grids: less than any lot is told",
    { size: "0.5" },
    { a: { book: A }, b: { book: B, spec: { lot: "2.5" } } },
    "",
    "ended 0/0.5 ORDER_SIZE_MIN in 0",
  ],
  [
    "a halted venue is left out",
    { size: 4 },
    { a: { book: A, later: [[0, "halt"], ...LATER] }, b: { book: B } },
    "b 100×3, b 102×1",
    "filled 4/4 in 1",
  ],
  [
    "a stale venue is left out",
    { size: 4 },
    { a: { book: A, later: [[0, "gap"], ...LATER] }, b: { book: B } },
    "b 100×3, b 102×1",
    "filled 4/4 in 1",
  ],
  [
    "a silent venue is left out",
    { size: 4 },
    { a: { book: A }, b: { book: B, later: [[1, "bid 2 1"], ...LATER] } },
    "b 100×3, b 102×1",
    "filled 4/4 in 1",
    { silence: "1us" },
  ],
  [
    "no venue at all",
    {},
    { a: { book: A, later: [[0, "halt"]] }, b: { book: B, later: [[0, "gap"], ...LATER] } },
    "",
    "ended 0/10 NO_VENUE in 0",
  ],
];

for (const [what, request, venues, children, comes, use] of SCENARIOS) {
  Deno.test(`Router: ${what}`, () => {
    const view = route(request, venues, { silence: "2m", ...use });
    assertEquals([told(view), outcome(view)], [children, comes]);
  });
}
