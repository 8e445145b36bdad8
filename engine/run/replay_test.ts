import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import touchMaker from "../../strategies/touch_maker.ts";
import { backtest, type BacktestOptions } from "./backtest.ts";
import { EXIT } from "./cli/exit_codes.ts";
import { inFolder, lockstep, project, TAPE } from "./cli/_lockstep.ts";
import { journalFile } from "./journal_file.ts";
import { replay, type ReplayOptions } from "./replay.ts";
import { renderReplay } from "./replay_text.ts";

const OPTIONS: BacktestOptions = {
  strategy: touchMaker,
  tape: TAPE,
  latency: "5ms",
  queue: "risk",
  fees: "maker=0.0002,taker=0.0007",
  limits: { position: 8 },
};

function runIn(folder: string, options: BacktestOptions = OPTIONS): string {
  using journal = journalFile(`${folder}/journal`, { strategy: project("strategies/touch_maker.ts") });
  return backtest({ ...options, journal }).digest;
}

Deno.test("replay: what it finds is what a run under those rules gives", () =>
  inFolder(async (folder) => {
    const digest = runIn(folder);
    const cases: readonly (readonly [change: ReplayOptions, options: Partial<BacktestOptions>, told: string])[] = [
      [{ without: ["check:max_position"] }, { limits: {} }, "without check position (it was 8)"],
      [{ with: { max_position: "3" } }, { limits: { position: 3 } }, "with position 3 (it was 8)"],
      [{ latency: "2ms" }, { latency: "2ms" }, "latency 2ms (it was 5ms)"],
      [{ queue: "power3" }, { queue: "power3" }, "queue power3 (it was risk)"],
      [{ fees: "none" }, { fees: "none" }, "fees none (it was maker=0.0002,taker=0.0007)"],
      [{ set: { interval: "1s" } }, { set: { interval: "1s" } }, "interval = 1s (it was 100ms)"],
    ];
    for (const [change, options, told] of cases) {
      const report = await replay(folder, change), run = backtest({ ...OPTIONS, ...options });
      assertEquals([report.was.digest, report.changes, report.warnings], [digest, [told], []]);
      assertEquals([report.now.digest, report.now.pnl, report.now.fees], [run.digest, run.exact?.pnl, run.exact?.fees]);
      assertEquals([report.now.orders, report.now.trades, report.now.refusals], [run.orders, run.trades, run.refusals]);
      assertEquals(report.orders.both + report.orders.onlyWas, report.was.orders);
      assertEquals(report.orders.both + report.orders.onlyNow, report.now.orders);
      assertEquals(report.fills.both + report.fills.onlyWas, report.was.trades);
      assertEquals(report.fills.both + report.fills.onlyNow, report.now.trades);
      assert(report.difference !== undefined);
    }
  }));

Deno.test("replay: other fees alone change no order, and the first difference is a fill's fee", () =>
  inFolder(async (folder) => {
    runIn(folder);
    const { orders, fills, filled, first, difference, was, now } = await replay(folder, { fees: "none" });
    assertEquals([orders, fills], [
      { both: was.orders, onlyWas: 0, onlyNow: 0 },
      { both: was.trades, onlyWas: 0, onlyNow: 0 },
    ]);
    assertEquals([filled.onlyWas, filled.onlyNow, first, now.fees], [0, 0, [], "0"]);
    assertMatch(difference!.journaled, /^order 1 of ZEROUSD is Filled: bought 1 at \d+\.\d+, fee 0\.0\d+$/);
    assertMatch(difference!.now, /, fee 0\.0+$/);
  }));

Deno.test("replay: what if the kill had not fired, by a command, from outside or by a guard", () =>
  inFolder(async (folder) => {
    const free = runIn(folder);
    const killed: BacktestOptions = { ...OPTIONS, commands: ["+20m kill id=stop", "+5m cancel_all id=sweep"] };
    const digest = runIn(folder, killed);
    const report = await replay(folder, { without: ["kill", "command:sweep"] });
    assertEquals([report.was.digest, report.now.digest], [digest, free]);
    assertEquals(report.changes, [
      "without kill (1 command, 0 guards)",
      "without command sweep (cancel_all at 2025-01-01T00:05:00.000000000Z)",
    ]);
    assert(report.was.refusals.KILLED > 0 && report.now.refusals.KILLED === undefined);
    const words = renderReplay(report);
    assertStringIncludes(words, "answers     simulated in both: none of its orders went to an exchange");
    assertMatch(words, /^refused KILLED +[\d,]+ +0 +-[\d,]+$/m);
    const guards = { postTrade: { lossStreak: { count: 3, then: "kill" as const } } };
    runIn(folder, { ...OPTIONS, guards });
    const guarded = await replay(folder, { without: ["kill"] });
    assertEquals([guarded.changes, guarded.now.digest !== guarded.was.digest], [
      ["without kill (0 commands, 1 guard)"],
      true,
    ]);
    assert(guarded.was.refusals.KILLED > 0 && guarded.now.refusals.KILLED === undefined);
    const gone = await replay(folder, { without: ["guard:loss_streak"] });
    assertEquals(gone.now.digest, free);
    runIn(folder, { ...OPTIONS, guards: { refusals: { position: { count: 2, then: "kill" } } } });
    const refused = await replay(folder, { without: ["guard:position"] });
    assertEquals([refused.changes, refused.now.digest], [["without guard position"], free]);
    assert(refused.was.refusals.KILLED > 0 && refused.was.refusals.POSITION === 2);
  }));

Deno.test("replay: a change that names what is none, or changes nothing, is a slip with the near name", () =>
  inFolder(async (folder) => {
    runIn(folder, { ...OPTIONS, commands: ["+5m cancel_all id=sweep"] });
    const cases: readonly (readonly [change: ReplayOptions, message: string])[] = [
      [{ without: ["check:postion"] }, "Cannot change check postion: there is none; did you mean position?"],
      [
        { without: ["check:price_collar"] },
        "Cannot leave out check priceBand: the run had no such limit; it had position",
      ],
      [{ without: ["kill"] }, "Cannot leave out kill: the run had no command or guard that kills"],
      [
        { without: ["command:swep"] },
        "Cannot leave out command swep: the run had none of that id; did you mean sweep?",
      ],
      [{ without: ["guard:drawdown"] }, "Cannot leave out guard drawdown: the run had none"],
      [{ without: ["everything"] }, "it is none of check:NAME, guard:NAME, command:ID, kill"],
      [{ with: { max_positoin: "3" } }, "Cannot change check max_positoin: there is none; did you mean position?"],
      [{}, "no rule is changed"],
    ];
    for (const [change, message] of cases) {
      const error = await assertRejects(() => replay(folder, change));
      assertStringIncludes((error as Error).message, message);
    }
  }));

Deno.test("lockstep replay: the table, JSON, and how it ends", () =>
  inFolder(async (folder) => {
    runIn(folder);
    const table = await lockstep("replay", folder, "--latency", "2ms");
    assertEquals([table.code, table.err], [EXIT.OK, ""]);
    for (
      const name of [
        "orders",
        "trades",
        "P&L",
        "fees",
        "drawdown, largest",
        "orders sent",
        "fills",
        "same order filled",
      ]
    ) {
      assertMatch(table.out, new RegExp(`^${name} +\\S+ +\\S+ +\\S+$`, "m"));
    }
    assertMatch(table.out, /^first +record [\d,]+, at 2025-01-01T00:\d\d:\d\d[.\d]*Z$/m);
    const json = JSON.parse((await lockstep("replay", folder, "--latency", "2ms", "--json")).out);
    assertEquals(json.answers, { was: "simulated", now: "simulated" });
    assertMatch(json.difference.time, /^\d{19}$/);
    const ends: readonly (readonly [args: readonly string[], code: number])[] = [
      [[folder], EXIT.USAGE],
      [[folder, "--without", "check:postion"], EXIT.USAGE],
      [[folder, "--latency", "soon"], EXIT.USAGE],
      [[`${folder}/nowhere`, "--latency", "2ms"], EXIT.INPUT],
    ];
    for (const [args, code] of ends) assertEquals([args, (await lockstep("replay", ...args)).code], [args, code]);
  }));
