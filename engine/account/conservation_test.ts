import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { instrument } from "../core/instrument.ts";
import { Money } from "../core/money.ts";
import { Account } from "./account.ts";
import { Conservation, ConservationError } from "./conservation.ts";

const BTC = instrument({ symbol: "BTCUSDT", venue: "binance-usdm", tick: "0.1", lot: "0.001", currency: "USDT" });
const FINE = instrument({ symbol: "SHIBUSDT", venue: "binance", tick: "0.00000001", lot: "1", currency: "USDT" });
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
const INSTRUMENTS = [BTC, FINE, COIN, QUANTO];
const INVERSE = 2;

type Step = readonly [kind: string, instrument: number, a: number, b: number, c: number, fee: number];

const index = fc.integer({ min: 0, max: INSTRUMENTS.length - 1 });
const price = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1_000_000 }));
const lots = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 1_000_000 }));
const nothing = fc.constant(0);
const fill = fc.tuple(
  fc.constant("fill"),
  index,
  fc.constantFrom(1, -1),
  price,
  lots,
  fc.integer({ min: -1e9, max: 1e10 }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fill, weight: 8 },
  fc.tuple(fc.constant("fund"), index, fc.integer({ min: -1e7, max: 1e7 }), price, nothing, nothing),
  fc.tuple(fc.constant("funded"), index, fc.integer({ min: -1e10, max: 1e10 }), nothing, nothing, nothing),
  fc.tuple(
    fc.constant("dividend"),
    index.filter((i) => i !== INVERSE),
    fc.integer({ min: 0, max: 500 }),
    nothing,
    nothing,
    nothing,
  ),
  fc.tuple(
    fc.constant("split"),
    index,
    fc.integer({ min: 1, max: 10 }),
    fc.integer({ min: 1, max: 10 }),
    price,
    nothing,
  ),
  fc.tuple(fc.constant("settle"), index, price, nothing, nothing, nothing),
);

function apply(to: Account | Conservation, [kind, instrument, a, b, c, fee]: Step): void {
  if (kind === "fill") to.fill(instrument, a, b, c, Money.of(fee));
  else if (kind === "fund") to.fund(instrument, a, b);
  else if (kind === "funded") to.funded(instrument, Money.of(a));
  else if (kind === "dividend") to.dividend(instrument, a);
  else if (kind === "split") to.split(instrument, a, b, c);
  else to.settle(instrument, a);
}

Deno.test("Conservation: fills, flips, funding, dividends, splits and expiry add up, also on inverse and quanto", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      generated(steps.length);
      const account = new Account(INSTRUMENTS, { cash: { USDT: "1000", BTC: "3" } });
      const conservation = new Conservation(account);
      for (const each of steps) {
        apply(account, each);
        apply(conservation, each);
      }
      conservation.checkAll();
      // Profit at a mark is cash there beyond the start, whichever way it is counted.
      const marks2 = [1_200_001, 31, 1_200_001, 120_001];
      const equity = account.equity(0, marks2, new Money());
      const counted = account.wallet(0, new Money());
      for (const i of [0, 1]) counted.add(account.unrealised(i, marks2[i], new Money()));
      assertEquals(counted.toBigInt(), equity.toBigInt());
      for (const i of [0, 1]) equity.subtract(account.pnl(i, marks2[i], new Money()));
      assertEquals(equity.toString(account.valuation.currencyScales[0]), "1000.000000000");
    }),
    { numRuns: fuzzRuns(1000) },
  );
});

Deno.test("Conservation: an account restored in the middle is taken as it stands", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.array(step, { maxLength: 30 }), (before, after) => {
      generated(before.length + after.length);
      const first = new Account(INSTRUMENTS, { cash: { USDT: "1000" } });
      for (const each of before) apply(first, each);
      const second = new Account(INSTRUMENTS, { cash: { USDT: "1000" } });
      second.restore(first.snapshot());
      const conservation = new Conservation(second);
      for (const each of after) {
        apply(first, each);
        apply(second, each);
        apply(conservation, each);
      }
      conservation.checkAll();
      assertEquals(second.snapshot(), first.snapshot());
    }),
    { numRuns: fuzzRuns(200) },
  );
});

Deno.test("Conservation: an event that one of the books missed or saw otherwise is found at once", () => {
  const fee = Money.of(5);
  const setUp = () => {
    const account = new Account([BTC]);
    const conservation = new Conservation(account);
    account.fill(0, 1, 600_000, 3, fee);
    conservation.fill(0, 1, 600_000, 3, fee);
    return { account, conservation };
  };
  const cases: [string, (account: Account, conservation: Conservation) => void][] = [
    ["position of BTCUSDT is 4 in the account, but the events add up to 3", (account, conservation) => {
      account.fill(0, 1, 600_000, 1, fee);
      conservation.check(0);
    }],
    ["balance of BTCUSDT is -240.00000000 in the account, but the events add up to -240.00010000, 0.00010000 apart", (
      account,
      conservation,
    ) => {
      account.fill(0, 1, 600_000, 1, fee);
      conservation.fill(0, 1, 600_001, 1, fee);
    }],
    ["fees of BTCUSDT is 0.00000010 in the account, but the events add up to 0.00000011", (account, conservation) => {
      account.fill(0, 1, 600_000, 1, fee);
      conservation.fill(0, 1, 600_000, 1, Money.of(6));
    }],
    ["funding of BTCUSDT is -0.01800000 in the account", (account, conservation) => {
      account.fund(0, 100_000, 1_200_000);
      conservation.fund(0, 100_001, 1_200_000);
    }],
    ["dividends of BTCUSDT is 0.00030000", (account, conservation) => {
      account.dividend(0, 1);
      conservation.check(0);
    }],
    ["position of BTCUSDT is 6 in the account, but the events add up to 3", (account, conservation) => {
      account.split(0, 2, 1, 1_200_000);
      conservation.check(0);
    }],
  ];
  for (const [message, act] of cases) {
    const { account, conservation } = setUp();
    assertThrows(() => act(account, conservation), ConservationError, `Conservation is broken: ${message}`);
  }
});
