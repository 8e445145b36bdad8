import { assertEquals, assertThrows } from "@std/assert";
import { rig } from "../core/_rig.ts";
import { BUY } from "../core/event.ts";
import { madeTape } from "../feed/_made_tape.ts";
import { KillSwitch } from "./kill_switch.ts";
import { Sweep } from "./sweep.ts";

Deno.test("KillSwitch.kill: a cause that is no text and a request that is none throw a TypeError, and nothing is killed", () => {
  const row = { exchange: 1_700_000_000_000_000_000n, side: BUY, price: 10, size: 1 };
  const { core } = rig({ tapes: { X: madeTape([row]) } });
  const kills = new KillSwitch(core, new Sweep(core), () => {});
  const kill = (...given: unknown[]) => (kills.kill as (...given: unknown[]) => void).apply(kills, given);
  assertThrows(() => kill({}, null), TypeError, "Cannot kill: cause is an object; say why, in words");
  assertThrows(() => kill(), TypeError, "cause is undefined");
  assertThrows(() => kill("test", null), TypeError, 'the request is null; give { flatten: "market" }, or leave it out');
  assertThrows(() => kill("test", "market"), TypeError, "the request is market");
  assertThrows(() => kill("test", { flatten: 1 }), TypeError, "flatten is 1; give an algo's name");
  assertEquals([kills.thrown, core.alerts.summary()], [false, undefined]);
});

Deno.test("Guards.pause: a request that is none throws a TypeError, and nothing is paused", () => {
  const row = { exchange: 1_700_000_000_000_000_000n, side: BUY, price: 10, size: 1 };
  const session = rig({
    tapes: { X: madeTape([row]) },
    strategy: {
      onStart({ guards }) {
        assertThrows(() => guards.pause("test", null as unknown as undefined), TypeError, "the request is null");
        assertEquals(guards.state().kill.paused, false);
      },
    },
  });
  session.run();
});
