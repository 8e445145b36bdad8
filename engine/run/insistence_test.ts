import { assertEquals } from "@std/assert";
import { Insistence } from "./insistence.ts";

Deno.test("Insistence: what comes before all steps are over is an echo, and then it is meant", () => {
  const waiting: { readonly ms: number; readonly run: () => void }[] = [];
  const presses = new Insistence((ms, run) => void waiting.push({ ms, run }));
  assertEquals(presses.hear(), "first");
  let waitedMs = 0;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    assertEquals(presses.hear(), "echo");
    waitedMs += next.ms;
    next.run();
  }
  assertEquals([waitedMs, presses.hear(), presses.hear()], [300, "again", "again"]);
});
