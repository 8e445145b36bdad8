import { assertEquals, assertThrows } from "@std/assert";
import { instrument, type InstrumentSpec } from "../../engine/core/instrument.ts";
import { amountOf, amountText, spotSymbols } from "./spot_symbol.ts";

const of = (spec: Partial<InstrumentSpec>) =>
  instrument({ symbol: "BTC-USDT", venue: "x", tick: "0.1", lot: "0.001", currency: "USDT", ...spec });

Deno.test("spotSymbols: names, bases and quotes of what tapes call their instruments", () => {
  const cases: [Partial<InstrumentSpec>, string, string, string][] = [
    [{}, "BTCUSDT", "BTC", "USDT"],
    [{ symbol: "BTCUSDT" }, "BTCUSDT", "BTC", "USDT"],
    [{ symbol: "XBT/USD", currency: "USD" }, "XBTUSD", "XBT", "USD"],
    [{ symbol: "AAPL", currency: "USD" }, "AAPLUSD", "AAPL", "USD"],
    [{ symbol: "TWIN_A", currency: "USD" }, "TWINAUSD", "TWINA", "USD"],
    [{ symbol: "usdt", currency: "USDT" }, "USDTUSDT", "USDT", "USDT"],
  ];
  for (const [spec, name, base, quote] of cases) {
    const [symbol] = spotSymbols([of(spec)]);
    assertEquals([symbol.name, symbol.base, symbol.quote], [name, base, quote]);
  }
});

Deno.test("spotSymbols: what no spot exchange has is refused", () => {
  const refused = (...specs: Partial<InstrumentSpec>[]) =>
    assertThrows(() => spotSymbols(specs.map(of)), RangeError).message;
  assertEquals(refused({ kind: "inverse" }).includes("it is inverse"), true);
  assertEquals(refused({ multiplier: "10" }).includes("it has multiplier 10"), true);
  assertEquals(refused({}, { symbol: "BTCUSDT", venue: "y" }).includes("as BTCUSDT: BTC-USDT is"), true);
});

Deno.test("SpotSymbol: numbers are written with 8 decimals and read on their grids", () => {
  const [symbol] = spotSymbols([of({})]);
  assertEquals([symbol.price(618_002), symbol.size(5), symbol.price(0)], [
    "61800.20000000",
    "0.00500000",
    "0.00000000",
  ]);
  assertEquals([symbol.ticks("61800.2"), symbol.ticks("61800.20000000"), symbol.ticks("61800.25")], [
    618_002,
    618_002,
    NaN,
  ]);
  const long = "9".repeat(30);
  assertEquals([symbol.ticks(long), symbol.ticks(`${long}.10`), symbol.lots(`0.${long}`)], [1e31, 1e31, NaN]);
  assertThrows(() => symbol.ticks("1e400"), RangeError, "is not a decimal");
  assertEquals([symbol.lots("0.005"), symbol.lots("1"), symbol.lots("0.0005")], [5, 1000, NaN]);
  assertEquals(amountText(symbol.worth(618_002, 5)), "309.00100000");
  assertEquals(amountText(symbol.amount(5)), "0.00500000");
  assertEquals(amountText(amountOf("-0.123456789")), "-0.12345678");
  const [fine] = spotSymbols([of({ tick: "0.00000000001" })]);
  assertEquals(fine.price(3), "0.00000000003");
});
