import { assert, assertEquals, assertThrows } from "@std/assert";
import { madeTape } from "../feed/_made_tape.ts";
import { oddMarket } from "./_busy.ts";
import { OutputLog, rig } from "./_rig.ts";
import { codeName } from "./codes.ts";
import type { CommandEntry } from "./command.ts";
import { BUY } from "./event.ts";
import type { ParamValue } from "./params.ts";
import { Rng } from "./rng.ts";
import type { Session } from "./session.ts";
import { StateReader } from "./state_reader.ts";
import { StateWriter } from "./state_writer.ts";
import type { Strategy } from "./strategy.ts";

const START = 1_700_000_000_000_000_000n;

/** Sends an order of so many lots at each timer, and counts them; what it knows, it shows. */
function made({ lots = 1 }: Readonly<Record<string, ParamValue>> = {}): Strategy {
  if (lots === 13) throw new RangeError("Cannot set parameter lots: 13 is not 12 or less");
  let sent = 0;
  return {
    onStart: (ctx) => void ctx.every("50ns"),
    onTimer: (ctx) => void ctx.submit({ side: BUY, size: Number(lots) + 100 * ++sent, price: 700 }),
    save: () => sent,
    load: (state) => void (sent = state as number),
  };
}

class Log extends OutputLog {
  readonly entries: CommandEntry[] = [];
  commanded(entry: CommandEntry): void {
    this.entries.push(entry);
  }
}

function started() {
  const log = new Log(), tapes = { A: madeTape(oddMarket(new Rng(3), 400, START, 40), { batch: 64 }) };
  const session = rig({ tapes, latency: { order: 7, response: 5 }, recorder: log, strategy: made(), remake: made });
  return { session, log };
}

const go = (session: Session, steps: number) => {
  for (let i = 0; i < steps; i++) session.step();
};
const sizes = (session: Session) => session.context.openOrders().map(({ size }) => size);

Deno.test("Session.command strategy_set: the strategy goes on with another parameter, and knows what it knew", () => {
  const { session } = started();
  session.start();
  go(session, 8);
  const before = sizes(session);
  assert(before.length > 1 && before.every((size, i) => size === 100 * (i + 1) + 1));
  assertEquals(session.command({ kind: "strategy_set", name: "lots", value: 7 }).code, 0);
  go(session, 8);
  const after = sizes(session).slice(before.length);
  assert(after.length > 1 && after.every((size, i) => size === 100 * (before.length + i + 1) + 7), `${after}`);
});

Deno.test("Session.command strategy_stop, strategy_start: it hears nothing between them, and its orders are cancelled", () => {
  const { session } = started();
  session.start();
  go(session, 8);
  const ask = (kind: string) => {
    const { code } = session.command({ kind });
    return code === 0 ? "done" : codeName(code);
  };
  assertEquals([ask("strategy_start"), ask("strategy_stop"), ask("strategy_stop")], [
    "NOTHING_HELD",
    "done",
    "NOTHING_HELD",
  ]);
  go(session, 30);
  assertEquals(sizes(session), []);
  assertEquals(ask("strategy_start"), "done");
  go(session, 8);
  assert(sizes(session).length > 0);
});

Deno.test("Session.command strategy_set: what cannot be is refused by name, and changes nothing", () => {
  const { session, log } = started();
  session.start();
  go(session, 8);
  assertThrows(() => session.command({ kind: "strategy_set", name: "lots", value: 13 }), RangeError, "not 12 or less");
  const closed = rig({ tapes: { A: madeTape(oddMarket(new Rng(3), 40, START, 40)) } });
  closed.start();
  assertThrows(
    () => closed.command({ kind: "strategy_set", name: "lots", value: 2 }),
    RangeError,
    "without its parameters",
  );
  assertEquals(log.entries, []);
});

Deno.test("Session: one that was set and stopped goes on from a snapshot as it would have", () => {
  const whole = started();
  whole.session.start();
  const play = (session: Session) => {
    go(session, 6);
    session.command({ kind: "strategy_start" });
    go(session, 40);
    session.finish();
    return session.core.digest.hex();
  };
  go(whole.session, 8);
  whole.session.command({ kind: "strategy_set", name: "lots", value: 7 });
  go(whole.session, 3);
  whole.session.command({ kind: "strategy_stop" });
  const kept = new StateWriter();
  whole.session.save(kept);
  const rest = started();
  rest.session.load(new StateReader(kept.bytes()));
  assertEquals(play(rest.session), play(whole.session));
});
