import { assertEquals } from "@std/assert";
import { Allowance } from "./allowance.ts";

function taken(allowance: Allowance, ms: number, load: number): number {
  let count = 0;
  for (let now = 0; now < ms; now++) if (allowance.take(now, load) === 0) count++;
  return count;
}

Deno.test("Allowance: so many a second, and a quarter of that under full load", () => {
  const counts = [0, 0.5, 1].map((load) => taken(new Allowance({ perSecond: 100, atOnce: 20 }, 0), 10_000, load));
  assertEquals(counts.map((count) => Math.round(count / 25)), [41, 25, 10]);
});

Deno.test("Allowance: what was not used counts up to a bound, and a clock that goes back gives nothing", () => {
  const allowance = new Allowance({ perSecond: 10, atOnce: 3 }, 0);
  for (let i = 0; i < 3; i++) assertEquals(allowance.take(100_000, 0), 0);
  assertEquals(allowance.take(100_000, 0), 100);
  assertEquals(allowance.take(50_000, 0), 100);
});

Deno.test("Allowance: what counts for more waits for more, but not for more than there can be", () => {
  const allowance = new Allowance({ perSecond: 10, atOnce: 5 }, 0);
  assertEquals(allowance.take(0, 0, 20), 0);
  assertEquals(allowance.take(0, 0), 1600);
});
