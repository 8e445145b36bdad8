import { assertEquals } from "@std/assert";
import { axisTimes, axisValues, dateText, figureText, percentText, priceText, sizeText, ticksOf } from "./format.ts";

const BTC = { symbol: "BTCUSDT", tick: "0.10", lot: "0.001", currency: "USDT" };

Deno.test("priceText and sizeText: ticks and lots with the digits of their instrument", () => {
  assertEquals(priceText(BTC, 618_002), "61,800.20");
  assertEquals(priceText(BTC, 618_002.5, 1), "61,800.250");
  assertEquals(priceText(BTC, null), "–");
  assertEquals(sizeText(BTC, 1_234_567), "1,234.567");
});

Deno.test("ticksOf: whole ticks alone are a price", () => {
  assertEquals(ticksOf(BTC, "61800.2"), 618_002);
  assertEquals(ticksOf(BTC, "-3"), -30);
  for (const wrong of ["", "  ", "61800.25", "abc", "1e400", "NaN", "Infinity"]) {
    assertEquals(ticksOf(BTC, wrong), undefined, wrong);
  }
});

Deno.test("figureText and percentText: what is not known is a dash, and nothing is minus zero", () => {
  assertEquals([figureText(null), figureText(undefined), figureText(Infinity)], ["–", "–", "–"]);
  assertEquals([figureText("-1234.5"), figureText(-0.001), figureText(-0.001, 3)], ["-1,234.50", "0.00", "-0.001"]);
  assertEquals([percentText(0.12345), percentText(null)], ["12.35 %", "–"]);
});

Deno.test("axisTimes: as fine as the steps, with a date where a day begins", () => {
  const start = Date.UTC(2025, 0, 1) / 1000;
  assertEquals(axisTimes([start, null, start + 0.5], 0.5), ["00:00:00.000\n2025-01-01", "", "00:00:00.500"]);
  assertEquals(axisTimes([start + 46_800, start + 46_830], 30), ["13:00:00\n2025-01-01", "13:00:30"]);
  assertEquals(axisTimes([start, start + 86_400], 86_400), ["2025-01-01", "2025-01-02"]);
  assertEquals(axisTimes([start], 31 * 86_400), ["2025-01"]);
});

Deno.test("axisValues: the digits that steps need", () => {
  assertEquals(axisValues([0, 2500, null], 2500), ["0", "2,500", ""]);
  assertEquals(axisValues([99.25, 99.5], 0.25), ["99.25", "99.50"]);
});

Deno.test("dateText: a time that no calendar has harms nothing", () => {
  assertEquals(dateText(1_735_689_600_123_456_789n), "2025-01-01 00:00:00.123");
  assertEquals(dateText(10n ** 25n), "9999-12-31 23:59:59.999");
});
