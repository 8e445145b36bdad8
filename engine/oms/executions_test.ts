import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { DUPLICATE, Executions, FRESH, NamedExecutions, TOO_OLD } from "./executions.ts";

const WORDS = ["fresh", "duplicate", "too old"];

Deno.test("Executions: in order, late, twice, and older than the window", () => {
  const executions = new Executions(2);
  const hear = (instrument: number, ids: number[]) => ids.map((id) => WORDS[executions.hear(instrument, id)]);
  assertEquals(hear(0, [1, 2, 3]), ["fresh", "fresh", "fresh"]);
  assertEquals(hear(0, [5, 4, 4, 5]), ["fresh", "fresh", "duplicate", "duplicate"]);
  // The last 256 numbers are told apart, no more.
  assertEquals(hear(0, [300, 45, 45, 44, 3]), ["fresh", "fresh", "duplicate", "too old", "too old"]);
  assertEquals(hear(1, [1, 300, 300]), ["fresh", "fresh", "duplicate"]);
  assertEquals([[...executions.duplicates], [...executions.refused]], [[3, 1], [2, 0]]);
});

Deno.test("Executions: as a set of all that was heard, as far as the window reaches", () => {
  const ids = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1000 })), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(ids, (list) => {
      generated(list.length);
      const executions = new Executions(1), heard = new Set<number>();
      let last = 0;
      for (const id of list) {
        const wanted = id <= last - 256 ? TOO_OLD : heard.has(id) ? DUPLICATE : FRESH;
        assertEquals(executions.hear(0, id), wanted);
        if (wanted === FRESH) heard.add(id);
        last = Math.max(last, id);
      }
    }),
    { numRuns: fuzzRuns(100) },
  );
});

Deno.test("NamedExecutions: no execution is heard twice, and none is refused that is in the window", () => {
  const steps = fc.array(fc.record({ id: fc.nat(60), late: fc.nat(12) }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 9 }), (list, size) => {
      generated(list.length);
      const executions = new NamedExecutions(size), fresh = new Map<number, number>();
      list.forEach(({ id, late }, now) => {
        // An execution happens once, so that its time is always told as the same.
        const at = fresh.get(id) ?? now - late;
        const heard = executions.hear(`${id}`, at);
        if (fresh.has(id)) assertEquals(heard === FRESH, false);
        const newer = [...fresh.values()].filter((time) => time >= at).length;
        if (newer < size && !fresh.has(id)) assertEquals(heard, FRESH);
        if (heard === FRESH) fresh.set(id, at);
      });
    }),
    { numRuns: fuzzRuns(100) },
  );
});

Deno.test("NamedExecutions: a window of nothing is refused", () => {
  assertThrows(() => new NamedExecutions(0), RangeError, "size is 0");
});
