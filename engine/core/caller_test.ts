import { assert, assertEquals, assertThrows } from "@std/assert";
import { madeTape } from "../feed/_made_tape.ts";
import { rig } from "./_rig.ts";
import { Code } from "./codes.ts";
import { BUY } from "./event.ts";
import type { Session } from "./session.ts";

const row = { exchange: 1_700_000_000_000_000_000n, side: BUY, price: 10, size: 1 };

/** A session whose `onAlert` raises another alert, `times` in all; returns how often it was called. */
function echoing(times: number) {
  let called = 0;
  const raise = () =>
    session.core.alerts.raise({ instrument: -1, severity: "warning", code: Code.SLIPPAGE, text: "again" });
  const session: Session = rig({
    tapes: { X: madeTape([row]) },
    strategy: { onStart: raise, onAlert: () => void (++called < times && raise()) },
  });
  return { session, called: () => called };
}

Deno.test("Caller: an alert may raise others, a few deep", () => {
  const { session, called } = echoing(8);
  session.run();
  assertEquals([called(), session.core.alerts.counts.warning], [8, 8]);
});

Deno.test("Caller: an onAlert that raises an alert each time ends with a sentence about the loop", () => {
  const { session, called } = echoing(Infinity);
  const error = assertThrows(
    () => session.run(),
    Error,
    "Cannot tell the strategy what is new: that is so for the 8th time in one move",
  );
  assert((error as Error).message.includes("act later, in onTimer (ctx.after)"));
  assertEquals(called(), 8);
});
