import { assert, assertEquals } from "@std/assert";
import { busy, oddMarket, seenLate } from "../core/_busy.ts";
import { OutputLog, rig } from "../core/_rig.ts";
import { Rng } from "../core/rng.ts";
import { StateReader } from "../core/state_reader.ts";
import { StateWriter } from "../core/state_writer.ts";
import { Code } from "../core/codes.ts";
import type { Context, Strategy } from "../core/strategy.ts";
import { madeTape } from "../feed/_made_tape.ts";
import { gate, START, trade, watched } from "./_watched.ts";
import type { GuardOptions } from "./guard_options.ts";
import { guardSpecs } from "./guard_specs.ts";

/** Everything at once, so tight that all of it trips, on a market of 20 µs. */
const ALL_OF_THEM: GuardOptions = {
  postTrade: {
    every: "100ns",
    dailyLoss: { limit: 40, then: "reduce" },
    drawdown: { limit: 60, then: "alert" },
    lossStreak: { count: 3, pause: "2us" },
    positionAge: { limit: "1us", then: "reduce" },
    pnlJump: { limit: 15, window: "640ns", pause: "1us" },
    slippage: { rate: 0.001, fills: 2, of: "all" },
  },
  breakers: {
    bands: { band: 0.004, window: "3us", limitState: "50ns", pause: "500ns" },
    jump: { rate: 0.004, window: "640ns", pause: "300ns", then: "reduce" },
    spread: { ticks: 6, lasts: "20ns", pause: "100ns" },
    silence: { after: "60ns", then: "reduce", cancel: false },
    crossed: { then: "alert" },
  },
  compliance: {
    washTrades: { window: "1us" },
    layering: { orders: 2, window: "2us" },
    momentum: { trades: 2, move: 1e-4 },
  },
};

/** As `busy`, but one that a snapshot can keep, as it knows nothing itself. */
function forgetful(): Strategy {
  return { ...busy({ interval: "13ns" }), save: () => null, load: () => {} };
}

function session(log: OutputLog, guards: GuardOptions | undefined, latency: number) {
  const rng = new Rng(5);
  return rig({
    tapes: { A: madeTape(seenLate(rng, oddMarket(rng, 900, START, 40), 60), { batch: 64 }) },
    strategy: forgetful(),
    latency: { order: latency, response: latency },
    recorder: log,
    ...guards ? { guards: guardSpecs(guards, ["A"]) } : {},
  });
}

Deno.test("Guards: all of them at once trip, the same way each time", () => {
  const run = () => {
    const log = new OutputLog(), whole = session(log, ALL_OF_THEM, 7);
    whole.run();
    return { digest: whole.core.digest.hex(), alerts: whole.core.alerts.list, lines: log.lines };
  };
  const first = run(), second = run();
  assertEquals(first, second);
  const codes = [...new Set(first.alerts.map(({ code }) => code))].sort();
  for (
    const code of [
      "BANDS",
      "CROSSED_BOOK",
      "DRAWDOWN",
      "FEED_SILENT",
      "PNL_JUMP",
      "POSITION_AGE",
      "PRICE_JUMP",
      "WIDE_SPREAD",
    ]
  ) {
    assert(codes.includes(code), `${code} is none of ${codes}`);
  }
  // An alert is a record of the digest.
  assertEquals(first.lines.filter((line) => line.startsWith("5 ")).length, first.alerts.length);
});

Deno.test("Guards: a session that goes on from a snapshot has the same records, alerts and digest", () => {
  const log = new OutputLog(), whole = session(log, ALL_OF_THEM, 7);
  whole.start();
  const kept: { at: number; lines: number; bytes: Uint8Array }[] = [];
  while (whole.step()) {
    if (whole.steps % 97 !== 0) continue;
    const to = new StateWriter();
    whole.save(to);
    kept.push({ at: whole.steps, lines: log.lines.length, bytes: to.bytes().slice() });
  }
  whole.finish();
  assert(kept.length > 5);
  for (const { at, lines, bytes } of kept) {
    const after = new OutputLog(), rest = session(after, ALL_OF_THEM, 7);
    rest.load(new StateReader(bytes));
    while (rest.step());
    rest.finish();
    assertEquals(after.lines, log.lines.slice(lines), `from step ${at}`);
    assertEquals(rest.core.alerts.list, whole.core.alerts.list);
    assertEquals(rest.core.digest.hex(), whole.core.digest.hex());
  }
});

Deno.test("Guards: to be asked for, and to hear each message, changes nothing by itself", () => {
  const run = (guards?: GuardOptions) => {
    const log = new OutputLog(), whole = session(log, guards, 7);
    whole.run();
    return log.lines;
  };
  const quiet: GuardOptions = {
    postTrade: { every: "10ns", drawdown: { limit: 1e9 }, slippage: { rate: 1e9 } },
    breakers: { silence: { after: "1d" }, jump: { rate: 1e9, window: "1us" }, bands: { band: 1e9 } },
    compliance: { momentum: { trades: 1e9 } },
  };
  const without = run();
  assert(without.length > 100);
  assertEquals(run(quiet), without);
  assertEquals(run({}), without);
});

Deno.test("Guards: a strategy that is told of one finds it in force: what it sends from onAlert does not leave", () => {
  const moments = [[0, 99, 101], [10, 89, 91], [30, 89, 91]] as const;
  for (
    const [then, code] of [["kill", Code.KILLED], ["halt", Code.DRAWDOWN], [
      "reduce",
      Code.NOT_REDUCING_POSITION,
    ]] as const
  ) {
    let sent: number | undefined;
    const onAlert = (ctx: Context) => void (sent ??= ctx.submit({ side: 1, size: 1 }));
    const { session } = watched(moments, { postTrade: { every: "1ms", drawdown: { limit: 50, then } } }, [], {
      strategy: {
        onStart: (ctx) => void ctx.after("1ms"),
        onTimer: (ctx) => void trade(10)(ctx),
        onAlert,
      },
    });
    assertEquals(sent, -code, then);
    const holds = { kill: "halted KILLED", halt: "halted DRAWDOWN", reduce: "reducing DRAWDOWN" };
    assertEquals(gate(session.context), holds[then]);
    // What stopped it, a strategy cannot undo: that takes a command.
    for (const name of ["reset", "resume", "release", "set", "algos", "killSwitch"]) {
      assert(!(name in session.context.guards), name);
    }
    assertEquals(session.core.account.position(0), 10);
  }
});
