import { assert, assertEquals, assertThrows } from "@std/assert";
import { madeTape } from "../feed/_made_tape.ts";
import { busy, oddMarket } from "./_busy.ts";
import { OutputLog, rig, type RigOptions } from "./_rig.ts";
import { Code, codeName } from "./codes.ts";
import type { Command, CommandEntry } from "./command.ts";
import { Rng } from "./rng.ts";
import type { Session } from "./session.ts";

const START = 1_700_000_000_000_000_000n;

/** Orders and fills as lines, and each command where it came in. */
class Log extends OutputLog {
  readonly entries: CommandEntry[] = [];

  commanded(entry: CommandEntry): void {
    this.entries.push(entry);
    this.lines.push(`command ${entry.command.id}`);
  }
}

function started(more: Partial<RigOptions> = {}): { readonly session: Session; readonly log: Log } {
  const log = new Log();
  const tapes = { A: madeTape(oddMarket(new Rng(3), 400, START, 40), { batch: 64 }) };
  const session = rig({ tapes, latency: { order: 7, response: 5 }, recorder: log, ...more });
  session.start();
  return { session, log };
}

function go(session: Session, steps: number): void {
  for (let i = 0; i < steps; i++) session.step();
}

Deno.test("Session.command: each kind of order does what a strategy's call does, or is refused with a code", () => {
  const { session } = started({ strategy: { onBook() {} } });
  go(session, 20);
  const { core } = session;
  const ask = (command: Command) => {
    const { code, order } = session.command(command);
    return `${code === 0 ? "done" : codeName(code)} ${order}`;
  };
  const scenario: readonly (readonly [command: Command, answer: string])[] = [
    [{ kind: "submit", side: "buy", size: 3, price: 700 }, "done 1"],
    [{ kind: "amend", order: 1, price: 701 }, "REQUEST_PENDING 1"],
    [{ kind: "cancel", order: 9 }, "UNKNOWN_ORDER 9"],
    [{ kind: "submit", side: "sell", size: 2, type: "limit" }, "PRICE_GRID 0"],
    [{ kind: "submit", side: "sell", size: 2, price: 1900, instrument: "A", tif: "day", postOnly: true }, "done 3"],
  ];
  for (const [command, answer] of scenario) assertEquals([command.kind, ask(command)], [command.kind, answer]);
  go(session, 30);
  assertEquals(ask({ kind: "amend", order: 1, size: 5 }), "done 1");
  assertEquals(ask({ kind: "cancel", order: 1 }), "REQUEST_PENDING 1");
  go(session, 30);
  assertEquals(core.orders.size[core.orders.slotOf(1)], 5);
  assertEquals(ask({ kind: "cancel_all" }), "done 0");
  go(session, 30);
  assertEquals(session.context.openOrders(undefined, true), []);
});

Deno.test("Session.command: a malformed command throws, says what it is and should be, and changes nothing", () => {
  const { session, log } = started();
  go(session, 5);
  const before = log.lines.length;
  const cases: readonly (readonly [command: unknown, message: string])[] = [
    [{ kind: "cancel_al" }, "Cannot take command cancel_al: there is none of that kind; did you mean cancel_all?"],
    [undefined, "Cannot take a command: it is no plain object"],
    [{ kind: "cancel", order: 1n }, "Cannot take a command: it is no plain object"],
    [{ kind: "cancel" }, "Cannot cancel: order is missing; it is a whole number above 0"],
    [{ kind: "cancel", order: 1.5 }, "Cannot cancel: order is 1.5; it is a whole number above 0"],
    [{ kind: "cancel", ordr: 1 }, "Cannot cancel: there is no field ordr; did you mean order?"],
    [{ kind: "cancel", order: 1, id: "two words" }, 'Cannot cancel: id is "two words"'],
    [{ kind: "submit", side: "by", size: 1 }, 'Cannot submit: side is "by"; it is "buy" or "sell"'],
    [{ kind: "submit", side: "buy", size: 1, tif: "goc" }, 'Cannot submit: tif is "goc"; it is one of gtc,'],
    [{ kind: "submit", side: "buy", size: 1, instrument: "B" }, 'Cannot submit: instrument is "B"; it is one of A'],
    [{ kind: "submit", side: "buy", size: 1, tif: "gtd" }, "Cannot submit: tif gtd and expires go together"],
    [{ kind: "amend", order: 1 }, "Cannot amend: it has neither price nor size"],
  ];
  for (const [command, message] of cases) assertThrows(() => session.command(command as Command), TypeError, message);
  assertEquals(log.lines.length, before);
});

Deno.test("Session.command: an id that comes again has its first answer, and nothing is done or recorded", () => {
  const { session, log } = started();
  go(session, 5);
  const order: Command = { kind: "submit", side: "buy", size: 1, price: 700, id: "mine" };
  const first = session.command(order);
  assertEquals(session.command({ ...order, size: 50 }), first);
  assertEquals(log.entries.length, 1);
  const other = session.command({ ...order, id: undefined });
  assertEquals([other.id, other.order], ["c1", first.order + 1]);
});

Deno.test("Session.command: before the start and behind the end it is refused as CLOSED; in the midst of a move it is a slip", () => {
  const idle = rig({ tapes: { A: madeTape(oddMarket(new Rng(3), 40, START, 40)) } });
  assertEquals(idle.command({ kind: "cancel_all" }).code, Code.CLOSED);
  idle.run();
  assertEquals(idle.command({ kind: "cancel_all" }).code, Code.CLOSED);
  let thrown = "";
  const { session } = started({
    strategy: {
      onBook() {
        thrown ||= assertThrows(() => session.command({ kind: "cancel_all" }), Error).message;
      },
    },
  });
  go(session, 20);
  assertEquals(thrown, "Cannot take a command in the midst of a move; wait until it is done");
});

Deno.test("Session.command: given again after as many moves, the session puts out the same", () => {
  for (let seed = 0; seed < 20; seed++) {
    const strategy = () => busy({ interval: "29ns" });
    const { session, log } = started({ strategy: strategy(), seed });
    const rng = new Rng(seed);
    let more = true;
    while (more) {
      if (rng.int(9) === 0) {
        session.command({
          kind: "submit",
          side: rng.int(2) ? "buy" : "sell",
          size: 1 + rng.int(3),
          price: 1000 + rng.int(9),
        });
      }
      if (rng.int(40) === 0) session.command({ kind: "cancel_all" });
      more = session.step();
    }
    session.finish();
    assert(log.entries.length > 5);
    const again = started({ strategy: strategy(), seed });
    let given = 0;
    for (more = true; more;) {
      while (log.entries[given]?.steps === again.session.steps) again.session.command(log.entries[given++].command);
      more = again.session.step();
    }
    again.session.finish();
    assertEquals(again.log.lines, log.lines);
    assertEquals(again.log.entries, log.entries);
    assertEquals(again.session.core.digest.hex(), session.core.digest.hex());
  }
});

Deno.test("Commands.schedule: each comes at its time, in order, before the strategy's timers, and those beyond the end are told of", () => {
  const seen: string[] = [];
  const log = new Log();
  const session = rig({
    tapes: { A: madeTape(oddMarket(new Rng(3), 400, START, 40)) },
    recorder: log,
    strategy: {
      onStart: (ctx) => void ctx.after("100ns"),
      onTimer: (ctx) => void seen.push(`${log.entries.length} commands before the timer at ${ctx.now - START}`),
    },
  });
  session.commands.schedule([
    { at: "+100ns", command: { kind: "submit", side: "buy", size: 1, price: 700, id: "second" } },
    "+40ns submit sell 1 price=1900 id=first",
    { at: "2023-11-14T22:13:20.000000200Z", command: { kind: "cancel_all", id: "third" } },
    "+400d cancel_all id=never",
  ]);
  session.run();
  const places = log.entries.map(({ at, command, scheduled }) => [command.id, BigInt(at) - START, scheduled]);
  assertEquals(places, [["first", 40n, true], ["second", 100n, true], ["third", 200n, true]]);
  assertEquals(seen, ["2 commands before the timer at 100"]);
  assertEquals(session.commands.notes.map((note) => note.replace(/ at \S+:|for \S+/, "")), [
    "Command first (submit) carried out",
    "Command second (submit) carried out",
    "Command third (cancel_all) carried out",
    "Command never (cancel_all)  was not reached: the session ended before",
  ]);
});

Deno.test("Session.command: an instrument that several venues trade is named with its venue, and by its symbol alone none is", () => {
  const tapes = {
    A: madeTape(oddMarket(new Rng(3), 40, START, 40)),
    B: madeTape(oddMarket(new Rng(4), 40, START, 40)),
  };
  const specs = { A: { symbol: "X", venue: "a" }, B: { symbol: "X", venue: "b" } };
  const session = rig({ tapes, specs });
  session.start();
  go(session, 10);
  const { order } = session.command({ kind: "submit", side: "buy", size: 1, price: 700, instrument: "X@b" });
  const { orders } = session.core;
  assertEquals(orders.instrument[orders.slotOf(order)], 1);
  const bare = { kind: "submit", side: "buy", size: 1, price: 700, instrument: "X" };
  assertThrows(() => session.command(bare), TypeError, 'instrument is "X"; it is one of X@a, X@b');
});

Deno.test("Commands.schedule: what cannot be is refused before anything begins", () => {
  const session = rig({ tapes: { A: madeTape(oddMarket(new Rng(3), 40, START, 40)) } });
  const refuse = (command: string, message: string) =>
    assertThrows(() => session.commands.schedule([command]), Error, message);
  refuse("2023-11-14T22:13:19Z cancel_all", "the session starts at 2023-11-14T22:13:20.000000000Z");
  refuse("soon cancel_all", 'Cannot read a command\'s time: "soon" is neither like +90s nor like');
  refuse("+1s cancel", "Cannot cancel: order is missing");
  assertThrows(
    () => session.commands.schedule(["+1s cancel_all id=x", "+2s cancel_all id=x"]),
    RangeError,
    "id x is given twice",
  );
  assertThrows(() => session.commands.handle("cancel", { about: "", fields: {}, apply() {} }), RangeError);
});

Deno.test("Session.command every, after: timers of the strategy are set from outside", () => {
  const heard: number[] = [];
  const { session } = started({ strategy: { onTimer: (_ctx, timer) => void heard.push(timer) } });
  assertEquals(session.command({ kind: "every", interval: "200ns" }).order, 1);
  assertEquals(session.command({ kind: "after", delay: "300ns" }).order, 2);
  go(session, 4);
  assertEquals(heard, [1, 2, 1, 1]);
  assertThrows(() => session.command({ kind: "every", interval: "0s" }), RangeError, "must be above 0");
  assertThrows(() => session.command({ kind: "after", delay: "soon" }), RangeError, '"soon" is not like 10ms');
});

Deno.test("Session.command: an order that was sent by hand is left alone by a strategy that looks after its own", () => {
  const { session } = started({
    strategy: {
      onStart: (ctx) => void ctx.submit({ side: 1, size: 1, price: 650 }),
      onTimer: (ctx) => ctx.cancelAll(),
    },
  });
  session.command({ kind: "every", interval: "50ns" });
  session.command({ kind: "submit", side: "buy", size: 3, price: 700 });
  go(session, 40);
  assertEquals(session.context.openOrders(), []);
  assertEquals(session.context.openOrders(undefined, true).map(({ size }) => size), [3]);
  session.command({ kind: "cancel_all" });
  go(session, 40);
  assertEquals(session.context.openOrders(undefined, true), []);
});
