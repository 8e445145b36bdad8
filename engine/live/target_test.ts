import { assertEquals, assertThrows } from "@std/assert";
import { endpointsOf, parseTarget } from "./target.ts";

Deno.test("parseTarget: an exchange and its instruments, whose names may hold anything but commas", () => {
  assertEquals(parseTarget("kraken:BTC/USD"), { exchange: "kraken", symbols: ["BTC/USD"] });
  assertEquals(parseTarget("ccxt:bybit:BTC/USDT:USDT, X"), { exchange: "ccxt:bybit", symbols: ["BTC/USDT:USDT", "X"] });
  for (const bad of ["", "binance-spot", ":BTCUSDT", "binance-spot:", "binance-spot:BTCUSDT,", "ccxt:bybit"]) {
    assertThrows(
      () => parseTarget(bad),
      RangeError,
      "it names no exchange and instruments; write binance-spot:BTCUSDT",
    );
  }
  assertThrows(() => parseTarget("x:A,B,A"), RangeError, "A is there twice");
});

Deno.test("endpointsOf: its own, the test network's, and those that are given", () => {
  const endpoints = { rest: "https://a", market: "wss://a", orders: "wss://o" };
  const testnet = { rest: "https://t", market: "wss://t", orders: "wss://t" };
  assertEquals(endpointsOf({ name: "x", endpoints }), endpoints);
  assertEquals(endpointsOf({ name: "x", endpoints, testnet }, { testnet: true, endpoint: { rest: "http://h:1/" } }), {
    ...testnet,
    rest: "http://h:1",
  });
  assertThrows(() => endpointsOf({ name: "x", endpoints }, { testnet: true }), RangeError, "it has none");
  const set = (endpoint: Record<string, string>) => () => endpointsOf({ name: "x", endpoints }, { endpoint });
  assertThrows(set({ rset: "http://h" }), RangeError, "Cannot set endpoint rset: it is none; did you mean rest?");
  assertThrows(
    set({ market: "http://h" }),
    RangeError,
    "http://h is no address for it; write one as ws://127.0.0.1:8888",
  );
});
