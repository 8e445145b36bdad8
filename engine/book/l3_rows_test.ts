import { assertEquals } from "@std/assert";
import { ADD, BUY, CANCEL, EXECUTE, MODIFY, NONE, TRADE } from "../core/event.ts";
import { BAD_SIZE, DONE, ORDER_EXISTS, UNKNOWN_ORDER } from "./book.ts";
import { L3Book } from "./l3.ts";
import { applyOrderRow } from "./l3_rows.ts";
import { NaiveL3Book } from "./naive_l3.ts";

const ROWS: readonly (readonly [
  name: string,
  kind: number,
  id: number,
  price: number,
  size: number,
  code: number,
  left: number,
])[] = [
  ["a new order", ADD, 1, 100, 5, DONE, 5],
  ["the same id again", ADD, 1, 100, 5, ORDER_EXISTS, 5],
  ["an unknown order", CANCEL, 2, 0, 5, UNKNOWN_ORDER, 5],
  ["some lots leave", CANCEL, 1, 0, 1, DONE, 4],
  ["no lots leave", CANCEL, 1, 0, 0, BAD_SIZE, 4],
  ["some lots trade", EXECUTE, 1, 100, 1, DONE, 3],
  ["another price and size", MODIFY, 1, 99, 6, DONE, 6],
  ["a print", TRADE, 1, 99, 6, DONE, 6],
  ["more trades than is left", EXECUTE, 1, 99, 7, DONE, 0],
  ["once more", EXECUTE, 1, 99, 1, UNKNOWN_ORDER, 0],
  ["a new order of that id", ADD, 1, 100, 5, DONE, 5],
  ["a change to nothing", MODIFY, 1, 100, 0, DONE, 0],
  ["a change to nothing of nothing", MODIFY, 1, 100, 0, UNKNOWN_ORDER, 0],
];

for (const book of [new L3Book(), new NaiveL3Book()]) {
  Deno.test(`applyOrderRow: does to a ${book.constructor.name} what each kind of row says`, () => {
    for (const [name, kind, id, price, size, code, left] of ROWS) {
      const side = kind === ADD ? BUY : NONE;
      assertEquals([applyOrderRow(book, kind, id, 7, side, price, size), book.orderSize(1, 7)], [code, left], name);
    }
    assertEquals(book.unknownOrders, 3);
  });
}
