import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { OrderIndex } from "./order_index.ts";

Deno.test("OrderIndex: after every step it equals a Map, with ids that collide", () => {
  const half = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer().map((n) => n & ~0xffff), fc.integer());
  const step = fc.record({
    low: half,
    high: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: half }),
    slot: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1500, size: "max" }), (steps) => {
      generated(steps.length);
      const index = new OrderIndex(), map = new Map<string, number>();
      for (const { low, high, slot } of steps) {
        const key = `${low}:${high}`, known = map.get(key) ?? 0;
        assertEquals(index.get(low, high), known);
        if (slot % 3 === 0) {
          assertEquals(index.remove(low, high), known);
          map.delete(key);
        } else {
          index.set(low, high, slot);
          map.set(key, slot);
        }
        assertEquals(index.count, map.size);
      }
      for (const [key, slot] of map) {
        const [low, high] = key.split(":").map(Number);
        assertEquals(index.get(low, high), slot);
      }
    }),
    { numRuns: fuzzRuns(100) },
  );
});

Deno.test("OrderIndex: ids in a row, with a stride, or equal in one half are all found and all removed", () => {
  const shapes: ((i: number) => [number, number])[] = [
    (i) => [i, 0],
    (i) => [i * 64, 0],
    (i) => [i << 16, i >>> 16],
    (i) => [7, i],
    (i) => [i, i],
    (i) => [-i, ~i],
  ];
  for (const shape of shapes) {
    const index = new OrderIndex();
    for (let i = 1; i <= 50_000; i++) index.set(...shape(i), i);
    for (let i = 1; i <= 50_000; i++) assertEquals(index.get(...shape(i)), i);
    for (let i = 1; i <= 50_000; i++) assertEquals(index.remove(...shape(i)), i);
    assertEquals([index.count, index.capacity <= 2048], [0, true]);
  }
});

Deno.test("OrderIndex: memory follows the ids held, not those that passed", () => {
  const index = new OrderIndex();
  for (let i = 1; i <= 300_000; i++) {
    index.set(i, 0, i);
    if (i > 100) index.remove(i - 100, 0);
  }
  assertEquals([index.count, index.capacity], [100, 1024]);
  index.clear();
  assertEquals([index.count, index.get(300_000, 0)], [0, 0]);
});
