import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Valuation } from "../account/valuation.ts";
import { instrument } from "../core/instrument.ts";
import { Money } from "../core/money.ts";
import type { Execution, FeeModel } from "./fee_model.ts";
import { feeModel, FlatFees, LotFees, NoFees, parseFees, ProportionalFees, TieredFees } from "./fees.ts";
import { MAKER, TAKER } from "./liquidity.ts";

const BTC = instrument({ symbol: "BTCUSDT", venue: "binance-usdm", tick: "0.1", lot: "0.001", currency: "USDT" });
const SHARE = instrument({ symbol: "GOOG", venue: "nasdaq", tick: "0.01", lot: "1" });
const VALUATION = new Valuation([BTC, SHARE]);

/** The fee of a fill, as a decimal at scale 8. */
function charge(model: FeeModel, given: Partial<Execution>): string {
  const execution = { instrument: 0, liquidity: MAKER, price: 618002, lots: 1, filledBefore: 0, sec: 0, ...given };
  const notional = VALUATION.value(execution.instrument, execution.price, execution.lots, new Money());
  const fee = new Money();
  model.fee(execution, notional, fee);
  return fee.toString(8);
}

Deno.test("ProportionalFees: maker and taker pay their share of the value, a negative rate is a rebate", () => {
  const fees = new ProportionalFees("0.0002", "0.0007");
  assertEquals(charge(fees, {}), "0.01236004");
  assertEquals(charge(fees, { liquidity: TAKER }), "0.04326014");
  assertEquals(charge(new ProportionalFees("-0.000025", "0"), { lots: 3 }), "-0.00463502"); // 0.004635015
  assertEquals(charge(new ProportionalFees("-0.000025", "0"), { liquidity: TAKER }), "0.00000000");
  assertEquals(charge(new ProportionalFees("0.000000001", "0"), { price: 5, lots: 1 }), "0.00000000");
  assertEquals(charge(new ProportionalFees("0.00001", "0"), { price: 5, lots: 1 }), "0.00000001"); // half: away from zero
});

Deno.test("LotFees: the minimum is for the order, however its fills fall", () => {
  const fees = new LotFees("0.005", "1", VALUATION);
  assertEquals(charge(fees, { instrument: 1, lots: 100 }), "1.00000000");
  assertEquals(charge(fees, { instrument: 1, lots: 50, filledBefore: 100 }), "0.00000000");
  assertEquals(charge(fees, { instrument: 1, lots: 100, filledBefore: 150 }), "0.25000000");
  assertEquals(charge(new LotFees("-0.002", "0", VALUATION), { instrument: 1, lots: 100 }), "-0.20000000");
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 10 }), (fills) => {
      let filledBefore = 0;
      let total = 0n;
      for (const lots of fills) {
        total += BigInt(charge(fees, { instrument: 1, lots, filledBefore }).replace(".", ""));
        filledBefore += lots;
      }
      assertEquals(total, BigInt(charge(fees, { instrument: 1, lots: filledBefore }).replace(".", "")));
    }),
  );
  assertThrows(() => new LotFees("0.005", "-1", VALUATION), RangeError, 'minimum is "-1"; it must be 0 or more');
  assertThrows(() => new LotFees("-0.005", "1", VALUATION), RangeError, "a rebate has no minimum");
});

Deno.test("FlatFees and NoFees: one amount a fill, and none", () => {
  assertEquals(charge(new FlatFees("0.5", VALUATION), { lots: 7 }), "0.50000000");
  assertEquals(charge(new NoFees(), { lots: 7 }), "0.00000000");
});

const TIERS = [
  { from: "0", maker: "0.001", taker: "0.002" },
  { from: "1000", maker: "0.0005", taker: "0.001" },
  { from: "5000", maker: "0", taker: "0.0005" },
];
const HUNDRED = { instrument: 1, price: 10_000 }; // 100.00 a lot

Deno.test("TieredFees: the tier is that of the volume before the fill, by currency", () => {
  const fees = new TieredFees(TIERS, VALUATION);
  assertEquals(charge(fees, { ...HUNDRED, lots: 20 }), "2.00000000"); // passes 1000, all of it at the first rate
  assertEquals(charge(fees, { ...HUNDRED, lots: 29 }), "1.45000000"); // at 2000
  assertEquals(charge(fees, { ...HUNDRED, lots: 1 }), "0.05000000"); // at 4900
  assertEquals(charge(fees, { ...HUNDRED, lots: 1 }), "0.00000000"); // at 5000
  assertEquals(charge(fees, { ...HUNDRED, lots: 1, liquidity: TAKER }), "0.05000000");
  assertEquals(charge(fees, {}), "0.06180020"); // USDT has traded nothing yet
});

Deno.test("TieredFees: with days, volume leaves after them, also before 1970", () => {
  for (const start of [0, -10, 19_000]) {
    const fees = new TieredFees(TIERS, VALUATION, { days: 3 });
    const on = (day: number, lots: number) => charge(fees, { ...HUNDRED, lots, sec: (start + day) * 86_400 + 5 });
    assertEquals(on(0, 10), "1.00000000");
    assertEquals(on(0, 1), "0.05000000"); // 1000 so far
    assertEquals(on(2, 2), "0.10000000"); // 1100
    assertEquals(on(3, 8), "0.80000000"); // day 0 has left: 200
    assertEquals(on(4, 1), "0.05000000"); // 1000
    assertEquals(on(5, 1), "0.10000000"); // day 2 has left: 900
    assertEquals(on(90, 1), "0.10000000");
    assertEquals(on(90, 9), "0.90000000"); // 100
    assertEquals(on(90, 1), "0.05000000"); // 1000
  }
});

Deno.test("TieredFees: tiers that do not begin at 0 and rise are refused", () => {
  const rates = { maker: "0", taker: "0" };
  assertThrows(() => new TieredFees([], VALUATION), RangeError, "name at least one");
  assertThrows(() => new TieredFees([{ from: "5", ...rates }], VALUATION), RangeError, "tiers begin at 0 and rise");
  assertThrows(() => new TieredFees([TIERS[0], { from: "0", ...rates }], VALUATION), RangeError, 'from is "0"');
  assertThrows(() => new TieredFees([{ from: "x", ...rates }], VALUATION), RangeError, '"x" is not a decimal');
  assertThrows(() => new TieredFees(TIERS, VALUATION, { days: 0 }), RangeError, 'days is "0"');
});

Deno.test("parseFees: each form is read and builds its model", () => {
  const forms: [string, string][] = [
    ["maker=0.0002,taker=0.0007", "0.01236004"],
    [" taker = 7e-4 , maker = 2e-4 ", "0.01236004"],
    ["lot=0.005", "0.00500000"],
    ["lot=0.005,minimum=1", "1.00000000"],
    ["trade=0.5", "0.50000000"],
    ["none", "0.00000000"],
  ];
  for (const [text, fee] of forms) assertEquals(charge(feeModel(parseFees(text), VALUATION), {}), fee, text);
});

Deno.test("parseFees: a bad part is named with its remedy", () => {
  const wrong: [string, string][] = [
    ["makr=0.0002,taker=0.0007", '"makr=0.0002" in "makr=0.0002,taker=0.0007" is no fee; did you mean maker?'],
    ["fee=1", '"fee=1" in "fee=1" is no fee'],
    ["", '"" in "" is no fee'],
    ["maker=0.0002", "taker is missing in maker=0.0002; write taker=0"],
    ["maker=0.0002,taker=", 'taker is "taker="; write taker=NUMBER'],
    ["maker=0.0002,taker=2%", 'taker is "2%"; "2%" is not a decimal'],
    ["maker=0.0002,taker=2", 'taker is "2"; a rate is a share of the value below 1'],
    ["maker=0.0002,taker=0.0000000001", 'taker is "0.0000000001"; a rate has at most 9 decimals'],
    ["maker=0,maker=0,taker=0", 'maker is "0"; it is given twice'],
    ["maker=0,taker=0,lot=1", "maker=0,taker=0,lot=1 mixes kinds of fee"],
    ["minimum=1", "lot is missing in minimum=1"],
  ];
  for (const [text, message] of wrong) {
    assertThrows(() => parseFees(text), RangeError, `Cannot read fees: ${message}`);
  }
  assertThrows(
    () => feeModel({ trade: "0.000000001" }, VALUATION),
    RangeError,
    'trade is "0.000000001"; 0.000000001 has 9 decimals',
  );
});
