import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Book, type Level } from "./book.ts";
import { update } from "./_scripted_server.ts";

const levels = fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 0, max: 3 })), { maxLength: 12 });

Deno.test("Book: the same as a map sorted each time, whatever changes", () => {
  fc.assert(fc.property(fc.array(fc.record({ bids: levels, asks: levels }), { maxLength: 12 }), (changes) => {
    const book = new Book("BTC");
    const naive = { bids: new Map<number, number>(), asks: new Map<number, number>() };
    changes.forEach((data, i) => {
      book.apply(update("book", "BTC", i + 1, data));
      for (const side of ["bids", "asks"] as const) {
        for (const [price, size] of data[side]) size === 0 ? naive[side].delete(price) : naive[side].set(price, size);
      }
      const sorted = (side: "bids" | "asks", sign: number): Level[] =>
        [...naive[side]].sort((one, other) => sign * (one[0] - other[0]));
      assertEquals([book.bids(), book.asks()], [sorted("bids", -1), sorted("asks", 1)]);
      assertEquals(book.bids(2), sorted("bids", -1).slice(0, 2));
    });
    const again = new Book("BTC");
    again.apply(book.snapshot());
    assertEquals(again.view(), book.view());
  }));
});

Deno.test("Book: a view does not change when the book does", () => {
  const book = new Book("BTC");
  book.apply(update("book", "BTC", 1, { bids: [[1, 1]], asks: [] }));
  const view = book.view();
  book.apply(update("book", "BTC", 2, { bids: [[1, 0]], asks: [[2, 2]] }));
  assertEquals([view.bids, view.asks, view.seq], [[[1, 1]], [], 1]);
});
