import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { RollingMean, RollingRange } from "./rolling.ts";

/** Every value with the part of the window it came in, summed over again each time: slow and obvious. */
class Naive {
  readonly #values: { part: number; value: number }[] = [];
  #first = NaN;

  constructor(readonly window: number, readonly parts: number) {}

  add(now: number, value: number): void {
    if (Number.isNaN(this.#first)) this.#first = now;
    this.#values.push({ part: this.#part(now), value });
  }

  at(now: number): number[] {
    const newest = this.#part(now);
    return this.#values.filter(({ part }) => part > newest - this.parts).map(({ value }) => value);
  }

  #part(now: number): number {
    return Math.floor((now - this.#first) / (this.window / this.parts));
  }
}

const steps = fc.array(fc.record({ wait: fc.nat(40), value: fc.integer({ min: -50, max: 50 }) }), { maxLength: 200 });

Deno.test("RollingMean, RollingRange: as their naive twins, over any steps and pauses", () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 8 }), (given, parts) => {
      generated(given.length);
      const window = parts * 5;
      const mean = new RollingMean(window, parts), range = new RollingRange(window, parts);
      const naive = new Naive(window, parts);
      let now = 1000;
      for (const { wait, value } of given) {
        now += wait;
        mean.add(now, value);
        range.add(now, value);
        naive.add(now, value);
        const values = naive.at(now);
        assertEquals([mean.sum, mean.count], [values.reduce((sum, each) => sum + each, 0), values.length]);
        assertEquals([range.low, range.high], [Math.min(...values), Math.max(...values)]);
      }
    }),
    { numRuns: fuzzRuns(100) },
  );
});

Deno.test("RollingMean, RollingRange: what moves to another era goes on as before", () => {
  const here = new RollingMean(50, 5), there = new RollingMean(50, 5), range = new RollingRange(50, 5);
  const far = new RollingRange(50, 5);
  for (const [at, value] of [[3, 7], [20, 9], [44, 1], [59, 2], [60, 3]]) {
    here.add(at, value);
    range.add(at, value);
    there.add(at + 4096, value);
    far.add(at + 4096, value);
    there.rebase(4096);
    far.rebase(4096);
    assertEquals([there.mean, far.low, far.high], [here.mean, range.low, range.high]);
    there.rebase(-4096);
    far.rebase(-4096);
  }
});

Deno.test("RollingMean, RollingRange: a value stays for the window and no longer", () => {
  const mean = new RollingMean(100, 10), range = new RollingRange(100, 10);
  for (const each of [mean, range]) {
    each.add(0, 5);
    each.add(50, 9);
  }
  const at = (now: number) => {
    mean.advance(now);
    range.advance(now);
    return [mean.mean, range.low, range.high];
  };
  assertEquals(at(99), [7, 5, 9]);
  assertEquals(at(100), [9, 9, 9]);
  assertEquals(at(149), [9, 9, 9]);
  assertEquals(at(150), [NaN, Infinity, -Infinity]);
});
