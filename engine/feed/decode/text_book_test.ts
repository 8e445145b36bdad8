import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { BUY, SELL } from "../../core/event.ts";
import { TextBook } from "./text_book.ts";

Deno.test("TextBook: a map sorted anew each time says the same", () => {
  const change = fc.record({
    side: fc.constantFrom(BUY, SELL),
    price: fc.nat(30).map((ticks) => (ticks / 10).toFixed(1)),
    size: fc.nat(3).map((lots) => lots.toFixed(2)),
    depth: fc.integer({ min: 3, max: 20 }),
  });
  fc.assert(fc.property(fc.array(change), (changes) => {
    const book = new TextBook();
    const sides = new Map([[BUY, new Map<string, string>()], [SELL, new Map<string, string>()]]);
    for (const { side, price, size, depth } of changes) {
      const levels = sides.get(side)!;
      if (Number(size) === 0) levels.delete(price);
      else levels.set(price, size);
      const sorted = [...levels].sort(([a], [b]) => side === BUY ? Number(b) - Number(a) : Number(a) - Number(b));
      const expected = sorted.splice(depth).reverse().map(([price]) => price);
      for (const price of expected) levels.delete(price);
      const dropped: string[] = [];
      book.set(side, price, size);
      book.truncate(side, depth, (price) => dropped.push(price));
      assertEquals(dropped, expected);
      const found = Array.from({ length: book.count(side) }, (_, i) => [book.price(side, i), book.size(side, i)]);
      assertEquals(found, sorted);
    }
  }));
});

Deno.test("TextBook: a price written in another way is the same level, with its last text", () => {
  const book = new TextBook();
  book.set(SELL, "0.10", "1");
  book.set(SELL, "0.1", "2");
  assertEquals([book.count(SELL), book.price(SELL, 0), book.size(SELL, 0)], [1, "0.1", "2"]);
  book.set(SELL, "0.100", "0.000");
  assertEquals(book.count(SELL), 0);
});
