import { assertEquals } from "@std/assert";
import { bookChecksum } from "../protocol/book_checksum.ts";
import { Fold } from "./fold.ts";
import { update } from "./_scripted_server.ts";

const order = (id: number, state: string) => ({ order: id, state });

Deno.test("Fold: open orders, those that ended gone, those that were replaced kept", () => {
  const fold = new Fold();
  fold.take(
    update("orders", "BTC", 1, { orders: [order(1, "New"), order(2, "New")] }, { type: "snapshot", epoch: "e" }),
  );
  for (
    const [i, [id, state]] of ([[1, "Filled"], [2, "Replaced"], [3, "PendingNew"], [4, "Rejected"]] as const).entries()
  ) {
    fold.take(update("orders", "BTC", i + 2, order(id, state)));
  }
  const state = fold.snapshot();
  assertEquals(state?.data, { orders: [order(2, "Replaced"), order(3, "PendingNew")] });
  assertEquals([state?.type, state?.seq, state?.prev, state?.epoch], ["snapshot", 5, 0, undefined]);
});

Deno.test("Fold: who is present", () => {
  const fold = new Fold();
  fold.take(update("presence", "", 1, { joined: ["a", "b"], left: [], count: 2 }, { type: "snapshot", epoch: "e" }));
  fold.take(update("presence", "", 2, { joined: ["c"], left: ["a"], count: 2 }));
  assertEquals(fold.snapshot()?.data, { joined: ["b", "c"], left: [], count: 2 });
});

Deno.test("Fold: says when a book is not what its checksum says, unless it is too shallow to tell", () => {
  const good = bookChecksum([[1, 1]], []);
  const message = (checksum: number) =>
    update("book", "BTC", 1, { bids: [[1, 1]], asks: [], checksum }, { type: "snapshot", epoch: "e" });
  assertEquals([new Fold().take(message(good)), new Fold().take(message(good + 1))], [true, false]);
  assertEquals(new Fold(false).take(message(good + 1)), true);
});
