import { assertEquals } from "@std/assert";
import { crc32 } from "../../engine/book/crc32.ts";
import { bookChecksum } from "./book_checksum.ts";

Deno.test("bookChecksum: bids, then asks, best first, with bars between", () => {
  assertEquals(bookChecksum([[99, 3], [98, 1]], [[101, 2]]), crc32("99:3|98:1|101:2"));
  assertEquals(bookChecksum([], [[101, 2], [102, 5]]), crc32("101:2|102:5"));
  assertEquals(bookChecksum([[-7, 9_007_199_254_740_991]], []), crc32("-7:9007199254740991"));
  assertEquals(bookChecksum([], []), 0);
});

Deno.test("bookChecksum: ten levels a side count", () => {
  const bids = Array.from({ length: 12 }, (_, i): [number, number] => [-i, i + 1]);
  assertEquals(bookChecksum(bids, bids), bookChecksum(bids.slice(0, 10), bids.slice(0, 10)));
});
