import { assertEquals, assertThrows } from "@std/assert";
import { daysSince1970, easternOffsetSec, isDate, parseDate } from "./time.ts";

Deno.test("daysSince1970: equals Date.UTC on every day of 500 years", () => {
  const first = Date.UTC(1800, 0, 1) / 86_400_000, last = Date.UTC(2300, 0, 1) / 86_400_000;
  for (let days = first; days < last; days++) {
    const date = new Date(days * 86_400_000);
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    if (daysSince1970(year, month, day) !== days || !isDate(year, month, day)) throw new Error(date.toISOString());
  }
});

Deno.test("easternOffsetSec: equals the time zone data at noon of every day since 1987", () => {
  const hour = new Intl.DateTimeFormat("en-US", { timeZone: "America/New_York", hour: "2-digit", hourCycle: "h23" });
  for (let days = daysSince1970(1987, 1, 1); days < daysSince1970(2030, 1, 1); days++) {
    const local = Number(hour.format(new Date(days * 86_400_000 + 17 * 3_600_000)));
    assertEquals(17 - local, easternOffsetSec(days) / 3600, `day ${days}`);
  }
});

Deno.test("parseDate: reads both forms and refuses what is no day", () => {
  assertEquals(parseDate("2012-06-21"), 15512);
  assertEquals(parseDate("20120621"), 15512);
  for (const bad of ["2012-02-30", "21.06.2012", "", "2012-6-21"]) {
    assertThrows(() => parseDate(bad), RangeError, "it is no day");
  }
});
