import { assertEquals, assertThrows } from "@std/assert";
import { FakeTimers } from "./_fake_timers.ts";
import { PacedSender } from "./paced_sender.ts";

Deno.test("PacedSender: at most so many in any second, in their order", async () => {
  const timers = new FakeTimers(), sent: [string, number][] = [];
  const sender = new PacedSender((text) => sent.push([text, timers.now()]), 5, timers);
  for (let i = 0; i < 17; i++) sender.send(`${i}`);
  await timers.advance(500);
  sender.send("17");
  await timers.advance(10_000);
  assertEquals(sent.map(([text]) => Number(text)), Array.from({ length: 18 }, (_, i) => i));
  for (const [, from] of sent) {
    assertEquals(sent.filter(([, at]) => at > from - 1000 && at <= from).length <= 5, true);
  }
  assertEquals(sent.at(-1)![1], 3000);
});

Deno.test("PacedSender: what waits is bounded, and forgotten when it is closed", async () => {
  const timers = new FakeTimers(), sent: string[] = [];
  const sender = new PacedSender((text) => sent.push(text), 1, timers);
  for (let i = 0; i < 10_001; i++) sender.send("x");
  assertThrows(() => sender.send("x"), RangeError, "Cannot send: 10000 frames wait");
  sender.close();
  await timers.advance(60_000);
  assertEquals(sent.length, 1);
});
