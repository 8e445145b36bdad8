import { assertEquals, assertStringIncludes, assertThrows, fail } from "@std/assert";
import type { Context } from "../core/strategy.ts";
import touchMaker from "../../strategies/touch_maker.ts";
import { ArrivingSession } from "./arriving_session.ts";
import { backtest, type BacktestOptions, RunError } from "./backtest.ts";
import { journalFile } from "./journal_file.ts";
import { checkRehearsal, findRehearsal, type Rehearsed } from "./rehearsal.ts";

const TAPE = "fixtures/data/market_l2.arrow";
const SPEC = { symbol: "ZEROUSD", venue: "binance-spot", tick: "0.05", lot: "1", currency: "USD" };
type Journal = NonNullable<BacktestOptions["journal"]>;

const wanted = (spec: typeof SPEC): Rehearsed => ({ strategy: "touch_maker", instruments: [spec] });

Deno.test("checkRehearsal: instruments must be what they were, by whatever name a venue has", () => {
  const folder = Deno.makeTempDirSync();
  {
    using journal = journalFile(`${folder}/journal`, { strategy: "strategies/touch_maker.ts" });
    backtest({ strategy: touchMaker, tape: TAPE, journal });
  }
  checkRehearsal(folder, wanted(SPEC));
  checkRehearsal(folder, wanted({ ...SPEC, symbol: "ZERO-USD", tick: "0.050" }));
  const refused = (change: object, message: string) =>
    assertThrows(() => checkRehearsal(folder, wanted({ ...SPEC, ...change })), RangeError, message);
  refused({ tick: "0.01" }, "tick of ZEROUSD is 0.01, and was 0.05 there");
  refused({ lot: "0.1" }, "lot of ZEROUSD");
  refused({ currency: "USDT" }, "currency of ZEROUSD");
  refused({ symbol: "BTCUSDT" }, "it ran on ZEROUSD");
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("findRehearsal: the newest run of the strategy on the instruments, by whatever name a venue has", () => {
  const out = Deno.makeTempDirSync();
  for (const name of ["a", "b"]) {
    Deno.mkdirSync(`${out}/${name}`);
    using journal = journalFile(`${out}/${name}/journal`, { strategy: "strategies/touch_maker.ts" });
    backtest({ strategy: touchMaker, tape: TAPE, journal });
  }
  Deno.utimeSync(`${out}/a`, 5, 5);
  Deno.mkdirSync(`${out}/live`);
  assertEquals(findRehearsal(out, wanted({ ...SPEC, symbol: "ZERO/USD" })), `${out}/b`);
  assertEquals(findRehearsal(out, { ...wanted(SPEC), strategy: "market_maker" }), undefined);
  assertEquals(findRehearsal(out, wanted({ ...SPEC, symbol: "BTCUSDT" })), undefined);
  const unlike = { ...wanted(SPEC), strategy: "market_maker" };
  assertThrows(() => checkRehearsal(`${out}/b`, unlike), RangeError, "it ran touch_maker, not market_maker; run");
  assertEquals(findRehearsal(`${out}/none`, wanted(SPEC)), undefined);
  Deno.removeSync(out, { recursive: true });
});

/** Runs that rehearse nothing, each into the folder of its name. */
const LACKING: readonly (readonly [name: string, lack: string, run: (journal: Journal) => void])[] = [
  ["unopened", "it saw 0 rows of ZEROUSD (it ended early: the stream could not be opened)", (journal) => {
    const session = new ArrivingSession({
      strategy: touchMaker,
      feeds: [{ instrument: SPEC }],
      wall: () => 5n,
      journal,
    });
    session.stop(new Error("the stream could not be opened"));
    assertThrows(() => session.finish(), RunError);
  }],
  ["thrown", "it broke off: Cannot go on: the strategy threw in onTimer", (journal) => {
    const strategy = {
      ...touchMaker,
      create: () => ({ onStart: (ctx: Context) => void ctx.every("1s"), onTimer: () => fail("no idea") }),
    };
    assertThrows(() => backtest({ strategy, tape: TAPE, journal }), RunError);
  }],
  ["killed", "it has no end: it goes on, was killed", (journal) => {
    const session = new ArrivingSession({
      strategy: touchMaker,
      feeds: [{ instrument: SPEC }],
      wall: () => 5n,
      journal,
    });
    session.run.journal!.flush();
  }],
];

Deno.test("checkRehearsal, findRehearsal: what saw no market, broke off or has no end is none", () => {
  for (const [name, lack, run] of LACKING) {
    const out = Deno.makeTempDirSync(), folder = `${out}/${name}`;
    Deno.mkdirSync(folder);
    {
      using journal = journalFile(`${folder}/journal`, { strategy: "strategies/touch_maker.ts" });
      run(journal);
    }
    // Where there is no other it is named, and refused.
    assertEquals(findRehearsal(out, wanted(SPEC)), folder);
    const { message } = assertThrows(() => checkRehearsal(folder, wanted(SPEC)), RangeError);
    assertStringIncludes(message, `Cannot go live as ${folder}: ${lack}`);
    assertStringIncludes(message, "; run touch_maker with --tape or --paper again, or name another run as --rehearsed");
    Deno.mkdirSync(`${out}/sound`);
    {
      using journal = journalFile(`${out}/sound/journal`, { strategy: "strategies/touch_maker.ts" });
      const stopped = { steps: 9, reason: "stopped" };
      assertThrows(() => backtest({ strategy: touchMaker, tape: TAPE, journal, stopAfter: stopped }), RunError);
    }
    Deno.utimeSync(`${out}/sound`, 5, 5);
    assertEquals(findRehearsal(out, wanted(SPEC)), `${out}/sound`);
    checkRehearsal(`${out}/sound`, wanted(SPEC));
    Deno.removeSync(out, { recursive: true });
  }
});
