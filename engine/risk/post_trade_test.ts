import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns } from "../../tests/fuzz_runs.ts";
import { busy, oddMarket } from "../core/_busy.ts";
import { digestOf, rig } from "../core/_rig.ts";
import { BUY } from "../core/event.ts";
import type { RoundTripSink } from "../account/round_trip_sink.ts";
import { madeBars, madeTape } from "../feed/_made_tape.ts";
import { feeModel, parseFees } from "../venue/fees.ts";
import { Rng } from "../core/rng.ts";
import { gate, type Moment, START, type Step, trade, watched } from "./_watched.ts";
import type { GuardOptions } from "./guard_options.ts";
import { guardSpecs } from "./guard_specs.ts";

const S = 1000;

/** A market of one tick's spread around these middles, in USD: 100 is 99 to 101; it ends at the last moment. */
function around(...middles: readonly (readonly [ms: number, middle: number])[]): Moment[] {
  return middles.map(([ms, middle]) => [ms, middle - 1, middle + 1] as const);
}

interface Scenario {
  readonly says: string;
  readonly limits: NonNullable<GuardOptions["postTrade"]>;
  readonly market: readonly Moment[];
  readonly steps: readonly Step[];
  readonly heard: readonly string[];
}

const SCENARIOS: readonly Scenario[] = [
  {
    says:
      "daily loss: just the limit is within it, a cent more is not; reducing stays possible; the next UTC day it is over",
    limits: { dailyLoss: { limit: "50", then: "reduce", cancel: false } },
    // 1 h 46 m 40 s before midnight UTC.
    market: around([0, 100], [10 * S, 96], [20 * S, 95], [6400 * S, 95], [6402 * S, 95]),
    steps: [
      // Ten lots at 101: 10 under water at once, 50 at a middle of 96.
      [1, trade(10)],
      [15 * S, gate],
      [21 * S, gate],
      [22 * S, trade(1)],
      [23 * S, trade(-4)],
      [24 * S, trade(-7)],
      [6399 * S, gate],
      [6401 * S, gate],
    ],
    heard: [
      "1 sent",
      "15000 open",
      "20000 warning DAILY_LOSS USD: the day's loss is 60, limit 50",
      "21000 reducing DAILY_LOSS",
      "22000 NOT_REDUCING_POSITION",
      "23000 sent",
      "24000 NOT_REDUCING_POSITION",
      "6399000 reducing DAILY_LOSS",
      "6400000 info DAILY_LOSS the session: it is over",
      "6401000 open",
    ],
  },
  {
    says: "drawdown: from the highest equity; ended by command it begins anew from there",
    limits: { drawdown: { limit: 60 } },
    market: around([0, 100], [10 * S, 120], [20 * S, 114], [30 * S, 113], [40 * S, 110], [50 * S, 107], [60 * S, 106]),
    steps: [
      [1, trade(10)],
      [25 * S, gate],
      [31 * S, gate],
      [45 * S, (_, guards) => guards.release("DRAWDOWN")],
      [55 * S, gate],
    ],
    heard: [
      "1 sent",
      "25000 open",
      "30000 critical DRAWDOWN USD: equity is below its peak by 70, limit 60",
      "31000 halted DRAWDOWN",
      "45000 true",
      "45000 info DRAWDOWN the session: ended by command",
      "55000 open",
    ],
  },
  {
    says: "drawdown as a share of the peak, and one that only says so",
    limits: { drawdown: { rate: 0.1, then: "alert" } },
    // With 1,000 at the start: the peak is 1,190, of which a tenth is 119.
    market: around([0, 100], [10 * S, 120], [20 * S, 109], [30 * S, 108], [40 * S, 120], [50 * S, 107], [60 * S, 107]),
    steps: [[1, trade(10)]],
    heard: [
      "1 sent",
      "30000 warning DRAWDOWN USD: equity is below its peak by 120, limit 119",
      "50000 warning DRAWDOWN USD: equity is below its peak by 130, limit 119",
    ],
  },
  {
    says: "loss streak: at the third loss in a row; a gain between them ends it, and so does what came to nothing",
    limits: { lossStreak: { count: 3, pause: "10s" } },
    market: around([0, 100], [3500, 103], [5500, 102], [60 * S, 102]),
    steps: [
      [1 * S, trade(1)],
      [1100, trade(-1)], // −2
      [2 * S, trade(-1)],
      [2100, trade(2)], // −2, and long at 101
      [4 * S, trade(-1)], // +1
      [4100, trade(1)], // at 104
      [6 * S, trade(-2)], // −3, and short at 101
      [6100, trade(2)], // −2, and long at 103
      [7 * S, gate],
      [7100, trade(-1)], // −2
      [8 * S, trade(1)],
      [17_000, gate],
      [17_200, trade(1)],
    ],
    heard: [
      ...["1000", "1100", "2000", "2100", "4000", "4100", "6000", "6100"].map((ms) => `${ms} sent`),
      "7000 open",
      "7100 sent",
      "7100 critical LOSS_STREAK X: 3 losing round trips in a row, limit 3",
      "8000 LOSS_STREAK",
      "17000 halted LOSS_STREAK",
      "17100 info LOSS_STREAK X: it is over",
      "17200 sent",
    ],
  },
  {
    says: "position age: adding makes it no younger, turning over does; closing it ends the hold",
    limits: { positionAge: { limit: "10s", then: "reduce" } },
    market: around([0, 100], [90 * S, 100]),
    steps: [
      [500, trade(1)],
      [5 * S, trade(1)],
      [8 * S, trade(-3)],
      [18_100, gate],
      [19_100, gate],
      [20 * S, trade(-1)],
      [21 * S, trade(1)],
      [22 * S, gate],
    ],
    heard: [
      "500 sent",
      "5000 sent",
      "8000 sent",
      "18100 open",
      "19000 warning POSITION_AGE X: a position is held for 11 s, limit 10 s",
      "19100 reducing POSITION_AGE",
      "20000 NOT_REDUCING_POSITION",
      "21000 sent",
      "21000 info POSITION_AGE X: it is over",
      "22000 open",
    ],
  },
  {
    says:
      "P&L jump: more than 30 within 6.4 s either way; it returns when the window has forgotten it and the pause is over",
    limits: { pnlJump: { limit: "30", window: "6400ms", pause: "5s" } },
    market: around([0, 100], [20 * S, 102], [26 * S, 103], [40 * S, 106], [41 * S, 107], [60 * S, 107]),
    steps: [[1, trade(10)], [27 * S, gate], [42 * S, gate], [47 * S, gate]],
    heard: [
      "1 sent",
      "27000 open",
      "41000 critical PNL_JUMP USD: within 6.4 s equity moved by 40, limit 30",
      "42000 halted PNL_JUMP",
      "46000 info PNL_JUMP the session: it is over",
      "47000 open",
    ],
  },
  {
    says: "slippage: a taker's fill against the middle at which it was sent, not the one at which it arrived",
    limits: { slippage: { rate: 0.02, then: "halt" } },
    market: around([0, 100], [10 * S, 101], [19_995, 102], [30 * S, 102]),
    steps: [[1 * S, trade(1)], [9_995, trade(1)], [19_990, trade(1)], [21 * S, trade(1)]],
    heard: [
      "1000 sent",
      "9995 sent",
      // At 102 for a middle of 100: 2 % is the limit. At 103 for 101: 1.98 %. Then 103 for 101, and no more.
      "19990 sent",
      "21000 sent",
    ],
  },
  {
    says: "slippage: a mean of the last two fills by lots",
    limits: { slippage: { rate: 0.02, fills: 2, then: "halt" } },
    market: around([0, 100], [10 * S, 104], [30 * S, 104]),
    steps: [[9_995, trade(1)], [11 * S, trade(9)], [12 * S, trade(1)], [
      19 * S,
      (_, guards) => guards.release("SLIPPAGE", 0),
    ]],
    // 5 % on one lot, then 0.96 % on nine: 1.37 % in all.
    heard: ["9995 sent", "11000 sent", "12000 sent", "19000 false"],
  },
  {
    says: "slippage: the market moved while the order was on its way",
    limits: { slippage: { rate: 0.04, then: "halt" } },
    market: around([0, 100], [10 * S, 104], [30 * S, 104]),
    steps: [[9_995, trade(1)], [11 * S, trade(1)], [12 * S, (_, guards) => guards.release("SLIPPAGE", 0)], [
      13 * S,
      trade(1),
    ]],
    heard: [
      "9995 sent",
      "10015 critical SLIPPAGE X: fills were 5 % worse than the middle they were sent at, limit 4 %",
      "11000 SLIPPAGE",
      "12000 true",
      "12000 info SLIPPAGE X: ended by command",
      "13000 sent",
    ],
  },
];

for (const { says, limits, market, steps, heard } of SCENARIOS) {
  Deno.test(`PostTrade: ${says}`, () => {
    const latency = says.startsWith("slippage") ? { order: 10e6, response: 10e6 } : {};
    const more = { cash: { USD: "1000" }, latency };
    assertEquals(watched(market, { postTrade: limits }, steps, more).heard, heard);
  });
}

Deno.test("PostTrade: a share of no equity is none, and whoever asks for one is told so", () => {
  const guards = { postTrade: { drawdown: { rate: 0.1 } } };
  const cashes: Record<string, string>[] = [{}, { USD: "-50" }];
  for (const cash of cashes) {
    assertEquals(watched(around([0, 100], [10 * S, 100]), guards, [[1, trade(10)]], { cash }).heard, [
      "1 sent",
      "1 critical DRAWDOWN USD: a rate of 0.1 is a share of a peak of 0 or less (give cash, or a limit in money); " +
      "equity is below it by 10, limit 0",
    ]);
  }
});

Deno.test("PostTrade: a limit that kills flattens as the run says, and the next day takes nothing back", () => {
  const market = around([0, 100], [10 * S, 90], [6400 * S, 90], [6500 * S, 90]);
  const { heard, session } = watched(
    market,
    { postTrade: { dailyLoss: { limit: 80, then: "kill" } }, kill: { flatten: "market" } },
    [[1, trade(10)], [2, trade(5, 80)], [6450 * S, gate]],
  );
  assertEquals(heard.map((line) => line.split(":")[0]), [
    "1 sent",
    "2 sent",
    "10000 critical DAILY_LOSS USD",
    "10000 critical KILLED Killed",
    "10000 info KILLED No order is open any more, and no position",
    "6450000 halted KILLED",
  ]);
  assertEquals([session.core.account.position(0), session.context.openOrders().length], [0, 0]);
});

Deno.test("PostTrade: fees decide whether a round trip was a loss, to the last unit", () => {
  const run = (taker: string) =>
    watched(around([0, 100], [2 * S, 102], [9 * S, 102]), { postTrade: { lossStreak: { count: 1, then: "alert" } } }, [
      [1 * S, trade(1)],
      [3 * S, trade(-1)],
    ], { fees: (valuation) => feeModel(parseFees(`maker=0,taker=${taker}`), valuation) }).heard.length - 2;
  // Bought and sold at 101.
  assertEquals([run("0"), run("0.00000001"), run("-0.00000001")], [0, 1, 0]);
});

Deno.test("PostTrade: its losing streaks are those of the account's own round trips, whatever is traded", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const nets: number[] = [];
      const sink: RoundTripSink = {
        onRoundTrip: (_i, _side, _lots, _entry, _exit, pnl, fees, income) => {
          // Floats of exact amounts at 8 decimals: whole units again when rounded.
          const units = (value: number) => Math.round(value * 1e8);
          nets.push(units(pnl) - units(fees) + units(income));
        },
      };
      const alerts: number[] = [];
      rig({
        tapes: { X: madeTape(oddMarket(new Rng(seed), 600, START, 40)) },
        strategy: { ...busy({ interval: "13ns" }), onAlert: (_ctx, { observed }) => void alerts.push(observed!) },
        seed,
        roundTrips: sink,
        fees: (valuation) => feeModel(parseFees("maker=-0.0001,taker=0.0003"), valuation),
        guards: guardSpecs({ postTrade: { lossStreak: { count: 2, then: "alert" } } }, ["X"]),
      }).run();
      const expected: number[] = [];
      let streak = 0, told = false;
      for (const net of nets) {
        streak = net < 0 ? streak + 1 : 0;
        if (streak === 0) told = false;
        if (streak >= 2 && !told) {
          expected.push(2);
          told = true;
        }
      }
      assertEquals(alerts, expected);
    }),
    { numRuns: fuzzRuns(40) },
  );
});

Deno.test("PostTrade: on bars the account is looked at with every bar", () => {
  const minute = 60_000_000_000n;
  const bars = [100, 100, 95, 94, 90].map((close, i) => ({
    opens: START + minute * BigInt(i),
    closes: START + minute * BigInt(i + 1),
    close,
  }));
  const heard: string[] = [];
  watched([[0, 1, 2]], { postTrade: { drawdown: { limit: 50 } } }, [], {
    tapes: { X: madeBars(bars) },
    strategy: {
      onBar: (ctx) => void (ctx.position() === 0 && ctx.submit({ side: BUY, size: 10 })),
      onAlert: (ctx, { text }) => void heard.push(`${(ctx.now - START) / minute} ${text}`),
    },
  });
  assertEquals(heard, ["4 USD: equity is below its peak by 60, limit 50"]);
});

Deno.test("PostTrade: the day ends when the instrument's calendar says", () => {
  // The session starts at 22:13:20; the day ends at 22:15.
  const { heard } = watched(
    around([0, 100], [10 * S, 90], [200 * S, 90]),
    { postTrade: { dailyLoss: { limit: 80, day: "calendar" } } },
    [[1, trade(10)]],
    { specs: { X: { calendar: { closeMinuteUtc: 22 * 60 + 15 } } } },
  );
  assertEquals(heard.at(-1), "100000 info DAILY_LOSS the session: it is over");
});

Deno.test("PostTrade: money needs its currency where there are two", () => {
  const options = (currency?: string) => ({
    tapes: { A: madeTape([]), B: madeTape([]) },
    specs: { A: { currency: "EUR" } },
    guards: guardSpecs({ postTrade: { dailyLoss: { limit: 1, currency } } }, ["A", "B"]),
  });
  assertThrows(() => digestOf(options()), RangeError, "the session settles in EUR, USD; give the limit a currency");
  assertThrows(() => digestOf(options("EURO")), RangeError, "Cannot account in EURO");
  digestOf(options("EUR"));
});
