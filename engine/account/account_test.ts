import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { instrument } from "../core/instrument.ts";
import { Money } from "../core/money.ts";
import { Account } from "./account.ts";
import type { RoundTripSink } from "./round_trip_sink.ts";
import { Valuation } from "./valuation.ts";

const BTC = instrument({ symbol: "BTCUSDT", venue: "binance-usdm", tick: "0.1", lot: "0.001", currency: "USDT" });
const COIN = instrument({
  symbol: "BTCUSD_PERP",
  venue: "binance-coinm",
  tick: "0.1",
  lot: "1",
  kind: "inverse",
  multiplier: "100",
  currency: "BTC",
});
const QUANTO = instrument({
  symbol: "ETHUSD",
  venue: "bitmex",
  tick: "0.05",
  lot: "1",
  kind: "quanto",
  multiplier: "0.000001",
  currency: "BTC",
});
const SHARE = instrument({ symbol: "GOOG", venue: "nasdaq", tick: "0.01", lot: "1" });
const FREE = new Money();
const BUY = 1;
const SELL = -1;

class Trips implements RoundTripSink {
  readonly opened: string[] = [];
  readonly closed: number[][] = [];
  onOpen(instrument: number, side: number): void {
    this.opened.push(`${instrument}:${side}`);
  }
  onRoundTrip(...trip: [number, number, number, number, number, number, number, number]): void {
    this.closed.push(trip);
  }
}

Deno.test("Account: buying, adding, reducing and closing keep average cost, realised and balance", () => {
  const account = new Account([BTC], { cash: { USDT: "1000" } });
  account.fill(0, BUY, 600000, 1, FREE); // 60.0
  account.fill(0, BUY, 600010, 2, FREE); // 120.002
  assertEquals(account.position(0), 3);
  assertEquals(account.cost(0).toString(8), "180.00200000");
  assertAlmostEquals(account.averagePrice(0), 60000.666666666664, 1e-9);
  account.fill(0, SELL, 600030, 1, FREE);
  // A third of the cost is 60.000666666…: the unit it was rounded by stays with the position.
  assertEquals(account.realised(0).toString(8), "0.00233333");
  assertEquals(account.cost(0).toString(8), "120.00133333");
  account.fill(0, SELL, 600030, 2, FREE);
  assertEquals(account.position(0), 0);
  assertEquals(account.cost(0).isZero(), true);
  assertEquals(account.realised(0).toString(8), "0.00700000");
  assertEquals(account.balance(0).toString(8), "0.00700000");
  assertEquals(account.cash(0).toString(8), "1000.00700000");
  assertEquals(Number.isNaN(account.averagePrice(0)), true);
});

Deno.test("Account: unrealised, pnl and equity at the middle of two ticks are exact", () => {
  const account = new Account([BTC], { cash: { USDT: "1000" } });
  account.fill(0, SELL, 600000, 2, Money.parse("0.01", 8));
  const mark2 = 600010 + 600011;
  assertEquals(account.unrealised(0, mark2, new Money()).toString(8), "-0.00210000");
  assertEquals(account.pnl(0, mark2, new Money()).toString(8), "-0.01210000");
  assertEquals(account.equity(0, [mark2], new Money()).toString(8), "999.98790000");
  assertEquals(account.wallet(0, new Money()).toString(8), "999.99000000");
  // At scale 8 the middle of ticks of 1e-8 would be half a unit; such a currency has one decimal more.
  const fine = instrument({ symbol: "X", venue: "v", tick: "0.00000001", lot: "1" });
  const small = new Account([fine]);
  small.fill(0, BUY, 5, 1, FREE);
  assertEquals(small.unrealised(0, 11, new Money()).toString(small.valuation.scales[0]), "0.000000005");
});

Deno.test("Account: a fill through zero ends one round trip and opens the next, splitting its fee by lots", () => {
  const trips = new Trips();
  const account = new Account([SHARE], { sink: trips });
  account.fill(0, BUY, 10_000, 30, Money.parse("0.30", 8));
  account.fill(0, SELL, 11_000, 90, Money.parse("0.90", 8));
  assertEquals(account.position(0), -60);
  assertEquals(account.roundTrips(0), 1);
  account.fill(0, BUY, 10_500, 20, Money.parse("0.20", 8));
  account.fill(0, BUY, 10_400, 40, Money.parse("0.40", 8));
  assertEquals(trips.opened, ["0:1", "0:-1"]);
  assertEquals(trips.closed, [
    [0, 1, 30, 3000, 3300, 300, 0.6, 0],
    [0, -1, 60, 6600, 6260, 340, 1.2, 0],
  ]);
  assertEquals(account.realised(0).toNumber(8), 640);
  assertEquals(account.fees(0).toNumber(8), 1.8);
  assertEquals(account.cash(0).toNumber(8), 638.2);
});

Deno.test("Account: an inverse contract gains in its base currency as its price rises", () => {
  const trips = new Trips();
  const account = new Account([COIN], { cash: { BTC: "1" }, sink: trips });
  account.fill(0, BUY, 500_000, 10, FREE); // 1000 USD at 50,000: 0.02 BTC
  assertEquals(account.balance(0).toString(8), "0.02000000");
  assertEquals(account.averagePrice(0), 50_000);
  // 0.02 − 1000 / 60,000 = 0.00333333…
  assertEquals(account.unrealised(0, 1_200_000, new Money()).toString(8), "0.00333333");
  assertEquals(account.equity(0, [1_200_000], new Money()).toString(8), "1.00333333");
  account.fill(0, SELL, 600_000, 15, FREE);
  assertEquals(account.realised(0).toString(8), "0.00333333");
  assertEquals(account.position(0), -5);
  assertEquals(account.averagePrice(0).toFixed(1), "60000.0");
  assertEquals(trips.closed, [[0, 1, 10, 0.02, 0.01666667, 0.00333333, 0, 0]]);
  account.fund(0, 100_000, 1_200_000); // 0.01 % of 500 USD at 60,000; a short position receives it
  assertEquals(account.funding(0).toString(8), "0.00000083");
  assertThrows(() => account.dividend(0, 1), RangeError, "BTCUSD_PERP is inverse");
  assertThrows(() => account.fill(0, BUY, 0, 1, FREE), RangeError, "the price is 0 ticks; it must be above 0");
});

Deno.test("Account: a quanto settles in its own currency by its multiplier; currencies stay apart", () => {
  const account = new Account([QUANTO, SHARE, COIN], { cash: { USD: "100", BTC: "2" } });
  assertEquals(account.valuation.currencies, ["BTC", "USD"]);
  account.fill(0, BUY, 60_000, 100, FREE); // 3000.00 × 100 × 0.000001 = 0.3 BTC
  account.fill(0, SELL, 61_000, 100, FREE);
  account.fill(1, BUY, 1_000, 2, FREE);
  const scale = account.valuation.currencyScales;
  assertEquals(account.realised(0).toNumber(scale[0]), 0.005);
  assertEquals(account.equity(0, [0, 0, 0], new Money()).toNumber(scale[0]), 2.005);
  assertEquals(account.equity(1, [0, 2_100, 0], new Money()).toNumber(scale[1]), 101);
  assertThrows(() => new Account([SHARE], { cash: { EUR: "1" } }), RangeError, "Cannot account in EUR");
});

Deno.test("Account: funding is paid by longs and received by shorts at the mark", () => {
  const account = new Account([BTC]);
  account.fill(0, BUY, 600_000, 1000, FREE);
  account.fund(0, 100_000, 1_200_000); // 0.01 % of 60,000
  assertEquals(account.funding(0).toString(8), "-6.00000000");
  account.fund(0, -100_000, 1_200_000);
  assertEquals(account.funding(0).isZero(), true);
  account.fill(0, SELL, 600_000, 2000, FREE);
  account.fund(0, 100_000, 1_200_000);
  assertEquals(account.cash(0).toString(8), "60006.00000000");
  account.fill(0, BUY, 600_000, 1000, FREE);
  account.fund(0, 100_000, 1_200_000);
  assertEquals(account.funding(0).toString(8), "6.00000000");
});

Deno.test("Account: dividends go to longs and are owed by shorts, and belong to the round trip", () => {
  const trips = new Trips();
  const account = new Account([SHARE], { sink: trips });
  account.fill(0, BUY, 10_000, 10, FREE);
  account.dividend(0, 50);
  account.fill(0, SELL, 10_000, 20, FREE);
  account.dividend(0, 50);
  account.fill(0, BUY, 10_000, 10, FREE);
  assertEquals(trips.closed.map((trip) => trip[7]), [5, -5]);
  assertEquals(account.dividends(0).isZero(), true);
});

Deno.test("Account: a split multiplies the lots, keeps the cost, and pays a fraction out at the mark", () => {
  const account = new Account([SHARE]);
  account.fill(0, BUY, 10_000, 5, FREE);
  account.split(0, 2, 1, 20_000);
  assertEquals(account.position(0), 10);
  assertEquals(account.cost(0).toNumber(8), 500);
  assertEquals(account.averagePrice(0), 50);
  // 1 for 4: two and a half; the half lot is two of the old ones, at 60.00.
  account.split(0, 1, 4, 12_000);
  assertEquals(account.position(0), 2);
  assertEquals(account.cash(0).toNumber(8), -500 + 120);
  assertEquals(account.cost(0).toNumber(8), 400);
  assertEquals(account.realised(0).toNumber(8), 20);
  account.split(0, 1, 3, 48_000);
  assertEquals(account.position(0), 0);
  assertEquals(account.roundTrips(0), 1);
  assertEquals(account.cash(0).toNumber(8), 100);
  account.split(0, 2, 1, 0);
  assertThrows(() => account.split(0, 0, 1, 0), RangeError, "the ratio is 0 for 1");
});

Deno.test("Account: expiry closes the position at the settlement price", () => {
  const account = new Account([SHARE]);
  account.settle(0, 9_000);
  assertEquals(account.roundTrips(0), 0);
  account.fill(0, SELL, 10_000, 3, FREE);
  account.settle(0, 9_000);
  assertEquals([account.position(0), account.roundTrips(0), account.cash(0).toNumber(8)], [0, 1, 30]);
});

Deno.test("Account: prices at and below zero are traded by linear instruments", () => {
  const account = new Account([SHARE]);
  account.fill(0, BUY, -3_700, 1, FREE);
  assertEquals(account.cash(0).toNumber(8), 37);
  assertEquals(account.averagePrice(0), -37);
  account.fill(0, SELL, 0, 1, FREE);
  assertEquals(account.realised(0).toNumber(8), 37);
});

Deno.test("Account: what a fill cannot be is refused and changes nothing", () => {
  const account = new Account([BTC]);
  const before = account.snapshot();
  for (const [side, price, lots] of [[0, 1, 1], [1, 0.5, 1], [1, 1, 0], [1, 1, -1], [1, 1, 2 ** 53], [1, NaN, 1]]) {
    assertThrows(() => account.fill(0, side, price, lots, FREE), RangeError, "Cannot take a fill");
  }
  assertThrows(() => account.fill(1, 1, 1, 1, FREE), RangeError, "its index is 1");
  assertEquals(account.snapshot(), before);
});

Deno.test("Account: a snapshot restored goes on as if nothing had happened, also through JSON", () => {
  const first = new Account([BTC, COIN], { cash: { USDT: "5" } });
  first.fill(0, BUY, 600_000, 3, Money.of(17));
  first.fill(1, SELL, 600_000, 3, Money.of(18));
  const second = new Account(first.valuation, { cash: { USDT: "5" } });
  second.restore(JSON.parse(JSON.stringify([...first.snapshot()])));
  for (const account of [first, second]) {
    account.fill(0, SELL, 600_100, 7, Money.of(-3));
    account.fund(1, 12_345, 1_200_001);
  }
  assertEquals(second.snapshot(), first.snapshot());
  assertThrows(() => second.restore([1]), RangeError, "holds 1 numbers");
});

Deno.test("Account: any fills give the figures of BigInt accounting, and balance + cost = realised", () => {
  const fill = fc.record({
    side: fc.constantFrom(1, -1),
    price: fc.integer({ min: 1, max: 700_000 }),
    lots: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 10_000_000 })),
    fee: fc.integer({ min: -1_000_000, max: 10_000_000 }),
  });
  fc.assert(
    fc.property(fc.array(fill, { maxLength: 40 }), (fills) => {
      generated(fills.length);
      const account = new Account([BTC]);
      let position = 0n, cost = 0n, realised = 0n, fees = 0n, balance = 0n;
      for (const { side, price, lots, fee } of fills) {
        account.fill(0, side, price, lots, Money.of(fee));
        const unit = BigInt(price) * 10_000n;
        let signed = BigInt(side * lots);
        balance -= signed * unit;
        fees += BigInt(fee);
        if (position * signed < 0n) {
          const closed = abs(signed) < abs(position) ? signed : -position;
          const part = roundedDivision(cost * abs(closed), abs(position));
          realised -= closed * unit + part;
          cost -= part;
          position += closed;
          signed -= closed;
        }
        position += signed;
        cost += signed * unit;
        assertEquals(account.cost(0).toBigInt(), cost);
        assertEquals(account.realised(0).toBigInt(), realised);
      }
      assertEquals(BigInt(account.position(0)), position);
      assertEquals(account.balance(0).toBigInt(), balance);
      assertEquals(account.fees(0).toBigInt(), fees);
      assertEquals(balance + cost, realised);
      assertEquals(account.cash(0).toBigInt(), balance - fees);
    }),
    { numRuns: fuzzRuns(500) },
  );
});

Deno.test("Valuation: instruments beyond 18 decimals or 2^53 units are refused with the remedy", () => {
  const spec = { symbol: "X", venue: "v", tick: "0.0000000001", lot: "0.0000000001" };
  assertThrows(() => new Valuation([instrument(spec)]), RangeError, "20 decimals together; at most 18");
  const coarse = instrument({ symbol: "Y", venue: "v", tick: "1", lot: "1" });
  const fine = instrument({ ...spec, tick: "0.000000001", lot: "0.00000001" });
  assertThrows(() => new Valuation([coarse, fine]), RangeError, "Cannot account for Y");
});

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function roundedDivision(value: bigint, divisor: bigint): bigint {
  const quotient = (abs(value) * 2n + divisor) / (divisor * 2n);
  return value < 0n ? -quotient : quotient;
}
