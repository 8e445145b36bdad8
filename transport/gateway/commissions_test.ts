import { assertEquals } from "@std/assert";
import { parseDecimal } from "../../engine/core/decimal.ts";
import { instrument } from "../../engine/core/instrument.ts";
import { type GatewayWorld, gatewayWorld, type Json } from "./_gateway_world.ts";
import { Commissions } from "./commissions.ts";
import { amountOf, spotSymbols } from "./spot_symbol.ts";

const SYMBOL = { symbol: "ZEROUSD" };
/** Three of them come to more decimals than an exchange has. */
const TAKER = "0.001234567";

/** A gateway whose clients pay so. */
function paying(commission: "quote" | "received", work: (world: GatewayWorld) => Promise<void>): Promise<void> {
  // Between two requests no time goes on, so that each run is like the other.
  return gatewayWorld(work, { gateway: { commission, quietMs: 60_000 }, session: { fees: `maker=0,taker=${TAKER}` } });
}

/** Sends an order to the market; the order as it is answered. */
async function send({ ask }: GatewayWorld, side: "BUY" | "SELL", quantity: number): Promise<Json> {
  return (await ask("POST /api/v3/order", { ...SYMBOL, type: "MARKET", side, quantity }, true)).body;
}

/** What the account has, and what it has traded. */
async function books({ ask }: GatewayWorld): Promise<Json> {
  const { body: trades } = await ask("GET /api/v3/myTrades", SYMBOL, true);
  return { trades, balances: (await ask("GET /api/v3/account", {}, true)).body.balances };
}

const paid = ({ commission, commissionAsset }: Json) => `${commission} ${commissionAsset}`;

Deno.test("Commissions: received, a buy pays in the base asset, a sell in the quote, and balances follow", () =>
  paying("received", async (world) => {
    const { body: { listenKey } } = await world.ask("POST /api/v3/userDataStream", {}, true);
    const socket = await world.open(`/ws/${listenKey}`), { fills: [buy, ...more] } = await send(world, "BUY", 3);
    const { n, N } = await socket.next(({ e, x }) => e === "executionReport" && x === "TRADE");
    const { B } = await socket.next(({ e }) => e === "outboundAccountPosition");
    const { fills: [sell] } = await send(world, "SELL", 2), { trades, balances: [base, quote] } = await books(world);
    // 0.003703701, rounded up to what an exchange keeps.
    assertEquals([paid(buy), more], ["0.00370371 ZERO", []]);
    assertEquals([`${n} ${N}`, ...trades.map(paid)], [paid(buy), paid(buy), paid(sell)]);
    const fee = (Number(sell.price) * 2 * Number(TAKER)).toFixed(8), money = 10_000 - 3 * Number(buy.price);
    assertEquals(paid(sell), `${fee} USD`);
    assertEquals(B, [
      { a: "ZERO", f: "2.99629629", l: "0.00000000" },
      { a: "USD", f: money.toFixed(8), l: "0.00000000" },
    ]);
    assertEquals([base.free, base.locked], ["0.99629629", "0.00000000"]);
    assertEquals(quote.free, (money + 2 * Number(sell.price) - Number(fee)).toFixed(8));
  }));

Deno.test("Commissions: what was kept cannot be sold", () =>
  paying("received", async (world) => {
    await send(world, "BUY", 3);
    assertEquals((await send(world, "SELL", 3)).code, -2010);
    assertEquals((await send(world, "SELL", 2)).status, "FILLED");
    assertEquals((await books(world)).balances[0].free, "0.99629629");
  }));

Deno.test("Commissions: in the quote asset unless said; the session decides and books the same", async () => {
  const digests = new Set<string>();
  for (const commission of ["quote", "received"] as const) {
    await paying(commission, async (world) => {
      await send(world, "BUY", 3);
      await send(world, "SELL", 2);
      const { trades, balances: [base] } = await books(world), asset = commission === "quote" ? "USD" : "ZERO";
      assertEquals(trades.map(({ commissionAsset }: Json) => commissionAsset), [asset, "USD"]);
      assertEquals(base.free, commission === "quote" ? "1.00000000" : "0.99629629");
      digests.add(world.session.digest);
    });
  }
  assertEquals(digests.size, 1);
});

/** A fill of 0.0011 at 61,824.05 of a symbol whose money has 9 decimals. */
const [FINE] = spotSymbols([
  instrument({ symbol: "BTCUSDT", venue: "v", tick: "0.01", lot: "0.000001", currency: "USDT" }),
]);
const FILL = { symbol: FINE, buys: true, price: 6_182_405, lots: 1100 };

Deno.test("Commissions: what is told in the quote asset has 8 decimals, and balances go by it to the last digit", () => {
  const commissions = new Commissions("quote");
  for (
    const [booked, told] of [
      ["0.047604519", "0.04760452"],
      ["0.047604514", "0.04760451"],
      ["0.000000005", "0.00000001"],
      ["-0.000000005", "-0.00000001"],
      ["-0.000000004", "0.00000000"],
    ]
  ) {
    const before = commissions.beside("USDT"), fee = amountOf(booked);
    assertEquals(commissions.take({ ...FILL, fee }), { asset: "USDT", amount: told });
    assertEquals(commissions.beside("USDT") - before, fee - amountOf(told));
  }
});

Deno.test("Commissions: in the base asset it is the share of what was bought, however the session has rounded its fee", () => {
  const commissions = new Commissions("received"), rate = parseDecimal("0.0007"), fee = amountOf("0.047604519");
  // 0.0011 × 0.0007; the fee at the price would be a little more, and be rounded up.
  assertEquals(commissions.take({ ...FILL, fee, rate }).amount, "0.00000077");
  assertEquals(commissions.take({ ...FILL, fee }).amount, "0.00000078");
  // Part of the fee is no share: a minimum, or an amount for each trade.
  assertEquals(commissions.take({ ...FILL, fee: amountOf("1"), rate }).amount, "0.00001618");
  assertEquals(commissions.take({ ...FILL, fee: -fee, rate: parseDecimal("-0.0007") }).amount, "-0.00000077");
});
