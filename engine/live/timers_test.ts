import { assertEquals } from "@std/assert";
import { systemTimers } from "./timers.ts";

Deno.test("systemTimers.after: a wait longer than a timer of the machine can be does not fall due at once", async () => {
  let called = 0;
  const cancels = [2 ** 31, 5e9, Infinity].map((ms) => systemTimers.after(ms, () => called++));
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (const cancel of cancels) cancel();
  assertEquals(called, 0);
});
