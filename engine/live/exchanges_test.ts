import { assertEquals, assertThrows } from "@std/assert";
import { exchange, EXCHANGE_NAMES } from "./exchanges.ts";

Deno.test("exchange: each by its name, with the nearest where there is none", () => {
  for (const name of EXCHANGE_NAMES) assertEquals(exchange(name).name, name);
  assertThrows(
    () => exchange("binance-sopt"),
    RangeError,
    "Cannot connect to binance-sopt: there is no such exchange; did you mean binance-spot?",
  );
  assertEquals(exchange("ccxt:bybit").name, "ccxt:bybit");
  assertThrows(() => exchange("ccxt:"), RangeError, "or ccxt:NAME for any other");
});
