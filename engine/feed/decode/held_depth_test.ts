import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { HeldDepth } from "./held_depth.ts";

/** The last ids held, and the levels of each as prices. */
function contents(held: HeldDepth): [number, number[]][] {
  const list: [number, number[]][] = [];
  held.each((event) => {
    const prices = Array.from(
      { length: held.count[event] },
      (_, i) => held.prices[(held.start[event] + i) & held.mask],
    );
    list.push([held.last[event], prices]);
  });
  return list;
}

Deno.test("HeldDepth: holds the last 1,024 updates with 65,536 levels, whatever their sizes", () => {
  const sizes = fc.array(fc.oneof(fc.nat(200), fc.integer({ min: 5000, max: 66000 })), { maxLength: 60 });
  fc.assert(
    fc.property(sizes, fc.nat(3), (sizes, repeat) => {
      const held = new HeldDepth();
      let model: [number, number, number[]][] = [], id = 0;
      for (let round = 0; round <= repeat * 10; round++) {
        for (const count of sizes) {
          const prices = Float64Array.from({ length: count }, (_, i) => id + i);
          held.push(
            { previous: id, last: id + 1, exchangeSec: 1, exchangeNs: 2 },
            { prices, sizes: prices, count, bids: count >> 1 },
          );
          model.push([id, id + 1, [...prices]]);
          id++;
          if (count > 65536) model = [];
          while (model.length > 1024 || model.reduce((sum, [, , levels]) => sum + levels.length, 0) > 65536) {
            model.shift();
          }
        }
      }
      assertEquals(contents(held), model.map(([, last, prices]) => [last, prices]));
      assertEquals(held.from, model[0]?.[0] ?? -1);
    }),
    { numRuns: 10 },
  );
});

Deno.test("HeldDepth: more than 1,024 updates push out the oldest", () => {
  const held = new HeldDepth();
  const levels = { prices: Float64Array.of(1), sizes: Float64Array.of(1), count: 1, bids: 1 };
  for (let id = 0; id < 2000; id++) held.push({ previous: id, last: id + 1, exchangeSec: 0, exchangeNs: 0 }, levels);
  assertEquals([contents(held).length, contents(held)[0][0], held.from], [1024, 977, 976]);
  held.clear();
  assertEquals([contents(held).length, held.from], [0, -1]);
});
