import { assert, assertEquals, assertThrows } from "@std/assert";
import { SourceError } from "../decoder.ts";
import { OneSymbol } from "./one_symbol.ts";

Deno.test("OneSymbol: of ever new names it keeps a thousand, and finds the one asked for behind them", () => {
  const one = new OneSymbol("wanted", () => {});
  for (let i = 0; i < 5000; i++) assert(!one.takes(`S${i}`, i));
  assertEquals(one.names.size, 1000);
  assertThrows(() => one.end(5000), SourceError, "symbol WANTED is not in it");
  assert(one.takes("Wanted", 5001));
  one.end(5001);
});
