import { assertEquals } from "@std/assert";
import { systemTimers } from "./timers.ts";

Deno.test("systemTimers.after: a wait longer than a timer of the machine can be is made of several", () => {
  const { setTimeout: real } = globalThis, waits: number[] = [], due: (() => void)[] = [];
  globalThis.setTimeout = Object.assign((fn: () => void, ms: number) => {
    waits.push(ms);
    due.push(fn);
    return real(() => {}, 0);
  }, real);
  let called = 0;
  try {
    systemTimers.after(5e9, () => called++);
    while (due.length > 0) due.shift()!();
  } finally {
    globalThis.setTimeout = real;
  }
  assertEquals([waits, called], [[2e9, 2e9, 1e9], 1]);
});
