import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Book } from "./book.ts";
import { type Merged, mergeMessages } from "./merge.ts";
import { trade, update } from "./_scripted_server.ts";

const level = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 3 }));
const data = fc.record({ bids: fc.array(level, { maxLength: 5 }), asks: fc.array(level, { maxLength: 5 }) });

Deno.test("mergeMessages: a book after the merged message is the book after all that went into it", () => {
  fc.assert(fc.property(data, fc.array(data, { minLength: 1, maxLength: 6 }), fc.boolean(), (start, changes, whole) => {
    const first = update("book", "BTC", 1, start, { type: "snapshot", prev: 0, epoch: "e" });
    const updates = changes.map((change, i) => update("book", "BTC", i + 2, change));
    const each = new Book("BTC"), merged = new Book("BTC");
    for (const message of [first, ...updates]) each.apply(message);
    const [head, ...rest]: Merged[] = whole ? [first, ...updates] : updates;
    const one = rest.reduce((sum, message) => mergeMessages(sum, message), head);
    if (!whole) merged.apply(first);
    merged.apply(one);
    assertEquals(merged.view(), each.view());
    assertEquals([one.prev, one.seq, one.merged ?? 0], [head.prev, changes.length + 1, rest.length]);
  }));
});

Deno.test("mergeMessages: fields of positions join, the newest of others stands, and what is lossless is never merged", () => {
  const one = update("positions", "BTC", 1, { position: 1, fees: "2" }),
    two = update("positions", "BTC", 2, { position: 3 });
  assertEquals(mergeMessages(one, two).data, { position: 3, fees: "2" });
  const bbo = mergeMessages(update("bbo", "BTC", 1, { bid: 1 }), update("bbo", "BTC", 2, { bid: 2 }));
  assertEquals([bbo.data, bbo.prev], [{ bid: 2 }, 0]);
  assertThrows(() => mergeMessages(trade("BTC", 1), trade("BTC", 2)), Error, "never merged");
});
