import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { lotsDone, sharesOf } from "./slices.ts";

Deno.test("lotsDone: whole lots, none taken back, all of them in the end, and never a lot off the share", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: 1, maxLength: 50 }),
    fc.integer({ min: 1, max: 1e9 }),
    (volumes, lots) => {
      const total = volumes.reduce((sum, each) => sum + each, 0);
      if (!(total > 1e-9)) return;
      let sum = 0;
      const shares = volumes.map((each) => (sum += each) / total), done = lotsDone(shares, lots);
      assertEquals(done[done.length - 1], lots);
      done.forEach((each, i) => {
        assert(Number.isInteger(each) && each >= (done[i - 1] ?? 0) && each <= lots);
        assert(Math.abs(each - shares[i] * lots) <= 0.5 + 1e-6 || i === done.length - 1);
      });
    },
  ));
});

Deno.test("sharesOf: a curve in equal parts, at any places", () => {
  const table: [curve: number[], ends: number[], shares: number[]][] = [
    [[1, 3, 6], [1 / 3, 2 / 3, 1], [0.1, 0.4, 1]],
    [[1, 3], [0.25, 0.5, 0.75, 1], [0.125, 0.25, 0.625, 1]],
    [[5], [0.1, 0.9, 1], [0.1, 0.9, 1]],
    [[0, 4, 0], [0.2, 0.5, 0.9, 1], [0, 0.5, 1, 1]],
  ];
  for (const [curve, ends, shares] of table) {
    assertEquals([...sharesOf(curve, ends)].map((each) => Math.round(each * 1e12) / 1e12), shares);
  }
});
