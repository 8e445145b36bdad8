import { assertAlmostEquals, assertEquals } from "@std/assert";
import { sharedData } from "../../tests/shared_data.ts";
import { instrument } from "../core/instrument.ts";
import { Money } from "../core/money.ts";
import { MAKER } from "../venue/liquidity.ts";
import { ProportionalFees } from "../venue/fees.ts";
import { Account } from "./account.ts";
import { Conservation } from "./conservation.ts";

const FREE = new Money();

const bars = sharedData("bars/GOOG.csv");
Deno.test({
  name: `Account: GOOG by SMA 10/30 makes 66 round trips and 51,422.99${bars ? "" : " (ignored: no shared data)"}`,
  ignore: !bars,
  fn() {
    const rows = Deno.readTextFileSync(bars ?? "").trim().split("\n").slice(1).map((line) => line.split(","));
    const opens = rows.map((row) => Math.round(Number(row[1]) * 100));
    const closes = rows.map((row) => Math.round(Number(row[4]) * 100));
    const returns: number[] = [];
    const pnls: number[] = [];
    const account = new Account([instrument({ symbol: "GOOG", venue: "nasdaq", tick: "0.01", lot: "1" })], {
      cash: { USD: "10000" },
      sink: {
        onRoundTrip(_instrument, _side, _lots, entryValue, _exitValue, pnl) {
          returns.push(pnl / entryValue);
          pnls.push(pnl);
        },
      },
    });
    const conservation = new Conservation(account);
    const trade = (side: number, price: number, lots: number) => {
      account.fill(0, side, price, lots, FREE);
      conservation.fill(0, side, price, lots, FREE);
    };
    const close = (price: number) => {
      const held = account.position(0);
      if (held !== 0) trade(held > 0 ? -1 : 1, price, Math.abs(held));
    };
    // Sums of ticks decide: both averages times 30, so that nothing is rounded.
    const lead = (end: number) => 3 * sum(closes, end - 9, end) - sum(closes, end - 29, end);
    for (let i = 30; i < closes.length - 1; i++) {
      const before = lead(i - 1);
      const now = lead(i);
      const side = before < 0 && now > 0 ? 1 : before > 0 && now < 0 ? -1 : 0;
      if (side === 0) continue;
      close(opens[i + 1]);
      trade(side, opens[i + 1], Math.floor(account.cash(0).toNumber(6) / opens[i + 1]));
    }
    close(opens[opens.length - 1]);
    assertEquals(account.roundTrips(0), 66);
    assertEquals(account.cash(0).toString(8), "51422.99000000");
    assertAlmostEquals(100 * pnls.filter((pnl) => pnl > 0).length / 66, 46.9697, 1e-4);
    assertAlmostEquals(100 * Math.max(...returns), 53.59595229490424, 1e-8);
    const mean = pnls.reduce((total, pnl) => total + pnl, 0) / 66;
    const deviation = Math.sqrt(pnls.reduce((total, pnl) => total + (pnl - mean) ** 2, 0) / 65);
    assertAlmostEquals(Math.sqrt(66) * mean / deviation, 1.0766187356697705, 1e-8);
    const part = (sign: number) => returns.filter((each) => each * sign > 0).reduce((total, each) => total + each, 0);
    assertAlmostEquals(part(1) / -part(-1), 2.167945974262033, 1e-8);
  },
});

function sum(values: readonly number[], from: number, to: number): number {
  let total = 0;
  for (let i = from; i <= to; i++) total += values[i];
  return total;
}

for (const [file, trades, fee] of [["risk", 447, 5.517659], ["power3", 483, 5.962058], ["log", 498, 6.1472]] as const) {
  const path = sharedData(`hftbacktest/touch_${file}_10ms.csv`);
  Deno.test({
    name: `ProportionalFees: balance and fees of the ${trades} fills of touch_${file}${
      path ? "" : " (ignored: no shared data)"
    }`,
    ignore: !path,
    fn: () => replaySteps(Deno.readTextFileSync(path ?? ""), trades, fee),
  });
}

/** Rebuilds the fills from the steps. Those of two sides in one step are only known by the sum in the fee column. */
function replaySteps(text: string, trades: number, fee: number): void {
  const btc = instrument({ symbol: "BTCUSDT", venue: "binance-usdm", tick: "0.1", lot: "0.001", currency: "USDT" });
  const account = new Account([btc]);
  const conservation = new Conservation(account);
  const fees = new ProportionalFees("0.0002", "0.0007");
  const charged = new Money();
  const notional = new Money();
  const trade = (side: number, price: number) => {
    account.valuation.value(0, price, 1, notional);
    fees.fee({ instrument: 0, liquidity: MAKER, price, lots: 1, filledBefore: 0, sec: 0 }, notional, charged);
    account.fill(0, side, price, 1, charged);
    conservation.fill(0, side, price, 1, charged);
  };
  let last = [0, 0, 0, 0];
  let count = 0;
  let slack = 1e-6;
  for (const line of text.trim().split("\n").slice(1)) {
    const step = line.split(",").slice(1).map(Number);
    const [position, fills, balance, paid] = step.map((value, i) => value - last[i]);
    last = step;
    const ticks = Math.round(Math.abs(balance) * 10_000);
    if (Math.abs(position) === fills) {
      // One side: only the sum of the prices is known, so they are made as equal as ticks allow.
      for (let i = 0; i < fills; i++) trade(Math.sign(position), Math.floor((ticks + i) / fills));
    } else {
      assertEquals([position, fills], [0, 2]);
      const total = Math.round(paid / 0.0000002 * 10);
      const gain = Math.round(balance * 10_000);
      const bought = Math.round((total - gain) / 2);
      trade(1, bought);
      trade(-1, bought + gain);
      slack += 1e-6;
    }
    count += fills;
    assertEquals(account.position(0), step[0]);
    assertEquals(account.balance(0).toString(8), step[2].toFixed(6) + "00");
    assertAlmostEquals(account.fees(0).toNumber(8), step[3], slack);
  }
  assertEquals(count, trades);
  assertAlmostEquals(account.fees(0).toNumber(8), fee, slack);
}
