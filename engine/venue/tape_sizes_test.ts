import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { TapeSizes } from "./tape_sizes.ts";

const steps = fc.array(
  fc.record({
    does: fc.constantFrom("set", "set", "set", "remove", "keep"),
    id: fc.integer({ min: 0, max: 40 }),
    lots: fc.constantFrom(0, 0, 1, 7),
  }),
  { minLength: 50, maxLength: 200, size: "max" },
);

Deno.test("TapeSizes: as a map of the same, whatever comes and goes", () => {
  fc.assert(
    fc.property(steps, (given) => {
      const sizes = new TapeSizes(), twin = new Map<number, number>();
      for (const { does, id, lots } of given) {
        if (does === "set") {
          sizes.set(id, -id, lots);
          twin.set(id, lots);
        } else if (does === "remove") {
          sizes.remove(id, -id);
          twin.delete(id);
        } else {
          const wanted = (low: number): boolean => low % 8 !== id % 8;
          sizes.keep(wanted);
          for (const low of [...twin.keys()]) if (!wanted(low)) twin.delete(low);
        }
        const done = [...twin.values()].filter((left) => left === 0).length;
        assertEquals([sizes.count, sizes.done], [twin.size, done]);
      }
      for (let id = 0; id <= 40; id++) assertEquals(sizes.get(id, -id), twin.get(id) ?? -1);
    }),
  );
});
