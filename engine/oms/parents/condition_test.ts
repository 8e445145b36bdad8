import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { checkCondition, type Condition, MovingAverage } from "./condition.ts";

Deno.test("MovingAverage: as worked out anew from all prices; no value before there are enough", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 })), fc.integer({ min: 1, max: 9 }), (prices, n) => {
    const simple = new MovingAverage("sma", n), exponential = new MovingAverage("ema", n);
    let ema = 0;
    prices.forEach((price, i) => {
      simple.add(price);
      exponential.add(price);
      if (i < n) ema = prices.slice(0, i + 1).reduce((sum, each) => sum + each, 0) / (i + 1);
      else ema += (price - ema) * 2 / (n + 1);
      if (i + 1 < n) return assert(simple.value !== simple.value && exponential.value !== exponential.value);
      assertEquals(simple.value, prices.slice(i + 1 - n, i + 1).reduce((sum, each) => sum + each, 0) / n);
      assertAlmostEquals(exponential.value, ema, 1e-6);
    });
  }));
});

Deno.test("checkCondition: what makes no sense throws, with a remedy", () => {
  const wrong: [unknown, string][] = [
    [null, "when is null"],
    [{}, "when says nothing; give above or below, at or after"],
    [{ abov: 5 }, "there is no abov; did you mean above?"],
    [{ value: "smma", above: 5 }, "value is smma; did you mean sma?"],
    [{ value: "last", after: "5s" }, "value has no bound; give above or below"],
    [{ above: "5" }, "above is 5; it must be a number of ticks"],
    [{ below: NaN }, "below is NaN"],
    [{ value: "sma", above: 5 }, "sma and ema need one"],
    [{ value: "mid", above: 5, period: 3 }, "the others none"],
    [{ value: "ema", above: 5, period: 0 }, "period is 0; it must be a whole number from 1"],
    [{ at: 5 }, "at is 5; give it in ns since 1970, as 5n"],
    [{ after: "soon" }, "Cannot read a duration"],
  ];
  for (const [condition, message] of wrong) {
    assertThrows(() => checkCondition(condition as Condition), Error, message);
  }
});
