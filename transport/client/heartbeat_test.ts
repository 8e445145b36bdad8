import { assert, assertEquals } from "@std/assert";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { Heartbeat, type HeartbeatOptions } from "./heartbeat.ts";

/** A heartbeat over a link that answers, or does not. */
function beating(options: HeartbeatOptions = {}) {
  const clock = new FakeTimers(0);
  const seen = { pings: [] as number[], dead: 0, answers: true, bytes: 0 };
  const heartbeat = new Heartbeat(options, clock, {
    ping: () => {
      seen.pings.push(clock.now());
      if (seen.answers) clock.after(20, () => seen.bytes += 10);
    },
    received: () => seen.bytes,
    dead: () => seen.dead++,
  });
  return { clock, seen, heartbeat };
}

Deno.test("Heartbeat: a ping at once, then every 30 s while each is answered", async () => {
  const { clock, seen, heartbeat } = beating();
  heartbeat.start();
  await clock.advance(95_000);
  assertEquals([seen.pings, seen.dead], [[0, 30_000, 60_000, 90_000], 0]);
  heartbeat.stop();
  assertEquals(clock.waiting, 0);
});

Deno.test("Heartbeat: two in a row without a sign of life are the end", async () => {
  const { clock, seen, heartbeat } = beating();
  heartbeat.start();
  await clock.advance(1000);
  seen.answers = false;
  await clock.advance(30_000 + 30_000 + 15_000 - 2000);
  assertEquals(seen.dead, 0);
  await clock.advance(2000);
  assertEquals([seen.dead, clock.waiting], [1, 0]);
});

Deno.test("Heartbeat: any byte is a sign of life, whoever asked for it", async () => {
  const { clock, seen, heartbeat } = beating({ intervalMs: 1000 });
  seen.answers = false;
  heartbeat.start();
  for (let i = 0; i < 20; i++) {
    await clock.advance(500);
    seen.bytes++;
  }
  assertEquals(seen.dead, 0);
  heartbeat.stop();
});

Deno.test("Heartbeat: asks more often on a link that was lost, and less with each answer", async () => {
  const { clock, seen, heartbeat } = beating({ intervalMs: 8000, intervalMsMin: 500 });
  heartbeat.start();
  heartbeat.stop(true);
  heartbeat.start();
  assertEquals(heartbeat.intervalMs, 2000);
  await clock.advance(100_000);
  assertEquals(heartbeat.intervalMs, 8000);
  const gaps = seen.pings.slice(1).map((at, i) => at - seen.pings[i]).slice(0, 6);
  assertEquals(gaps, [0, 2000, 3000, 4500, 6750, 8000]);
  heartbeat.stop();
});

Deno.test("Heartbeat: a timer that comes far too late is sleep, not silence", async () => {
  const { clock, seen, heartbeat } = beating();
  heartbeat.start();
  await clock.advance(100);
  seen.answers = false;
  await clock.sleep(600_000);
  assertEquals(seen.dead, 0);
  assert(seen.pings.length >= 2, "it asked again");
  await clock.advance(2000);
  assertEquals(seen.dead, 1);
});

Deno.test("Heartbeat: a probe that nothing answers is the end, soon", async () => {
  const { clock, seen, heartbeat } = beating();
  heartbeat.start();
  await clock.advance(100);
  heartbeat.probe(2000);
  await clock.advance(2000);
  assertEquals(seen.dead, 0);
  await clock.advance(100);
  seen.answers = false;
  heartbeat.probe(2000);
  await clock.advance(2000);
  assertEquals(seen.dead, 1);
});
