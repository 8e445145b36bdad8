import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { instrument } from "../core/instrument.ts";
import { Money } from "../core/money.ts";
import { Account } from "./account.ts";
import { LinearMargin, marginModel, type MarginSpec, NoMargin, UnsupportedMarginError } from "./margin.ts";
import { Valuation } from "./valuation.ts";

const ONE = instrument({ symbol: "ONE", venue: "v", tick: "0.01", lot: "1" });
const TWO = instrument({ symbol: "TWO", venue: "v", tick: "0.01", lot: "1" });
const EURO = instrument({ symbol: "EURO", venue: "v", tick: "0.01", lot: "1", currency: "EUR" });
const CROSS: MarginSpec = { mode: "cross", initial: "0.1", maintenance: "0.05" };
const ISOLATED: MarginSpec = { ...CROSS, mode: "isolated" };
const FREE = new Money();

/** Marks in whole ticks, as half ticks. */
const at = (...ticks: number[]) => ticks.map((each) => 2 * each);

Deno.test("LinearMargin: initial and maintenance are shares of the value, long or short", () => {
  const margin = new LinearMargin(CROSS, new Valuation([ONE]));
  for (const lots of [9, -9]) {
    assertEquals(margin.initial(0, lots, 20_000, new Money()).toNumber(8), 90);
    assertEquals(margin.maintenance(0, lots, 20_000, new Money()).toNumber(8), 45);
  }
});

Deno.test("LinearMargin: cross positions of one currency stand and fall together", () => {
  const account = new Account([ONE, TWO, EURO], { cash: { USD: "200" } });
  const margin = new LinearMargin(CROSS, account.valuation);
  account.fill(0, 1, 10_000, 10, FREE); // 1000.00
  account.fill(1, -1, 5_000, 10, FREE); // 500.00
  account.fill(2, 1, 100, 1, FREE); // 1.00 euro on nothing
  assertEquals(margin.breached(account, 0, at(10_000, 5_000, 100)), false);
  // 200 − 130 = 70 against 43.5 + 25; 200 − 133 = 67 against 43.35 + 25.
  assertEquals(margin.breached(account, 0, at(8_700, 5_000, 100)), false);
  assertEquals(margin.breached(account, 0, at(8_670, 5_000, 100)), true);
  assertEquals(margin.breached(account, 1, at(8_670, 5_000, 100)), true);
  assertEquals(margin.breached(account, 2, at(10_000, 5_000, 100)), true); // 0 − 1 + 1 = 0 against 0.05
});

Deno.test("LinearMargin: an isolated position falls alone", () => {
  const account = new Account([ONE, TWO], { cash: { USD: "1000" } });
  const margin = new LinearMargin(ISOLATED, account.valuation);
  account.fill(0, 1, 10_000, 10, FREE); // margin 100
  account.fill(1, -1, 10_000, 10, FREE);
  // Long: 100 − 52 = 48 against 47.4; 100 − 53 = 47 against 47.35. Short: 100 − 47 = 53 against 52.35; 52 and 52.4.
  assertEquals(margin.breached(account, 0, at(9_480, 10_470)), false);
  assertEquals(margin.breached(account, 1, at(9_480, 10_470)), false);
  assertEquals(margin.breached(account, 0, at(9_470, 10_470)), true);
  assertEquals(margin.breached(account, 1, at(9_470, 10_480)), true);
});

Deno.test("LinearMargin: an order is admitted while what it leaves is covered, and always to reduce", () => {
  for (const spec of [CROSS, ISOLATED]) {
    const account = new Account([ONE, TWO], { cash: { USD: "100" } });
    const margin = new LinearMargin(spec, account.valuation);
    const marks = at(10_000, 10_000);
    assertEquals(margin.admits(account, 0, 10, marks), true);
    assertEquals(margin.admits(account, 0, 11, marks), false);
    account.fill(1, -1, 10_000, 4, FREE);
    assertEquals(margin.admits(account, 0, 6, marks), true);
    assertEquals(margin.admits(account, 0, 7, marks), false);
    assertEquals(margin.admits(account, 1, 8, marks), true);
    assertEquals(margin.admits(account, 1, 14, marks), true);
    assertEquals(margin.admits(account, 1, 15, marks), false);
    account.fill(0, 1, 10_000, 100, FREE);
    assertEquals(margin.admits(account, 0, -50, marks), true);
    // A profit that is not realised is margin to the one, not to the other.
    const rich = new Account([ONE, TWO], { cash: { USD: "10" } });
    rich.fill(0, 1, 10_000, 1, FREE);
    assertEquals(margin.admits(rich, 1, 5, at(20_000, 10_000)), spec === CROSS);
  }
});

Deno.test("LinearMargin: the liquidation price is where breached turns", () => {
  const position = fc.record({
    side: fc.constantFrom(1, -1),
    price: fc.integer({ min: 5_000, max: 20_000 }),
    lots: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(
    fc.property(fc.constantFrom(CROSS, ISOLATED), position, position, (spec, one, two) => {
      const account = new Account([ONE, TWO], { cash: { USD: "1000" } });
      const margin = new LinearMargin(spec, account.valuation);
      account.fill(0, one.side, one.price, one.lots, FREE);
      account.fill(1, two.side, two.price, two.lots, FREE);
      const marks = at(one.price, two.price);
      const price = margin.liquidationPrice(account, 0, marks);
      if (Number.isNaN(price)) return;
      const ticks = price * 100;
      const worse = Math.floor(ticks) + (one.side > 0 ? -1 : 2);
      const better = Math.floor(ticks) + (one.side > 0 ? 2 : -1);
      if (worse <= 0 || better <= 0) return;
      assertEquals(margin.breached(account, 0, at(worse, two.price)), true);
      assertEquals(margin.breached(account, 0, at(better, two.price)), false);
    }),
  );
  const account = new Account([ONE], { cash: { USD: "1000" } });
  const margin = new LinearMargin(ISOLATED, account.valuation);
  assertEquals(margin.liquidationPrice(account, 0, at(1)), NaN);
  account.fill(0, 1, 10_000, 10, FREE);
  assertAlmostEquals(margin.liquidationPrice(account, 0, at(10_000)), 900 / 9.5, 1e-9);
  assertEquals(new LinearMargin(CROSS, account.valuation).liquidationPrice(account, 0, at(10_000)), NaN); // all is paid
});

Deno.test("marginModel: none carries everything; what is not supported is refused with a code", () => {
  const coin = instrument({
    symbol: "BTCUSD_PERP",
    venue: "v",
    tick: "0.1",
    lot: "1",
    kind: "inverse",
    multiplier: "100",
  });
  const account = new Account([coin]);
  const none = marginModel("none", account.valuation);
  account.fill(0, 1, 600_000, 1_000, FREE);
  assertEquals(none instanceof NoMargin, true);
  assertEquals([none.admits(account, 0, 9e9, [1]), none.breached(account, 0, [1])], [true, false]);
  assertEquals(none.liquidationPrice(account, 0, [1]), NaN);
  const error = assertThrows(
    () => marginModel(CROSS, account.valuation),
    UnsupportedMarginError,
    "Cannot use margin model cross with inverse instrument BTCUSD_PERP: not supported; use margin none",
  );
  assertEquals(error.code, "MARGIN_UNSUPPORTED");
  assertEquals(error instanceof RangeError, true);
});

Deno.test("LinearMargin: rates out of their bounds are refused", () => {
  const valuation = new Valuation([ONE]);
  const refused: [Partial<MarginSpec>, string][] = [
    [{ initial: "0" }, "initial is 0; it must be above 0 and at most 1"],
    [{ initial: "1.5" }, "initial is 1.5"],
    [{ maintenance: "0.1" }, "maintenance is 0.1; it must be 0 or more and below initial, 0.1"],
    [{ maintenance: "-0.1" }, "maintenance is -0.1"],
    [{ initial: "5%" }, 'initial is "5%"; it must be a decimal such as 0.05'],
    [{ initial: "0.0123456789" }, "initial is 0.0123456789; it may have 9 decimals at most"],
  ];
  for (const [part, message] of refused) {
    assertThrows(() => new LinearMargin({ ...CROSS, ...part }, valuation), RangeError, `Cannot set margin: ${message}`);
  }
});
