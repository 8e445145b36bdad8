import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { codeName } from "../../core/codes.ts";
import { BUY, SELL, SPLIT } from "../../core/event.ts";
import type { Context } from "../../core/strategy.ts";
import { madeTape } from "../../feed/_made_tape.ts";
import { minutes, type Second, seconds, START, worked } from "./_worked.ts";
import type { ParentRequest } from "./parent_request.ts";

type Request = Omit<ParentRequest, "side"> & { readonly side?: number };
type Row = readonly [what: string, request: Request, sent: string, ended: string, market?: (second: number) => Second];

/** Runs rows of a table: a request, what is sent at which second, and how it ends. */
function table(name: string, rows: readonly Row[]): void {
  Deno.test(name, () => {
    for (const [what, request, sent, ended, market] of rows) {
      const done = worked(request, seconds(30, market));
      assertEquals([what, done.sent, done.ended], [what, sent, ended]);
    }
  });
}

const TEN = { size: 10, over: "10s", slice: "2s" };
const DEAR = { size: 7, over: "3s", slice: "1s", limit: 100 };
const rising = (second: number): Second => ({ bid: 99 + second, ask: 101 + second });

table("Parents: twap, vwap and is send so many lots in each slice", [
  ["even slices", { algo: "twap", ...TEN }, "0s 2, 2s 2, 4s 2, 6s 2, 8s 2", "Filled 10 at 101"],
  [
    "lots that do not divide",
    { algo: "twap", size: 7, over: "3s", slice: "1s" },
    "0s 2, 1s 3, 2s 2",
    "Filled 7 at 101",
  ],
  [
    "a last slice that is shorter",
    { algo: "twap", size: 10, over: "5s", slice: "2s" },
    "0s 4, 2s 4, 4s 2",
    "Filled 10 at 101",
  ],
  ["ten slices unless said", { algo: "twap", size: 3, over: "10s" }, "1s 1, 4s 1, 8s 1", "Filled 3 at 101"],
  ["no time at all", { algo: "twap", size: 3, over: "0ns" }, "0s 3", "Filled 3 at 101"],
  [
    "a volume curve",
    { algo: "vwap", size: 10, over: "3s", slice: "1s", curve: [1, 3, 6] },
    "0s 1, 1s 3, 2s 6",
    "Filled 10 at 101",
  ],
  [
    "a curve in other parts than slices",
    { algo: "vwap", size: 12, over: "4s", slice: "1s", curve: [1, 3] },
    "0s 2, 1s 1, 2s 5, 3s 4",
    "Filled 12 at 101",
  ],
  [
    "Almgren and Chriss, by hand",
    { algo: "is", size: 80, over: "3s", slice: "1s", riskAversion: 0.25, volatility: 4, impact: 4 },
    "0s 50, 1s 20, 2s 10",
    "Filled 80 at 101",
  ],
  [
    "without aversion to risk",
    { algo: "is", size: 9, over: "3s", slice: "1s", riskAversion: 0, volatility: 4, impact: 4 },
    "0s 3, 1s 3, 2s 3",
    "Filled 9 at 101",
  ],
  ["sold", { algo: "twap", side: SELL, ...TEN }, "0s 2, 2s 2, 4s 2, 6s 2, 8s 2", "Filled 10 at 99"],
]);

table("Parents: children keep to the least and the most, and leave nothing behind that is too small", [
  ["too small a slice waits", { algo: "twap", ...TEN, minSize: 4 }, "2s 4, 6s 6", "Filled 10 at 101"],
  [
    "too large a slice is split",
    { algo: "twap", size: 20, over: "4s", slice: "2s", maxSize: 3 },
    "0s 3, 0s 3, 0s 3, 0s 1, 2s 3, 2s 3, 2s 3, 2s 1",
    "Filled 20 at 101",
  ],
  [
    "split so that the last is large enough",
    { algo: "twap", size: 7, over: "0ns", minSize: 2, maxSize: 3 },
    "0s 3, 0s 2, 0s 2",
    "Filled 7 at 101",
  ],
  ["least value: 300 is 3 lots at 100", { algo: "twap", ...TEN, minNotional: 300 }, "2s 4, 6s 6", "Filled 10 at 101"],
  ["less than the least from the start", { algo: "twap", ...TEN, minSize: 11 }, "", "Expired 0"],
]);

table("Parents: what is left when the time is over", [
  ["cancelled unless said", { algo: "twap", ...DEAR }, "", "Expired 0"],
  ["market: at the limit all the same", { algo: "twap", ...DEAR, rest: "market" }, "3s 7@100", "Expired 0"],
  [
    "market: again as long as there is some",
    { algo: "twap", ...DEAR, rest: "market" },
    "3s 7@100, 3s 4@100",
    "Expired 3 at 100",
    (i) => i < 3 ? {} : { ask: 100, askLots: 3 },
  ],
  [
    "rest: at the limit",
    { algo: "twap", ...DEAR, rest: "rest" },
    "3s 7@100",
    "Filled 7 at 100",
    (i) => i < 6 ? {} : { ask: 100 },
  ],
  [
    "rest: at the touch where there is no limit",
    { algo: "pov", size: 7, over: "3s", rate: 0.01, rest: "rest" },
    "3s 7@99",
    "Filled 7 at 99",
    (i) => i < 6 ? {} : { bid: 97, ask: 98 },
  ],
  [
    "a resting child goes first",
    { algo: "iceberg", size: 9, limit: 99, display: 3, over: "3s", rest: "market" },
    "0s 3@99, 3s 9@99",
    "Expired 0",
  ],
]);

table("Parents: style post rests for a slice, and then takes", [
  [
    "never filled as it rests",
    { algo: "twap", size: 9, over: "3s", slice: "1s", style: "post", rest: "market" },
    "0s 3@99, 1s 3, 1s 3@99, 2s 3, 2s 3@99, 3s 3",
    "Filled 9 at 101",
  ],
  [
    "filled as it rests",
    { algo: "twap", size: 9, over: "3s", slice: "1s", style: "post" },
    "0s 3@99, 1s 3@99, 2s 3@99",
    "Filled 9 at 99",
    () => ({ sold: 120 }),
  ],
  [
    "no better than the limit",
    { algo: "twap", size: 2, over: "2s", slice: "1s", style: "post", limit: 97 },
    "0s 1@97, 1s 2@97",
    "Expired 0",
  ],
]);

table("Parents: pov follows the market's volume as it is heard", [
  ["half of ten a second", { algo: "pov", size: 20, rate: 0.5 }, "0.5s 5, 1.5s 5, 2.5s 5, 3.5s 5", "Filled 20 at 101"],
  [
    "all looks apart by a slice",
    { algo: "pov", size: 20, rate: 0.5, slice: "2s" },
    "0.5s 5, 2.5s 10, 4.5s 5",
    "Filled 20 at 101",
  ],
  ["nothing trades", { algo: "pov", size: 20, rate: 0.5, over: "9s" }, "", "Expired 0", () => ({ bought: 0 })],
  ["whole lots are owed", { algo: "pov", size: 3, rate: 0.04 }, "2.5s 1, 4.5s 1, 7.5s 1", "Filled 3 at 101"],
]);

table("Parents: icebergs and snipers look at the book", [
  [
    "iceberg: the next when one is filled",
    { algo: "iceberg", size: 12, limit: 99, display: 5 },
    "0s 5@99, 2.5s 5@99, 5.5s 2@99",
    "Filled 12 at 99",
    () => ({ bought: 0, sold: 40 }),
  ],
  [
    "iceberg: takes what is there",
    { algo: "iceberg", size: 12, limit: 101, display: 5 },
    "0s 5@101, 0s 5@101, 0s 2@101",
    "Filled 12 at 101",
  ],
  [
    "sniper: five at 100",
    { algo: "sniper", size: 8, limit: 100, shown: 5 },
    "6s 8@100",
    "Filled 8 at 100",
    (i) => i < 3 ? {} : { ask: 100, askLots: i < 6 ? 3 : 8 },
  ],
  [
    "sniper: no more than is shown",
    { algo: "sniper", size: 80, limit: 100, over: "3s" },
    "2s 7@99",
    "Expired 7 at 99",
    (i) => i === 2 ? { bid: 98, ask: 99, askLots: 7, bought: 0 } : { bought: 0 },
  ],
]);

const at = (second: number) => START + BigInt(second) * 1_000_000_000n;
table("Parents: a conditional one waits", [
  ["for the middle", { algo: "conditional", size: 5, when: { above: 105 } }, "5s 5", "Filled 5 at 106", rising],
  [
    "for the bid",
    { algo: "conditional", size: 5, when: { value: "bid", above: 105 } },
    "6s 5",
    "Filled 5 at 107",
    rising,
  ],
  [
    "for the last price, between two bounds",
    { algo: "conditional", size: 5, when: { value: "last", above: 105, below: 106 } },
    "4.5s 5",
    "Filled 5 at 105",
    rising,
  ],
  [
    "for a mean of the last three prices",
    { algo: "conditional", size: 5, when: { value: "sma", period: 3, above: 105 } },
    "5.5s 5",
    "Filled 5 at 106",
    rising,
  ],
  ["for a time", { algo: "conditional", size: 5, when: { at: at(7) } }, "7s 5", "Filled 5 at 101"],
  [
    "for a length of time and a price",
    { algo: "conditional", size: 5, when: { after: "8s", above: 105 } },
    "8s 5",
    "Filled 5 at 109",
    rising,
  ],
  ["in vain", { algo: "conditional", size: 5, over: "9s", when: { below: 50 } }, "", "Expired 0"],
  [
    "and is then a twap",
    { algo: "conditional", size: 6, when: { above: 103 }, then: { algo: "twap", over: "3s", slice: "1s" } },
    "3s 2, 4s 2, 5s 2",
    "Filled 6 at 105",
    rising,
  ],
]);

const BARS = minutes([100, 101, 102, 103, 104, 105]);
Deno.test("Parents: on bars, at the points of their path", () => {
  const rows: [Request, string, string][] = [
    [{ algo: "twap", size: 12, over: "3m", slice: "1m" }, "0s 4, 60s 4, 120s 4", "Filled 12 at 101"],
    [{ algo: "pov", size: 30, rate: 0.1 }, "60s 10, 120s 10, 180s 10", "Filled 30 at 102"],
    [{ algo: "iceberg", size: 6, limit: 100, display: 4 }, "0s 4@100, 20s 2@100", "Working 4 at 100"],
    [{ algo: "sniper", size: 6, limit: 200 }, "", "Working 0"],
    [{ algo: "conditional", size: 6, when: { value: "sma", period: 2, above: 101 } }, "120s 6", "Filled 6 at 102"],
  ];
  const seen = rows.map(([request]) => {
    const { sent, ended } = worked(request, BARS, { latency: {} });
    return [request, sent, ended];
  });
  assertEquals(seen, rows);
});

Deno.test("Parents: paused, resumed, amended, cancelled", () => {
  type Act = (parents: Context["parents"], id: number) => boolean;
  const twap = { algo: "twap", ...TEN } as const;
  const shown = { algo: "iceberg", size: 12, limit: 99, display: 12 } as const;
  const rows: [string, Request, [number, Act][], string, string][] = [
    [
      "its time stands still",
      twap,
      [[3, (p, id) => p.pause(id)], [8, (p, id) => p.resume(id)]],
      "0s 2, 2s 2, 9s 2, 11s 2, 13s 2",
      "3s Paused 4, 8s Working 4, 13s Filled 10",
    ],
    [
      "a pause cancels",
      shown,
      [[3, (p, id) => p.pause(id)], [5, (p, id) => p.resume(id)]],
      "0s 12@99, 5s 12@99",
      "3s Paused 0, 5s Working 0",
    ],
    ["cancelled", twap, [[3, (p, id) => p.cancel(id)]], "0s 2, 2s 2", "3s Cancelled 4"],
    ["cancelled with a child open", shown, [[3, (p, id) => p.cancel(id)]], "0s 12@99", "3s Ending 0, 3s Cancelled 0"],
    [
      "amended below what is filled",
      twap,
      [[5, (p, id) => p.amend(id, { size: 3 })]],
      "0s 2, 2s 2, 4s 2",
      "5s Filled 6",
    ],
    ["amended below what is open", shown, [[5, (p, id) => p.amend(id, { size: 5 })]], "0s 12@99, 5s 5@99", ""],
    [
      "amended up, and longer",
      twap,
      [[5, (p, id) => p.amend(id, { size: 21, over: "16s" })]],
      "0s 2, 2s 2, 4s 2, 5s 3, 7s 2, 9s 3, 11s 3, 13s 3, 15s 1",
      "15s Filled 21",
    ],
    [
      "amended to an end that is over",
      twap,
      [[5, (p, id) => p.amend(id, { over: "4s" })]],
      "0s 2, 2s 2, 4s 2, 5s 4",
      "5s Ending 6, 5s Filled 10",
    ],
    ["another limit", shown, [[5, (p, id) => p.amend(id, { limit: 98 })]], "0s 12@99, 5s 12@98", ""],
    [
      "paused while it waits",
      { algo: "conditional", size: 5, when: { after: "4s" } },
      [[1, (p, id) => p.pause(id)], [6, (p, id) => p.resume(id)]],
      "9s 5",
      "1s Paused 0, 6s Waiting 0, 9s Working 0, 9s Ending 0, 9s Filled 5",
    ],
  ];
  for (const [what, request, acts, sent, told] of rows) {
    const quiet = seconds(20, () => ({ bought: 0 }));
    const steps = acts.map(([second, act]) =>
      [second, (ctx: Context, id: number) => assert(act(ctx.parents, id), what)] as const
    );
    const done = worked(request, quiet, { steps });
    assertEquals([what, done.sent, done.told], [what, sent, told]);
  }
});

Deno.test("Parents: what cannot be done to a parent is not done", () => {
  const steps = [
    [1, (ctx: Context, id: number) => {
      const { parents } = ctx;
      assertEquals(
        [parents.resume(id), parents.pause(99), parents.cancel(99), parents.amend(99, {})],
        Array(4).fill(false),
      );
      assertEquals([parents.view(99), parents.parentOf(99)], [undefined, 0]);
      assert(parents.pause(id) && !parents.pause(id) && parents.cancel(id) && !parents.cancel(id));
      assert(!parents.resume(id) && !parents.amend(id, { size: 5 }));
      assertThrows(() => parents.amend(id, { sise: 5 } as never), TypeError, "did you mean size?");
      assertThrows(() => parents.learn(5), RangeError, "Cannot learn of instrument 5");
      assertThrows(() => parents.learn(0, { period: "1h", bin: "7m" }), RangeError, "it must divide the period");
      const starting = (request: object) => codeName(-parents.start({ algo: "twap", side: BUY, ...TEN, ...request }));
      assertEquals(starting({ instrument: 9 }), "UNKNOWN_INSTRUMENT");
      assertThrows(
        () => starting({ algo: "conditional", slice: undefined, when: { above: 1, instrument: 9 } }),
        RangeError,
      );
      for (let i = 0; i < 256; i++) assert(parents.start({ algo: "twap", side: BUY, ...TEN }) > 0);
      assertEquals(starting({}), "PARENTS");
    }] as const,
  ];
  worked({ algo: "twap", ...TEN }, seconds(5), { steps });
});

Deno.test("Parents: slippage against arrival, the market's average and close, worked out by hand", () => {
  const { view } = worked({ algo: "twap", size: 8, over: "4s", slice: "2s" }, seconds(6, rising));
  // Bought 4 at 101 (0 s) and 4 at 103 (2 s): 102. Arrival: the middle at 0 s, 100. The market bought 10 at 101 and 10 at
  // 102 before it was filled at 2 s: 101.5. The last trade of the tape was at 106.
  assertEquals(view.slippage, {
    arrival: { price: 100, ticks: 2, money: 16, bps: 200 },
    vwap: { price: 101.5, ticks: 0.5, money: 4, bps: 0.5 / 101.5 * 1e4 },
    close: { price: 106, ticks: -4, money: -32, bps: -4 / 106 * 1e4 },
  });
  const { averagePrice, filled, marketLots, participation, durationSec, children, fills, state } = view;
  assertEquals([averagePrice, filled, marketLots, participation], [102, 8, 20, 0.4]);
  assertAlmostEquals(durationSec, 2.000002, 1e-6);
  assertEquals([children, fills, state, view.open, view.code], [2, 2, "Filled", 0, 0]);
  assertEquals(JSON.parse(JSON.stringify(view)), view);
  const sold = worked({ algo: "twap", side: SELL, size: 8, over: "4s", slice: "2s" }, seconds(6, rising)).view;
  // Sold 4 at 99 and 4 at 101: at 100, the price of arrival.
  assertEquals(sold.slippage.arrival, { price: 100, ticks: 0, money: 0, bps: 0 });
  assertEquals(sold.slippage.close?.ticks, 6);
});

Deno.test("Parents: no price yet, and it begins with the first", () => {
  const rows = [
    { exchange: START, side: BUY, price: 99, size: 5 },
    { exchange: START + 3_000_000_000n, side: SELL, price: 101, size: 50 },
    { exchange: START + 9_000_000_000n, side: SELL, price: 101, size: 50 },
  ];
  const done = worked({ algo: "twap", size: 9, over: "6s", slice: "2s" }, madeTape(rows));
  // What was due at 0 s and 2 s is sent with the first price.
  assertEquals([done.sent, done.ended], ["3s 6, 4s 3", "Filled 9 at 101"]);
  assertEquals(done.view.slippage.arrival?.price, 100);
});

Deno.test("Parents: a split ends them, as it ends orders", () => {
  const rows = [
    { exchange: START, side: BUY, price: 99, size: 50 },
    { exchange: START, side: SELL, price: 101, size: 50 },
    { exchange: START + 5_000_000_000n, kind: SPLIT, price: 2, size: 1 },
    { exchange: START + 9_000_000_000n, side: SELL, price: 50, size: 50 },
  ];
  for (const request of [{ algo: "twap", ...TEN }, { algo: "iceberg", size: 10, limit: 90, display: 5 }] as const) {
    const { view } = worked(request, madeTape(rows));
    assertEquals([view.state, codeName(view.code)], ["Refused", "CORPORATE_ACTION"]);
    assertEquals(view.slippage.close, null);
  }
});
