import { assert, assertEquals, assertThrows } from "@std/assert";
import { madeTape } from "../feed/_made_tape.ts";
import { oddMarket } from "./_busy.ts";
import { rig } from "./_rig.ts";
import { Code } from "./codes.ts";
import type { Command } from "./command.ts";
import { Rng } from "./rng.ts";
import type { Session } from "./session.ts";

const START = 1_700_000_000_000_000_000n;

function started(): Session {
  const session = rig({ tapes: { A: madeTape(oddMarket(new Rng(3), 400, START, 40), { batch: 64 }) } });
  session.start();
  for (let i = 0; i < 20; i++) session.step();
  return session;
}

Deno.test("Session.command: a parent order is started, amended, paused, resumed and cancelled", () => {
  const session = started();
  const ask = (command: Command) => {
    const { code, order } = session.command(command);
    return [code, order];
  };
  const state = () => session.context.parents.view(1)?.state;
  const start = { kind: "parent_start", algo: "twap", side: "buy", size: 40, over: "10us", instrument: "A" };
  assertEquals([ask(start), state()], [[0, 1], "Working"]);
  assertEquals([ask({ kind: "parent_amend", parent: 1, size: 50 }), state()], [[0, 1], "Working"]);
  assertEquals([ask({ kind: "parent_pause", parent: 1 }), state()], [[0, 1], "Paused"]);
  assertEquals(ask({ kind: "parent_pause", parent: 1 }), [Code.UNKNOWN_ORDER, 1]);
  assertEquals([ask({ kind: "parent_resume", parent: 1 }), state()], [[0, 1], "Working"]);
  assertEquals(ask({ kind: "parent_cancel", parent: 1 }), [0, 1]);
  assertEquals(ask({ kind: "parent_cancel", parent: 9 }), [Code.UNKNOWN_ORDER, 9]);
});

Deno.test("Session.command parent_start: a conditional one waits for what its flat fields say", () => {
  const session = started();
  const kind = "parent_start", side = "sell", size = 3;
  assertEquals(
    session.command({ kind, algo: "conditional", side, size, watch: "A", above: 1e6, value: "last" }).code,
    0,
  );
  assertEquals(session.context.parents.view(1)?.state, "Waiting");
  assertEquals(session.command({ kind, algo: "vwap", side, size, over: "1ms", curve: "3,2,1" }).code, 0);
  const cases: readonly (readonly [Command, string])[] = [
    [{ kind, algo: "twp", side, size, over: "1ms" }, "algo is twp"],
    [{ kind, algo: "twap", side, size }, "over is missing"],
    [{ kind, algo: "vwap", side, size, over: "1ms", curve: "3,x" }, "curve has NaN"],
    [{ kind, algo: "conditional", side, size, above: 1, value: "midd" }, "value is midd"],
  ];
  for (const [command, message] of cases) {
    const error = assertThrows(() => session.command(command), Error, message);
    assert(error instanceof TypeError || error instanceof RangeError);
  }
});
