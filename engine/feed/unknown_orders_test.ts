import { assertEquals } from "@std/assert";
import { ADD, AT_EXCHANGE, AT_LOCAL, BUY, CANCEL, CLEAR, EXECUTE, MODIFY, NONE, SELL } from "../core/event.ts";
import type { TapeBatch } from "./tape_reader.ts";
import { firstUnknownOrder, UnknownOrders } from "./unknown_orders.ts";

/** Kind, order, side, price, size. */
type Line = [kind: number, order: number, side: number, price: number, size: number];

const found = (lines: readonly Line[]) => {
  const orders = new UnknownOrders();
  lines.forEach(([kind, order, side, price, size], i) => orders.take(i + 1, kind, order, 0, side, price, size));
  return orders.found();
};

Deno.test("UnknownOrders: changes, cancels and executions of what is not there are counted, the first is kept", () => {
  const lines: Line[] = [[ADD, 1, BUY, 100, 5], [MODIFY, 1, BUY, 101, 4], [EXECUTE, 1, BUY, 101, 4]];
  assertEquals(found(lines), undefined);
  assertEquals(found([...lines, [EXECUTE, 1, BUY, 101, 1], [MODIFY, 2, BUY, 101, 0], [CANCEL, 3, NONE, 0, 1]]), {
    count: 3,
    first: { row: 4, kind: "execute", order: "1" },
  });
});

Deno.test("UnknownOrders: a book that is cleared knows none of the orders that were cleared", () => {
  const rests: Line[] = [[ADD, 1, BUY, 100, 5], [ADD, 2, SELL, 110, 5]];
  const cancels: Line[] = [[CANCEL, 1, BUY, 100, 5], [CANCEL, 2, SELL, 110, 5]];
  assertEquals(found([...rests, [CLEAR, 0, NONE, 0, 0], ...cancels])?.count, 2);
  assertEquals(found([...rests, [CLEAR, 0, BUY, 90, 0], ...cancels])?.first, { row: 4, kind: "cancel", order: "1" });
});

Deno.test("firstUnknownOrder: is found over batches, by the exchange's clock, with ids of 64 bits", () => {
  const batch = (lines: readonly (readonly [...Line, flags: number])[]): TapeBatch => {
    const words = (pick: (line: readonly number[]) => number) =>
      Int32Array.from(lines.flatMap((line) => [pick(line), 0]));
    const order = words(([, id]) => id);
    lines.forEach((_, i) => order[2 * i + 1] = -1);
    return {
      rows: lines.length,
      exchange: words(() => 0),
      local: words(() => 0),
      price: words(([, , , price]) => price),
      size: words(([, , , , size]) => size),
      kind: Uint8Array.from(lines.map(([kind]) => kind)),
      side: Int8Array.from(lines.map(([, , side]) => side)),
      flags: Uint8Array.from(lines.map((line) => line[5])),
      order,
    };
  };
  const tape = (...batches: TapeBatch[]) => ({ batches: batches.length, batch: (i: number) => batches[i] });
  const both = AT_EXCHANGE | AT_LOCAL;
  const adds = batch([[ADD, 1, BUY, 100, 5, AT_EXCHANGE], [CANCEL, 7, BUY, 100, 5, AT_LOCAL]]);
  const cancels = batch([[CANCEL, 1, BUY, 100, 5, both], [CANCEL, 1, BUY, 100, 5, both]]);
  const order = (2n ** 64n - 2n ** 32n + 1n).toString();
  assertEquals(firstUnknownOrder(tape(adds, cancels)), { row: 4, kind: "cancel", order });
  assertEquals(firstUnknownOrder(tape(adds)), undefined);
});
