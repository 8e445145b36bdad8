import { assertEquals, assertThrows } from "@std/assert";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { DeadMan } from "./dead_man.ts";

function world() {
  const timers = new FakeTimers(), fired: string[] = [];
  const switches = new DeadMan(timers, ({ kind }) => void fired.push(`${kind} at ${timers.now()}`));
  return { timers, fired, switches };
}

Deno.test("DeadMan: it fires at its time, unless it was set again or ended", () => {
  const { timers, fired, switches } = world(), [ann, bob] = [{}, {}];
  switches.set(ann, { seconds: 5 });
  switches.set(bob, { seconds: 5 });
  timers.pass(4000);
  switches.set(ann, { seconds: 5 });
  switches.set(bob, { seconds: 0 });
  timers.pass(4000);
  assertEquals(fired, []);
  timers.pass(1000);
  assertEquals([fired, timers.waiting], [["cancel_all at 9000"], 0]);
});

Deno.test("DeadMan: who leaves fires what is for that; a time of its own is still waited for", () => {
  const { timers, fired, switches } = world(), [ann, bob] = [{}, {}];
  switches.set(ann, { onLeave: true });
  switches.set(bob, { seconds: 5 });
  switches.left(ann);
  switches.left(bob);
  assertEquals(fired, ["cancel_all at 0"]);
  timers.pass(5000);
  assertEquals(fired, ["cancel_all at 0", "cancel_all at 5000"]);
});

Deno.test("DeadMan: with the session all end, those of clients that have gone too", () => {
  const { timers, fired, switches } = world(), [ann, bob] = [{}, {}];
  switches.set(ann, { seconds: 5 });
  switches.set(bob, { seconds: 86_400 });
  switches.left(bob);
  switches.stop();
  assertEquals([fired, timers.waiting], [[], 0]);
});

Deno.test("DeadMan: those that wait are bounded, of clients that come and go as well", () => {
  const { timers, switches } = world();
  for (let i = 0; i < 4096; i++) {
    const client = {};
    switches.set(client, { seconds: 60 });
    switches.left(client);
  }
  assertThrows(() => switches.set({}, { seconds: 60 }), Error, "4096 wait already");
  switches.set({}, { onLeave: true });
  timers.pass(60_000);
  switches.set({}, { seconds: 60 });
});
