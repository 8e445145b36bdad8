import { assertEquals } from "@std/assert";
import { OrderBooks } from "./order_books.ts";

Deno.test("OrderBooks: an order that is over is so by all its names, whether or not its amends were done", () => {
  const sent = (clientId: string) => ({ kind: "sent", at: "1", clientId, symbol: "A", side: "sell", size: "1" });
  const names = ["lstpone-1", "lstpone-1_2", "lstpone-1_3", "lstpone-11", "lstptwo-1"];
  const lines = [...names.map(sent), { kind: "done", clientId: "lstpone-1_2" }];
  const { open } = OrderBooks.read(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  assertEquals([...open.keys()], ["lstpone-11", "lstptwo-1"]);
});
