import { assert, assertEquals } from "@std/assert";
import type { Alert } from "../core/alerts.ts";
import type { Context } from "../core/strategy.ts";
import { gate, type Moment, type Step, trade, watched } from "./_watched.ts";
import type { GuardOptions } from "./guard_options.ts";

const S = 1000;
const FLAT: readonly Moment[] = [[0, 99, 101], [60 * S, 99, 101]];

interface Scenario {
  readonly says: string;
  readonly compliance: NonNullable<GuardOptions["compliance"]>;
  readonly market: readonly Moment[];
  readonly steps: readonly Step[];
  /** Alerts: ms, what they say, and the orders in their evidence. */
  readonly flags: readonly (readonly [text: string, orders: readonly number[]])[];
}

const cancel = (...ids: readonly number[]) => (ctx: Context) => ids.forEach((id) => ctx.cancel(id));
/** The market comes up to a middle of 101 for a moment in which bids at 101 can be hit. */
const WASHED: readonly Moment[] = [[0, 99, 101], [2 * S, 101, 103], [60 * S, 101, 103]];
const RISES: readonly Moment[] = [
  [0, 999, 1001],
  [1200, 1000, 1002],
  [1400, 1001, 1003],
  [1600, 1003, 1005],
  [30 * S, 1003, 1005],
];

const SCENARIOS: readonly Scenario[] = [
  {
    says: "washTrades: bought and sold at one price within the window, by two orders",
    compliance: { washTrades: { window: "2s" } },
    market: WASHED,
    steps: [[500, trade(3)], [2500, trade(-2)], [2600, trade(-1)]],
    flags: [["2500 X: bought and sold 2 lots at 101 within 2 s", [1, 2]]],
  },
  {
    says: "washTrades: a moment later, or at another price, it is none",
    compliance: { washTrades: { window: "2s" } },
    market: WASHED,
    steps: [[499, trade(3)], [2500, trade(-2)], [3000, trade(1)], [3001, trade(-1)]],
    flags: [],
  },
  {
    says: "washTrades: each pair is flagged once",
    compliance: { washTrades: { window: "2s" } },
    market: [[0, 99, 101], [550, 101, 103], [750, 99, 101], [60 * S, 99, 101]],
    steps: [[500, trade(3)], [600, trade(-2)], [700, trade(-1)], [800, trade(1)], [9000, trade(1)]],
    flags: [["600 X: bought and sold 2 lots at 101 within 0.1 s", [1, 2]], [
      "800 X: bought and sold 1 lots at 101 within 0.1 s",
      [3, 4],
    ]],
  },
  {
    says: "layering: three bids pulled within 5 s, which rested while it sold",
    compliance: { layering: {} },
    market: FLAT,
    steps: [
      [1 * S, trade(10, 98)],
      [1100, trade(10, 97)],
      [1200, trade(10, 96)],
      [2 * S, trade(-1)],
      [2500, cancel(1, 2, 3)],
    ],
    flags: [["2500 X: 3 bids cancelled unfilled within 5 s, while it sold on the other side", [1, 2, 3]]],
  },
  {
    says:
      "layering: two are not enough, nor are orders that rested long, nor fills of their own side, nor fills before them",
    compliance: { layering: {} },
    market: FLAT,
    steps: [
      [1 * S, trade(10, 98)],
      [1100, trade(10, 97)],
      [1900, trade(10, 96)],
      [2 * S, trade(-1)],
      [2500, cancel(1, 2)],
      [6901, cancel(3)],
      [20 * S, trade(-1)],
      [21 * S, trade(5, 98)],
      [21_100, trade(5, 97)],
      [21_200, trade(5, 96)],
      [21_300, trade(1)],
      [22 * S, cancel(6, 7, 8)],
    ],
    flags: [],
  },
  {
    says: "layering: the same on the other side, and with a hold where told",
    compliance: { layering: { orders: 2, window: "1s", then: "halt" } },
    market: FLAT,
    steps: [
      [1 * S, trade(-10, 102)],
      [1100, trade(-10, 103)],
      [1200, trade(1)],
      [1300, cancel(1)],
      [1400, cancel(2)],
      [1500, gate],
    ],
    flags: [["1400 X: 2 offers cancelled unfilled within 1 s, while it bought on the other side", [1, 2]], [
      "1500 halted LAYERING",
      [],
    ]],
  },
  {
    says: "momentum: bought in a burst that moved the price, and then sold above where it began",
    compliance: { momentum: { trades: 3, move: 0.003 } },
    market: RISES,
    steps: [[1 * S, trade(1)], [1300, trade(2)], [1700, trade(3)], [5 * S, trade(-6)]],
    flags: [["5000 X: bought 6 lots while the middle moved by 0.4 %, then sold at 1003", [1, 2, 3]]],
  },
  {
    says: "momentum: too late, too small a move, too few trades, or at no gain it is none",
    compliance: { momentum: { trades: 3, move: 0.003, reversal: "3s" } },
    market: RISES,
    steps: [[1 * S, trade(1)], [1300, trade(2)], [1700, trade(3)], [4701, trade(-6)]],
    flags: [],
  },
  {
    says: "momentum: a fill of the other side within the burst ends it",
    compliance: { momentum: { trades: 3, move: 0.003 } },
    market: RISES,
    steps: [[1 * S, trade(1)], [1300, trade(2)], [1500, trade(-1)], [1700, trade(3)], [5 * S, trade(-5)]],
    flags: [],
  },
];

for (const { says, compliance, market, steps, flags } of SCENARIOS) {
  Deno.test(`Compliance: ${says}`, () => {
    const alerts: Alert[] = [];
    const { heard } = watched(market, { compliance }, steps, {
      recorder: { alert: (alert) => void alerts.push(alert) },
    });
    const said = heard.filter((line) => !line.endsWith("sent"))
      .map((line) => line.replace(/ (warning|critical) [A-Z_]+ /, " "));
    assertEquals(said, flags.map(([text]) => text));
    assertEquals(
      alerts.map(({ evidence }) => evidence?.orders),
      flags.filter(([, orders]) => orders.length > 0).map(([, orders]) => orders),
    );
  });
}

Deno.test("Compliance: the evidence says which orders, at what prices and sizes, and when", () => {
  const alerts: Alert[] = [];
  watched(FLAT, { compliance: { layering: {} } }, SCENARIOS[3].steps, {
    recorder: { alert: (alert) => void alerts.push(alert) },
  });
  const [{ evidence, limit, observed, severity }] = alerts;
  const at = (ms: string) => `2023-11-14T22:13:${ms}000000Z`;
  assertEquals([severity, limit, observed], ["warning", 3, 3]);
  assertEquals(evidence, {
    orders: [1, 2, 3],
    prices: ["98", "97", "96"],
    lots: [10, 10, 10],
    times: [at("22.500"), at("22.500"), at("22.500")],
    fills: [4],
    fillTimes: [at("22.000")],
  });
});

Deno.test("Compliance: what closes positions for the session is no part of it", () => {
  const { heard } = watched(WASHED, { compliance: { washTrades: { window: "9s" } } }, [
    [500, trade(3)],
    [2500, (ctx) => ctx.guards.kill("test", { flatten: "market" })],
  ]);
  assert(heard.every((line) => !line.includes("WASH_TRADE")));
});
