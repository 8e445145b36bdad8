import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Rng } from "./rng.ts";

function draws(rng: Rng, count: number): number[] {
  return Array.from({ length: count }, () => rng.next());
}

Deno.test("Rng: the numbers of a seed never change", () => {
  assertEquals(draws(new Rng(7), 4), [778236874, 4076561235, 1497515, 129409014]);
  assertEquals(draws(new Rng(7).child("latency"), 2), [2890853617, 441905209]);
  assertEquals(new Rng(2 ** 53 - 1).child("a").child("b").int(1_000_000), 644302);
});

Deno.test("Rng: a number and its digits are one seed; unlike seeds and names differ", () => {
  assertEquals(draws(new Rng(7), 8), draws(new Rng("7"), 8));
  const firsts = new Set<string>();
  for (const seed of [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, "", "a", "b", "ab", "é"]) {
    for (const path of [[], ["a"], ["b"], ["ab"], ["a", "b"], [""], ["", ""]]) {
      let rng = new Rng(seed);
      for (const name of path) rng = rng.child(name);
      firsts.add(draws(rng, 2).join());
    }
  }
  assertEquals(firsts.size, 11 * 7);
});

Deno.test("Rng: a child hangs on seed and name, not on draws or on other children", () => {
  fc.assert(fc.property(fc.string(), fc.string(), fc.string(), fc.nat(50), (seed, name, other, drawn) => {
    const plain = new Rng(seed).child(name);
    const busy = new Rng(seed);
    draws(busy, drawn);
    busy.child(other).next();
    assertEquals(draws(busy.child(name), 5), draws(plain, 5));
  }));
});

Deno.test("Rng: goes on from its state, children and all", () => {
  const rng = new Rng(3).child("x");
  draws(rng, 100);
  const state = rng.state;
  const expected = [...draws(rng, 10), rng.child("y").next()];
  const restored = new Rng(0);
  restored.state = JSON.parse(JSON.stringify(state));
  assertEquals([...draws(restored, 10), restored.child("y").next()], expected);
  assertNotEquals(rng.state, state);
});

Deno.test("Rng: int is even over any range, float over [0, 1)", () => {
  const rng = new Rng("even");
  for (const n of [2, 3, 10, 37]) {
    const counts = new Array(n).fill(0);
    for (let i = 0; i < 100_000; i++) counts[rng.int(n)]++;
    let chiSquare = 0;
    for (const count of counts) chiSquare += (count - 100_000 / n) ** 2 / (100_000 / n);
    assert(chiSquare < n - 1 + 5 * Math.sqrt(2 * n), `chi-square ${chiSquare} of ${n}`);
  }
  let sum = 0;
  for (let i = 0; i < 100_000; i++) {
    const wide = rng.int(3 * 2 ** 51), small = rng.int(2 ** 32), float = rng.float();
    assert(wide >= 0 && wide < 3 * 2 ** 51 && small >= 0 && small < 2 ** 32 && float >= 0 && float < 1);
    sum += float + wide / (3 * 2 ** 51);
  }
  assert(Math.abs(sum / 100_000 - 1) < 0.01);
  assertEquals(rng.int(1), 0);
});

Deno.test("Rng: each bit is even, and neighbouring seeds share nothing", () => {
  const ones = new Array(32).fill(0);
  for (let seed = 0; seed < 20_000; seed++) {
    const bits = new Rng(seed).next();
    for (let bit = 0; bit < 32; bit++) ones[bit] += (bits >>> bit) & 1;
  }
  for (const count of ones) assert(Math.abs(count - 10_000) < 400, `${ones}`);
});

Deno.test("Rng: refuses seeds, ranges and states that are none", () => {
  for (const seed of [-1, 0.5, NaN, 2 ** 53]) assertThrows(() => new Rng(seed), RangeError, `seed is ${seed}`);
  for (const n of [0, -1, 1.5, NaN, 2 ** 53]) assertThrows(() => new Rng(1).int(n), RangeError, `below ${n}`);
  assertThrows(() => new Rng(1).state = JSON.parse("[1,2,3]"), RangeError, "eight unsigned");
  assertThrows(() => new Rng(1).state = [0, 0, 0, 0, 0, 0, 0, -1], RangeError, "eight unsigned");
});
