import { assertEquals, assertThrows } from "@std/assert";
import { Valuation } from "../account/valuation.ts";
import { instrument } from "../core/instrument.ts";
import { Money } from "../core/money.ts";
import { feeModel, parseFees } from "./fees.ts";
import { MAKER, TAKER } from "./liquidity.ts";

const valuation = new Valuation(
  ["a", "b", "c"].map((venue) => instrument({ symbol: "X", venue, tick: "0.01", lot: "1" })),
);

Deno.test("parseFees: fees of several venues, and of all others", () => {
  assertEquals(parseFees("maker=0,taker=0.001; b: lot=0.005,minimum=1; c: none"), {
    maker: "0",
    taker: "0.001",
    venues: { b: { lot: "0.005", minimum: "1" }, c: {} },
  });
  assertEquals(parseFees("b:trade=1"), { venues: { b: { trade: "1" } } });
  for (
    const [text, why] of [
      ["b: none; b: none", "those of b are given twice; leave one out"],
      ["none; none", "those of all other venues are given twice"],
      ["b: tker=1", "is no fee; did you mean taker?"],
      ["b:", "is no fee"],
    ]
  ) assertThrows(() => parseFees(text), RangeError, why);
});

Deno.test("VenueFees: each instrument is charged by its venue's model, and tells its rates", () => {
  const model = feeModel(parseFees("maker=0.0001,taker=0.001; b: lot=0.005; c: maker=-0.0002,taker=0.0004"), valuation);
  const fee = (instrument: number, liquidity: number) => {
    const into = new Money();
    model.fee({ instrument, liquidity, price: 10_000, lots: 7, filledBefore: 0, sec: 0 }, Money.parse("700", 8), into);
    return into.toString(8);
  };
  assertEquals([fee(0, TAKER), fee(1, TAKER), fee(2, TAKER), fee(2, MAKER)], [
    "0.70000000",
    "0.03500000",
    "0.28000000",
    "-0.14000000",
  ]);
  const rates = [0, 1, 2].map((i) => model.rates!(i, TAKER));
  assertEquals(rates.map(({ rate, lot }) => [rate.mantissa / 10 ** rate.decimals, lot.mantissa / 10 ** lot.decimals]), [
    [0.001, 0],
    [0, 0.005],
    [0.0004, 0],
  ]);
  assertThrows(
    () => feeModel(parseFees("d: none"), valuation),
    RangeError,
    "Cannot charge fees of d: no instrument trades",
  );
});
