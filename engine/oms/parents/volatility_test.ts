import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { normal } from "../../core/math.ts";
import { Rng } from "../../core/rng.ts";
import { Volatility } from "./volatility.ts";

Deno.test("Volatility: finds that of a random walk, whatever the steps, and not the bounce between messages", () => {
  const rng = new Rng(3);
  for (const stepSec of [1, 4, 60]) {
    const volatility = new Volatility();
    let price = 10_000, now = 0;
    for (let i = 0; i < 4000; i++) {
      now += stepSec * 1e9;
      price += 2.5 * Math.sqrt(stepSec) * normal(rng);
      volatility.add(now, 2 * price);
      volatility.add(now + 1e8, 2 * price + 500); // a flicker
    }
    assertAlmostEquals(volatility.perSecond, 2.5, 0.1);
  }
});

Deno.test("Volatility: unknown below thirty changes, and not moved by a split or a side that is empty", () => {
  const volatility = new Volatility();
  for (let i = 0; i <= 29; i++) volatility.add(i * 1e9, 100 + 2 * (i % 2));
  assert(Number.isNaN(volatility.perSecond));
  volatility.add(30e9, Infinity);
  volatility.add(30e9, NaN);
  volatility.restart();
  volatility.add(31e9, 50);
  volatility.rebase(1e9);
  volatility.add(31e9, 52);
  assertEquals(volatility.perSecond, 1);
});
