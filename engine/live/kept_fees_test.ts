import { assertEquals } from "@std/assert";
import { instrument } from "../core/instrument.ts";
import { plus } from "./decimals.ts";
import { fillReport } from "./fill_report.ts";
import { KeptFees } from "./kept_fees.ts";
import type { ExchangeFill } from "./order_entry.ts";
import { WorkingOrder } from "./working_order.ts";

const BTC = instrument({ symbol: "BTCUSDT", venue: "v", tick: "0.01", lot: "0.001", currency: "USDT" });

/** A purchase of which a fee is kept, and what the session is told that it cost. */
function bought(kept: KeptFees, fee: string, price: string): string | undefined {
  const order = {
    clientId: "a",
    symbol: "BTCUSDT",
    exchangeId: "1",
    execution: 1,
    side: "buy",
    liquidity: "taker",
  } as const;
  const fill: ExchangeFill = { ...order, price, size: "0.001", fee, feeCurrency: "BTC", time: 0n };
  return fillReport(kept.take(fill, BTC), BTC, 1).report.fee;
}

/** Sells so many lots, and all that may leave is filled; what the session is told. The fee is none unless said, or not known. */
function sold(kept: KeptFees, lots: number, price: string, paid: { readonly fee?: string } = { fee: "0" }) {
  const order = new WorkingOrder(2, "b", BTC, -1, lots, false);
  order.short = kept.short(order, { lots, position: lots }, []);
  order.lots -= order.short;
  order.took("b", order.lots);
  return kept.evened(order, { order: 2, event: "Fill", lots: order.lots, ...paid }, price);
}

Deno.test("KeptFees: what is evened out is what was booked, where a fee is worth parts of what money is kept with", () => {
  const kept = new KeptFees([BTC]);
  let booked = "0";
  for (let i = 0; i < 7; i++) booked = plus(booked, bought(kept, "0.00000001", "0.55")!);
  // 0.0000000055 each, which money has as 0.00000001.
  assertEquals(booked, "0.00000007");
  assertEquals(sold(kept, 5, "2.00"), { order: 2, event: "Fill", lots: 5, fee: "0.00199993" });
});

Deno.test("KeptFees: a fee out of what is left of a lot that was paid for costs no more, until that is used up", () => {
  const kept = new KeptFees([BTC]);
  assertEquals(bought(kept, "0.0004", "100.00"), "0.04");
  assertEquals(sold(kept, 5, "100.00"), { order: 2, event: "Fill", lots: 5, fee: "0.06" });
  assertEquals(bought(kept, "0.0004", "100.00"), "0");
  assertEquals(sold(kept, 5, "100.00"), { order: 2, event: "Fill", lots: 5, fee: "0" });
  assertEquals(bought(kept, "0.0004", "100.00"), "0.04");
  assertEquals([sold(kept, 5, "100.00").fee, kept.rest(BTC)], ["0.06", "-0.0008"]);
});

Deno.test("KeptFees: what runs before left of a lot pays fees, and fees that they left are evened out", () => {
  const left = new KeptFees([BTC], { BTC: "-0.0006" }), owed = new KeptFees([BTC], { BTC: "0.0004" });
  assertEquals([bought(left, "0.0004", "100.00"), sold(left, 5, "100.00").fee, left.rest(BTC)], ["0", "0", "-0.0002"]);
  assertEquals([sold(owed, 5, "100.00").fee, owed.rest(BTC)], ["0.1", "-0.0006"]);
});

Deno.test("KeptFees: of what is sold beyond a position nothing is missing", () => {
  const kept = new KeptFees([BTC], { BTC: "0.0014" }), order = new WorkingOrder(2, "b", BTC, -1, 3, false);
  const short = (position: number) => kept.short(order, { lots: 3, position }, []);
  assertEquals([short(-5), short(0), short(1), short(2), short(3), short(4), short(5)], [0, 0, 1, 2, 2, 1, 0]);
});

Deno.test("KeptFees: where the fee of a sale is not known here, what is missing is paid for with the next lots", () => {
  const kept = new KeptFees([BTC]);
  bought(kept, "0.0004", "100.00");
  assertEquals(sold(kept, 5, "100.00", {}), { order: 2, event: "Fill", lots: 5 });
  bought(kept, "0.0008", "100.00");
  // Each time a lot is missing that would have brought 0.1, and in all 0.12 were booked.
  assertEquals(sold(kept, 5, "100.00").fee, "0.08");
});

Deno.test("KeptFees: an order of nothing that is there is filled at its limit, or where fees were kept, if that is more", () => {
  const kept = new KeptFees([BTC]), order = new WorkingOrder(3, "c", BTC, -1, 0, false);
  bought(kept, "0.001", "100.00");
  order.short = kept.short(order, { lots: 1, position: 1 }, []);
  assertEquals(order.short, 1);
  const fill = { order: 3, event: "Fill", lots: 1, maker: false };
  assertEquals(kept.fillHere(order, 10_100), { ...fill, price: 10_100, fee: "0.001" });
  const other = new KeptFees([BTC]), at = new WorkingOrder(3, "c", BTC, -1, 0, false);
  bought(other, "0.001", "100.00");
  at.short = 1;
  assertEquals(other.fillHere(at, NaN), { ...fill, price: 10_000, fee: "0" });
});

Deno.test("KeptFees: a fee in the base currency of another instrument is kept of that one, and is no cost of its own", () => {
  const bnb = instrument({ symbol: "BNBUSDT", venue: "v", tick: "0.01", lot: "0.001", currency: "USDT" });
  const kept = new KeptFees([BTC, bnb]), fee = { fee: "0.0015", feeCurrency: "BNB", price: "60000.00" };
  assertEquals(kept.take(fee, BTC), fee);
  assertEquals([kept.rest(BTC), kept.rest(bnb)], ["0", "0.0015"]);
});
