import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { queueModel } from "./queue_model.ts";

/** front, traded, previous, size → what each model makes of it, worked out by hand. */
const RISK: readonly (readonly number[])[] = [
  [10, 0, 20, 15, 10],
  [10, 0, 20, 10, 10],
  [10, 0, 20, 7, 7],
  [10, 0, 20, 0, 0],
  [-3, 5, 20, 15, -3],
  [10, 0, 20, 30, 10],
];

Deno.test("queue model risk: only trades advance us, and never past the level's end", () => {
  const model = queueModel("risk", 1);
  for (const [front, traded, previous, size, next] of RISK) {
    assertEquals(model.front(front, traded, previous, size), next);
  }
});

/** The same with p of f(back) ÷ (f(back) + f(front)). */
const POWER: readonly (readonly [exponent: number, given: readonly number[], next: number])[] = [
  [1, [10, 0, 20, 16], 8], // p = 1/2: half of the four that left stood before us
  [3, [10, 0, 20, 16], 8],
  [1, [5, 0, 20, 16], 4], // p = 15/20: one quarter of four
  [2, [5, 0, 20, 10], 4], // p = 225/250: a tenth of ten
  [3, [2, 0, 20, 15], 2 - 5 * 8 / (18 ** 3 + 8)],
  [1, [5, 3, 20, 17], 5], // the three were trades
  [1, [5, 3, 20, 13], 4], // four more were cancels
  [1, [10, 0, 20, 25], 10], // joins stand behind us
  [1, [10, 0, 20, 5], 2.5], // p·15 = 7.5 of the ten behind us
  [1, [2, 0, 4, 0], 0], // never more than is left
  [1, [0, 0, 4, 3], 0], // p = 1: we are first
  [1, [0, 0, 0, 0], 0], // neither ahead nor behind
  [3, [-4, 4, 10, 6], -4],
];

Deno.test("queue model power: cancels leave before and behind us by weight", () => {
  for (const [exponent, [front, traded, previous, size], next] of POWER) {
    const found = queueModel(`power${exponent}`, 1).front(front, traded, previous, size);
    assert(
      Math.abs(found - next) < 1e-12,
      `power${exponent} of ${[front, traded, previous, size]}: ${found}, not ${next}`,
    );
  }
});

Deno.test("queue model log: weights are of sizes in units of the instrument", () => {
  for (const lot of [1, 0.001]) {
    const model = queueModel("log", lot), [front, previous, size] = [5, 20, 16];
    const ahead = Math.log1p(front * lot), behind = Math.log1p((previous - front) * lot);
    const expected = front - (1 - behind / (behind + ahead)) * (previous - size);
    assert(Math.abs(model.front(front, 0, previous, size) - expected) < 1e-12);
  }
});

Deno.test("queue models: the lots ahead never grow, are never more than the level, and always a number", () => {
  const lots = fc.nat(1000), names = ["risk", "power", "power1", "power2", "power9", "log"];
  fc.assert(
    fc.property(fc.constantFrom(...names), lots, lots, lots, lots, (name, ahead, behind, size, printed) => {
      const previous = ahead + behind, traded = Math.min(printed, ahead);
      const front = ahead - traded, next = queueModel(name, 0.01).front(front, traded, previous, size);
      assert(next <= front && next <= size && next === next, `${next}`);
    }),
  );
});

Deno.test("queueModel: names, and the nearest thing to say about others", () => {
  assertEquals(["risk", "power", "power3", "power7", "log"].map((name) => queueModel(name, 1).name), [
    ...["risk", "power3", "power3", "power7", "log"],
  ]);
  for (const name of ["", "power0", "power10", "power33", "logs", "RISK", "toString"]) {
    assertThrows(() => queueModel(name, 1), RangeError, "Cannot use queue model");
  }
});

Deno.test("queue model optimistic: nobody stands before us, whatever the level does", () => {
  const model = queueModel("optimistic", 1);
  assertEquals(model.joins!(500), 0);
  assertEquals(model.front(7, 3, 20, 10), 0);
});
