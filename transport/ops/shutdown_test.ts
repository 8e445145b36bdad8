import { assert, assertEquals } from "@std/assert";
import { onSignals, Shutdown, type ShutdownOptions } from "./shutdown.ts";

/** A server whose clients and clock the test moves. */
function rig(over: Partial<ShutdownOptions> = {}) {
  const timers = new Set<{ at: number; run: () => void }>();
  const state = { now: 0, clients: 0, steps: [] as string[] };
  const shutdown = new Shutdown({
    refuse: () => state.steps.push("refuse"),
    drain: (ms, reason) => state.steps.push(`drain ${ms} ${reason}`),
    clients: () => state.clients,
    close: () => void state.steps.push("close"),
    terminate: () => state.steps.push("terminate"),
    after(ms, run) {
      const timer = { at: state.now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    ...over,
  });
  const pass = async (ms: number) => {
    for (const until = state.now + ms; state.now < until; state.now += 10) {
      for (const timer of [...timers]) {
        if (timer.at > state.now) continue;
        timers.delete(timer);
        timer.run();
      }
      for (let i = 0; i < 10; i++) await Promise.resolve();
    }
  };
  return { state, shutdown, pass, timers };
}

Deno.test("Shutdown: refuses, tells, waits for clients to go, closes", async () => {
  const { state, shutdown, pass } = rig();
  state.clients = 2;
  const done = shutdown.begin("SIGTERM");
  assertEquals([state.steps, shutdown.stopping], [["refuse", "drain 1000 SIGTERM"], true]);
  await pass(2000);
  assertEquals(state.steps.length, 2, "there is still somebody");
  state.clients = 0;
  await pass(100);
  assertEquals([await done, state.steps.slice(2)], ["clean", ["close"]]);
});

Deno.test("Shutdown: clients that stay are not waited for longer than it may take", async () => {
  const { state, shutdown, pass } = rig({ drainMs: 300 });
  state.clients = 1;
  const done = shutdown.begin("stop");
  await pass(290);
  assertEquals(state.steps.length, 2);
  await pass(100);
  assertEquals([await done, state.steps.slice(2)], ["clean", ["close"]]);
});

Deno.test("Shutdown: a close that hangs or fails ends in terminate", async () => {
  const hanging = rig({ close: () => new Promise(() => {}), closeMs: 200 });
  const done = hanging.shutdown.begin("stop");
  await hanging.pass(400);
  assertEquals([await done, hanging.state.steps.slice(2)], ["forced", ["terminate"]]);
  const errors: unknown[] = [];
  const failing = rig({
    close: () => Promise.reject(new Error("disk is full")),
    onStep: (_, error) => error !== undefined && errors.push(error),
  });
  assertEquals(await failing.shutdown.begin("stop"), "forced");
  assertEquals([failing.state.steps.slice(2), errors.length], [["terminate"], 1]);
});

Deno.test("Shutdown: twice is once, and who insists waits for nothing", async () => {
  const { state, shutdown } = rig({ close: () => new Promise(() => {}) });
  state.clients = 1;
  const done = shutdown.begin("stop");
  assert(shutdown.begin("again") === done);
  shutdown.force();
  assertEquals([await done, state.steps], ["forced", ["refuse", "drain 1000 stop", "terminate"]]);
});

Deno.test("onSignals: listens for both, and lets go", () => {
  // A listener that stayed would be a leak, which the test runner reports.
  onSignals(rig().shutdown, () => {})();
});
