import { assertEquals, assertThrows } from "@std/assert";
import { SourceError } from "../decoder.ts";
import { FinerGrid, Grid } from "../grid.ts";
import { countAt, decimalAt, priceUnits, readSeconds, readTicks, sizeUnits, timeAt } from "./digits.ts";

const tick = new Grid("tick", { mantissa: 5, decimals: 2 });

Deno.test("digits: strings and numbers of JSON become units of the grid", () => {
  assertEquals(priceUnits("61659.7000", tick, 1), 1233194);
  assertEquals(priceUnits(0.05, tick, 1), 1);
  assertEquals(sizeUnits("1e1", tick, 1), 200);
  assertThrows(() => priceUnits("0.07", tick, 3), SourceError, "line 3: price is 0.07, and it is off the grid");
  assertThrows(() => sizeUnits("-0.05", tick, 3), SourceError, "line 3: size is -0.05");
  assertThrows(() => priceUnits("0.125", new Grid("tick", { learnFrom: 2 }), 1), FinerGrid);
});

Deno.test("digits: what is no number is told with name, value and line", () => {
  for (const value of [undefined, null, "", "NaN", "1,5", [], true, Infinity]) {
    assertThrows(() => decimalAt(value, "price", 4), SourceError, "line 4: price is ");
    assertThrows(() => countAt(value, "u", 4), SourceError, "line 4: u is ");
  }
  assertThrows(() => decimalAt("9007199254740993", "size", 4), SourceError, "needs 2^53 units or more");
  assertThrows(() => countAt(-1, "u", 4), SourceError, "u is -1");
  assertEquals([countAt("17", "u", 4), countAt(17, "u", 4)], [17, 17]);
});

Deno.test("digits: times are exact", () => {
  const at = { sec: 0, ns: 0 };
  const seconds = (text: string) => readSeconds(text, at) ? [at.sec, at.ns] : undefined;
  assertEquals(seconds("1618678134.2098181"), [1618678134, 209818100]);
  assertEquals(seconds("1618678134"), [1618678134, 0]);
  assertEquals(seconds("1.0000000019"), [1, 1]);
  for (const bad of ["", "-1", "1e9", ".5", "1.2.3"]) assertEquals(seconds(bad), undefined);
  const ticks = (time: number) => readTicks(time, at) ? [at.sec, at.ns] : undefined;
  assertEquals(ticks(1723161256298), [1723161256, 298_000_000]);
  assertEquals(ticks(1723161256298765), [1723161256, 298_765_000]);
  for (const bad of [0, 1723161256, 1e18, NaN]) assertEquals(ticks(bad), undefined);
  assertThrows(() => timeAt("17", "ts", 2, at), SourceError, 'line 2: ts is "17"; a time is in milliseconds');
});
