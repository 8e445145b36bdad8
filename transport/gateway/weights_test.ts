import { assertEquals } from "@std/assert";
import { BinanceError } from "./binance_error.ts";
import { Weights } from "./weights.ts";

/** Status and waiting time of the refusal; undefined where there is none. */
function refused(work: () => unknown): readonly [number, number | undefined] | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof BinanceError) return [error.status, error.more.retryAfterS];
    throw error;
  }
}

Deno.test("Weights: an address has its weight a minute of the clock, and others theirs", () => {
  const weights = new Weights({ weight: 10, ordersPer10s: 2, ordersPerDay: 3 });
  assertEquals([weights.take("a", 6, 1000), weights.take("a", 4, 2000), weights.take("b", 1, 2000)], [6, 10, 1]);
  assertEquals(refused(() => weights.take("a", 1, 30_000)), [429, 30]);
  assertEquals(weights.take("a", 1, 60_000), 1);
});

Deno.test("Weights: who asks on is banned, and heard again when that is over", () => {
  const weights = new Weights({ weight: 1, ordersPer10s: 2, ordersPerDay: 3 });
  for (let i = 0; i <= 101; i++) refused(() => weights.take("a", 1, 1000));
  assertEquals(refused(() => weights.take("a", 1, 2000)), [418, 119]);
  assertEquals(refused(() => weights.take("a", 1, 61_000)), [418, 60]);
  assertEquals(refused(() => weights.take("a", 1, 122_000)), undefined);
});

Deno.test("Weights: orders are counted by ten seconds and by the day", () => {
  const weights = new Weights({ weight: 1, ordersPer10s: 2, ordersPerDay: 3 });
  for (const now of [0, 1]) weights.order(1, now);
  assertEquals(refused(() => weights.order(1, 2))?.[0], 429);
  assertEquals(weights.orders(3), [3, 3]);
  assertEquals(refused(() => weights.order(1, 10_000))?.[0], 429);
  assertEquals(weights.orders(10_000), [1, 4]);
  assertEquals(refused(() => weights.order(1, 86_400_000)), undefined);
});
