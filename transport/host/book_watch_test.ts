import { assertEquals } from "@std/assert";
import { BUY, SELL } from "../../engine/core/event.ts";
import { L2View } from "../../engine/core/market_view.ts";
import { BookWatch } from "./book_watch.ts";

Deno.test("BookWatch: levels far behind a snapshot stay where it does not clear them", () => {
  const view = new L2View(), watch = new BookWatch(), far = 1_000_000;
  view.book.set(BUY, 99, 4);
  for (const price of [101, far]) view.book.set(SELL, price, 7);
  watch.update({ view });
  // A snapshot of more levels than are looked at of single orders: it clears no further than its last.
  view.pending.clear();
  view.book.clear(SELL, 2600);
  for (let price = 101; price <= 2600; price++) view.book.set(SELL, price, 3);
  view.pending.cleared = true;
  const { asks, bids } = watch.update({ view })!;
  assertEquals([asks.length, asks.at(-1), bids.length], [2500, [2600, 3], 0]);
  assertEquals([watch.all().asks.length, watch.all().asks.at(-1)], [2501, [far, 7]]);
});
