import { assertEquals, assertThrows } from "@std/assert";
import { OrderBooks } from "./order_books.ts";

Deno.test("OrderBooks: an order that is over is so by all its names, whether or not its amends were done", () => {
  const sent = (clientId: string) => ({ kind: "sent", at: "1", clientId, symbol: "A", side: "sell", size: "1" });
  const names = ["lstpone-1", "lstpone-1_2", "lstpone-1_3", "lstpone-11", "lstptwo-1"];
  const lines = [...names.map(sent), { kind: "done", clientId: "lstpone-1_2" }];
  const { open } = OrderBooks.read(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  assertEquals([...open.keys()], ["lstpone-11", "lstptwo-1"]);
});

Deno.test("OrderBooks.read: a line that somebody changed is named, whatever it lacks", () => {
  const run = JSON.stringify({ kind: "run", run: "a", at: "1", since: "0", baseline: {}, positions: {} });
  for (const line of ["null", "7", '{"kind":"sent"}', '{"kind":"fill","symbol":"A"}', "{"]) {
    assertThrows(() => OrderBooks.read(`${run}\n${line}\n`), RangeError, "Cannot read the order log: line 2 is ");
  }
  assertThrows(() => OrderBooks.read('{"kind":"made up"}\n'), RangeError, "line 1 is of a kind that is not known");
});
