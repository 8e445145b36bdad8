import { assertEquals } from "@std/assert";
import { columns, duration, fit, money, number, percent, span, wrap } from "./_format.ts";
import { niceSteps, timeTicks } from "./_ticks.ts";

Deno.test("fit: a long name keeps both ends", () => {
  assertEquals([fit("abcdef", 6), fit("abcdefg", 6), fit("abc", 1), fit("abc", 0)], ["abcdef", "abc…fg", "…", ""]);
  assertEquals([columns("名前"), fit("名前名前", 5)], [4, "名…前"]);
});

Deno.test("number, money and percent: thousands, decimals by size, no negative zero", () => {
  assertEquals([number(1234567), number(-0.001, 2), number(1e20), number(null)], [
    "1,234,567",
    "0.00",
    "1.000e+20",
    "n/a",
  ]);
  assertEquals([money(51422.99), money(5.517659), money(0.00004), money(-1e9), money(0)], [
    "51,422.99",
    "5.5177",
    "0.00004",
    "-1,000,000,000",
    "0.00",
  ]);
  assertEquals([percent(-47.98012), percent(12345.6), percent(null)], ["-47.98 %", "12,346 %", "n/a"]);
});

Deno.test("duration and span: two units, and the date once", () => {
  assertEquals([0.25, 5, 344, 86_400 * 3, 86_400 * 584, null].map(duration), [
    "0.250s",
    "5s",
    "5m 44s",
    "3d",
    "1y 218d",
    "n/a",
  ]);
  assertEquals(span(0, 86_400), "1970-01-01 → 1970-01-02");
  assertEquals(span(60, 3600), "1970-01-01 00:01:00 → 01:00:00");
});

Deno.test("wrap: lines keep the width, long words lose their middle", () => {
  assertEquals(wrap("a bb ccc dddddddddd", 5), ["a bb", "ccc", "dd…dd"]);
});

Deno.test("niceSteps: round values inside the range", () => {
  assertEquals(niceSteps(9985.3, 10012.7, 5), [9990, 10000, 10010]);
  assertEquals(niceSteps(-0.27, 0, 2), [-0.2, 0]);
  assertEquals(niceSteps(1, 1, 5), []);
});

Deno.test("timeTicks: seconds to centuries", () => {
  const labels = (from: number, to: number) => timeTicks(from, to, 5).map(({ label }) => label);
  assertEquals(labels(0.4, 2), ["00.500", "01.000", "01.500", "02.000"]);
  assertEquals(labels(0, 300), ["01-01", "00:01", "00:02", "00:03", "00:04", "00:05"]);
  assertEquals(labels(0, 40 * 86_400), ["01-01", "01-15", "01-29"]);
  assertEquals(labels(1e9, 1e9 + 400 * 86_400), ["2001-10", "2002-01", "2002-04", "2002-07", "2002-10"]);
  assertEquals(labels(0, 31_557_600 * 40), ["1970", "1980", "1990", "2000", "2010"]);
});
