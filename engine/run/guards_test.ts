import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { BUY, DEPTH, SELL } from "../core/event.ts";
import type { Alert } from "../core/alerts.ts";
import { tearsheet } from "../stats/tearsheet.ts";
import touchMaker from "../../strategies/touch_maker.ts";
import { plan, scriptedTape } from "../../tests/scripted_tape.ts";
import { backtest } from "./backtest.ts";
import type { GuardOptions } from "../risk/guard_options.ts";
import { journalFile } from "./journal_file.ts";
import { verify } from "./verify.ts";

const TAPE = "fixtures/data/market_l2.arrow";
const DRAWDOWN = { postTrade: { drawdown: { limit: "3", then: "kill" as const } }, kill: { flatten: "market" } };

Deno.test("backtest guards: a drawdown that kills ends with a flat position, alerts, and a state to go on from", () => {
  const heard: Alert[] = [];
  const result = backtest({
    strategy: touchMaker,
    tape: TAPE,
    guards: DRAWDOWN,
    recorders: [{ alert: (each) => void heard.push(each) }],
  });
  const free = backtest({ strategy: touchMaker, tape: TAPE });
  assert(result.trades < free.trades && result.position === 0, `${result.trades} of ${free.trades} trades`);
  assertEquals(result.alerts?.list.map(({ severity, code }) => `${severity} ${code}`), [
    "critical DRAWDOWN",
    "critical KILLED",
    "info KILLED",
  ]);
  assertEquals(heard, result.alerts?.list);
  assert(result.alerts!.list[0].observed! > 3 && result.alerts!.list[0].limit === 3);
  assertEquals([result.kill?.killed, result.kill?.flatten], [true, "market"]);
  assert(result.refusals.KILLED > 0);
  assertStringIncludes(tearsheet(result), "Alerts   2 critical");
  assertEquals(result.run.models.guards, "drawdown 3 kill, kill flattens by market");
  const again = backtest({ strategy: touchMaker, tape: TAPE, guards: { kill: { state: result.kill } } });
  assertEquals([again.orders, again.trades, again.kill], [0, 0, result.kill]);
  // As JSON, as a program reads it.
  assertEquals(JSON.parse(JSON.stringify(result.alerts)), result.alerts);
});

Deno.test("backtest guards: those that never trip change nothing, and those that are absent say nothing", () => {
  const free = backtest({ strategy: touchMaker, tape: TAPE });
  const watched = backtest({
    strategy: touchMaker,
    tape: TAPE,
    guards: {
      postTrade: {
        dailyLoss: { limit: "1e9" },
        drawdown: { limit: "1e9" },
        lossStreak: { count: 1_000_000 },
        positionAge: { limit: "1000d" },
        pnlJump: { limit: "1e9", window: "1m" },
        slippage: { rate: 1000 },
      },
      breakers: {
        bands: { band: 100 },
        jump: { rate: 100, window: "1m" },
        spread: { ticks: 1_000_000_000 },
        silence: { after: "1000d" },
      },
      compliance: { momentum: { trades: 1_000_000 } },
    },
  });
  assertEquals(watched.digest, free.digest);
  assertEquals([watched.alerts, watched.kill, free.alerts, free.run.models.guards], [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("verify: a run that was killed from the start comes again, too", async () => {
  const folder = Deno.makeTempDirSync();
  const state = { killed: true, paused: false, cause: "crash", at: null, flatten: "none" };
  try {
    {
      using journal = journalFile(`${folder}/journal`, { strategy: "strategies/touch_maker.ts" });
      const { orders, alerts } = backtest({ strategy: touchMaker, tape: TAPE, guards: { kill: { state } }, journal });
      assertEquals([orders, alerts?.critical], [0, 1]);
    }
    assertEquals((await verify(folder)).equal, true);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("verify: guards are in the journal, and their alerts come again record by record", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    {
      using journal = journalFile(`${folder}/journal`, { strategy: "strategies/touch_maker.ts" });
      const result = backtest({ strategy: touchMaker, tape: TAPE, guards: DRAWDOWN, journal });
      assert(result.alerts !== undefined);
    }
    const report = await verify(folder);
    assertEquals([report.equal, report.header.options.guards], [true, DRAWDOWN]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("backtest guards: refusals by risk that kill are printed, stand in the journal, and come again", async () => {
  const folder = Deno.makeTempDirSync();
  const guards: GuardOptions = {
    refusals: { position: { count: 2, window: "1h", then: "kill" }, any: { then: "alert" } },
  };
  try {
    {
      using journal = journalFile(`${folder}/journal`, { strategy: "strategies/touch_maker.ts" });
      const result = backtest({ strategy: touchMaker, tape: TAPE, limits: { position: 1 }, guards, journal });
      assertEquals(result.refusals.POSITION, 2);
      assert(result.refusals.KILLED > 0 && result.kill?.killed);
      assertEquals(result.alerts?.list.slice(0, 3).map(({ code, limit, observed }) => [code, limit, observed]), [
        ["REFUSALS", 1, 1],
        ["REFUSALS", 2, 2],
        ["KILLED", null, null],
      ]);
      assertEquals(result.run.models.guards, "refusals of position 2 in 3600 s kill, refusals of any 1 alert");
    }
    const report = await verify(folder);
    assertEquals([report.equal, report.header.options.guards], [true, guards]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("backtest commands: kill, hold, release and reset come at their times, and are refused where there is nothing to end", () => {
  const rows = [
    { ms: 0, kind: DEPTH, side: BUY, price: 990, size: 100, more: true },
    { ms: 0, kind: DEPTH, side: SELL, price: 1010, size: 100 },
    { ms: 20_000, kind: DEPTH, side: BUY, price: 900, size: 1 },
  ];
  const told: number[] = [];
  const buys = (ms: number) =>
    [
      ms,
      (ctx: Parameters<Parameters<typeof plan>[0][number][1]>[0]) => void told.push(ctx.submit({ side: BUY, size: 1 })),
    ] as const;
  const result = backtest({
    strategy: plan([buys(500), buys(1500), buys(2500), buys(4500), buys(6500)]),
    tape: scriptedTape(rows),
    commands: [
      "+1s hold halted",
      "+2s hold open",
      "+3s reset",
      "+4s kill flatten=market cause=drill",
      "+5s release DRAWDOWN",
      "+6s reset",
    ],
  });
  assertEquals(told, [1, -1021, 3, -1220, 6]);
  assertEquals(result.refusals, { HELD: 1, KILLED: 1 });
  assertEquals(result.notes.filter((note) => note.startsWith("Command")).map((note) => note.split(": ")[1]), [
    "carried out",
    "carried out",
    "refused, NOTHING_HELD",
    "carried out",
    "refused, NOTHING_HELD",
    "carried out",
  ]);
  assertEquals(result.position, 1);
});

const WRONG: readonly (readonly [given: unknown, says: string])[] = [
  [{ breaker: {} }, "Cannot set guards: there is no breaker; did you mean breakers?"],
  [{ breakers: { bnds: {} } }, "Cannot set guards.breakers: there is no bnds; did you mean bands?"],
  [{ breakers: { bands: {} } }, "Cannot set guards.breakers.bands: band is missing; give a number above 0"],
  [{ breakers: { bands: { band: -1 } } }, "Cannot set guards.breakers.bands.band: -1 is not a number above 0"],
  [{ breakers: { bands: { band: 0.1, windw: "5m" } } }, "there is no windw; did you mean window?"],
  [{ breakers: { bands: { band: 0.1, window: "5 minutes" } } }, '"5 minutes" is not a duration above 0, such as 15s'],
  [{ breakers: { bands: { band: 0.1, window: "0s" } } }, '"0s" is not a duration above 0'],
  [{ breakers: { gap: { then: "stop" } } }, 'guards.breakers.gap.then: "stop" is not one of alert, reduce, halt, kill'],
  [{ breakers: { gap: { then: "hlat" } } }, "did you mean halt?"],
  [{ breakers: { spread: {} } }, "guards.breakers.spread: it has neither; give ticks or rate"],
  [{ breakers: { spread: { ticks: 3, rate: 0.1 } } }, "it has ticks and rate; give ticks or rate"],
  [{ postTrade: { dailyLoss: { limit: "much" } } }, '"much" is not an amount of 0 or more'],
  [{ postTrade: { dailyLoss: { limit: -5 } } }, "-5 is not an amount of 0 or more"],
  [{ postTrade: { drawdown: { rate: 0.1, back: "automatic" } } }, "there is no back"],
  [{ postTrade: { lossStreak: { count: 2.5 } } }, "2.5 is not a whole number above 0"],
  [{ postTrade: [] }, "Cannot set guards.postTrade: [] is no object"],
  [{ compliance: { washTrades: { then: "alert", pause: "1s" } } }, "there is no pause"],
  [{ refusals: { postion: {} } }, "Cannot set guards.refusals: there is no postion; did you mean position?"],
  [{ kill: { flaten: "market" } }, "there is no flaten; did you mean flatten?"],
  [{ kill: { flatten: "markt" } }, "Cannot flatten by markt: there is no such algo; did you mean market?"],
  [{ kill: { state: { kiled: true } } }, "there is no kiled; did you mean killed?"],
  [
    { instruments: { BTCUSD: {} } },
    "Cannot set guards.instruments.BTCUSD: no tape has that instrument; did you mean BTCUSDT?",
  ],
  [{ instruments: { BTCUSDT: { postTrade: { dailyLoss: { limit: 1 } } } } }, "there is no dailyLoss"],
];

Deno.test("backtest guards: what is wrong is named, with its place and the near name, before anything runs", () => {
  const tape = scriptedTape([{ ms: 0, kind: DEPTH, side: BUY, price: 1, size: 1 }]);
  for (const [given, says] of WRONG) {
    const error = assertThrows(
      () => backtest({ strategy: plan([]), tape, guards: given as GuardOptions }),
      RangeError,
    );
    assertStringIncludes(error.message, says);
  }
});
