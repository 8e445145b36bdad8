import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTimers } from "./_fake_timers.ts";
import { WeightLimiter } from "./weight_limiter.ts";

Deno.test("WeightLimiter: never more than a minute has in any sixty seconds, first come first served", async () => {
  const timers = new FakeTimers(), limiter = new WeightLimiter(100, timers), went: [number, number][] = [];
  for (let i = 0; i < 12; i++) void limiter.take(30).then(() => went.push([i, timers.now()]));
  await timers.advance(600_000);
  assertEquals(went.map(([i]) => i), went.map((_, i) => i));
  for (const [, from] of went) {
    const within = went.filter(([, at]) => at > from - 60_000 && at <= from).length;
    assertEquals(within * 30 <= 100, true);
  }
  assertEquals(went.at(-1)![1], 180_000);
});

Deno.test("WeightLimiter: what the exchange says was spent, and its wish for silence, count", async () => {
  const timers = new FakeTimers(), limiter = new WeightLimiter(100, timers), waits: number[] = [];
  limiter.onWait = (ms) => waits.push(ms);
  await limiter.take(10);
  limiter.learn(95);
  limiter.learn(20);
  assertEquals(limiter.used, 95);
  let went = -1;
  void limiter.take(10).then(() => went = timers.now());
  limiter.halt(90_000);
  await timers.advance(89_999);
  assertEquals(went, -1);
  await timers.advance(1);
  assertEquals([went, waits], [90_000, [60_000, 90_000]]);
});

Deno.test("WeightLimiter: asks for too much, or of one that is closed, are refused", async () => {
  const limiter = new WeightLimiter(100, new FakeTimers());
  assertThrows(() => limiter.take(101), RangeError, "Cannot spend weight 101: a minute has 100");
  await limiter.take(100);
  const waiting = limiter.take(1);
  limiter.close(new Error("closed"));
  await assertRejects(() => waiting, Error, "closed");
});
