import { assertEquals, assertThrows } from "@std/assert";
import { BUY, SELL } from "../core/event.ts";
import { Code } from "../core/codes.ts";
import { FOK, GTC, GTD, IOC, POST_ONLY } from "../oms/order_table.ts";
import { Market } from "./market.ts";
import type { MarketSink } from "./market_options.ts";
import type { MarketLimits } from "./market_risk.ts";
import type { SelfTradePolicy } from "./venue_options.ts";
import { drawOrders, runOrders } from "../../tests/bench/orders.ts";

/** Writes down what a market says, a line each. */
class Script implements MarketSink {
  lines: string[] = [];
  onTrade(maker: number, taker: number, from: number, to: number, side: number, price: number, size: number): void {
    this.lines.push(`${taker}/${to} ${side === BUY ? "buys" : "sells"} ${size}@${price} of ${maker}/${from}`);
  }
  onAdd(id: number, account: number, side: number, price: number, size: number): void {
    this.lines.push(`${id}/${account} ${side === BUY ? "bids" : "asks"} ${size}@${price}`);
  }
  onReduce(id: number, account: number, _side: number, price: number, lots: number, code: number): void {
    this.lines.push(`${id}/${account} -${lots}@${price} code ${code}`);
  }
  take(): string[] {
    return this.lines.splice(0);
  }
}

function withScript(limits: MarketLimits = {}, selfTrade: SelfTradePolicy = "allow"): { market: Market; said: Script } {
  const said = new Script();
  return { market: new Market({ accounts: 4, limits, selfTrade, sink: said }), said };
}

Deno.test("Market: orders meet by price, then time, at the resting order's price", () => {
  const { market, said } = withScript();
  market.submit(0, SELL, 102, 5);
  market.submit(1, SELL, 101, 5);
  market.submit(2, SELL, 101, 5);
  said.take();
  assertEquals(market.submit(3, BUY, 102, 12), 4);
  assertEquals(said.take(), ["4/3 buys 5@101 of 2/1", "4/3 buys 5@101 of 3/2", "4/3 buys 2@102 of 1/0"]);
  assertEquals([market.filled, market.trades, market.lastPrice, market.resting], [12, 3, 102, 1]);
  assertEquals([0, 1, 2, 3].map((account) => market.position(account)), [-2, -5, -5, 12]);
  assertEquals([0, 1, 2, 3].map((account) => market.openOrders(account)), [1, 0, 0, 0]);
});

Deno.test("Market: what is left of a limit order rests behind those before it", () => {
  const { market, said } = withScript();
  market.submit(0, BUY, 100, 3);
  market.submit(1, SELL, 100, 5);
  market.submit(2, SELL, 100, 1);
  assertEquals(said.take(), ["1/0 bids 3@100", "2/1 sells 3@100 of 1/0", "2/1 asks 2@100", "3/2 asks 1@100"]);
  assertEquals([market.bestBid, market.bestAsk, market.bestAskSize, market.lotsAhead(3)], [-Infinity, 100, 3, 2]);
});

Deno.test("Market: IOC and market orders fill what they can, and the rest is cancelled", () => {
  const { market, said } = withScript();
  assertEquals(market.submitMarket(1, BUY, 1), -Code.NO_LIQUIDITY);
  market.submit(0, SELL, 101, 2);
  market.submit(0, SELL, 109, 2);
  said.take();
  assertEquals(market.submit(1, BUY, 105, 5, IOC), 4);
  assertEquals([said.take(), market.filled, market.restCode], [["4/1 buys 2@101 of 2/0"], 2, Code.NOT_IMMEDIATE]);
  assertEquals(market.submitMarket(1, BUY, 3), 5);
  assertEquals([said.take(), market.filled, market.resting], [["5/1 buys 2@109 of 3/0"], 2, 0]);
});

Deno.test("Market: a market order goes no further than the price band", () => {
  const { market } = withScript({ priceBand: 5, referencePrice: 100 });
  market.submit(0, BUY, 98, 1);
  for (const price of [105, 104, 100]) market.submit(0, SELL, price, 1);
  market.submitMarket(1, BUY, 9);
  assertEquals([market.filled, market.bestAsk, market.restCode], [2, 105, Code.NOT_IMMEDIATE]);
});

Deno.test("Market: FOK fills whole or is refused and changes nothing", () => {
  const { market, said } = withScript();
  market.submit(0, SELL, 101, 2);
  market.submit(0, SELL, 102, 2);
  market.submit(0, SELL, 103, 2);
  said.take();
  assertEquals(market.submit(1, BUY, 102, 5, FOK), -Code.NOT_FILLED_WHOLE);
  assertEquals([said.take(), market.resting, market.position(1)], [[], 3, 0]);
  market.submit(1, BUY, 103, 5, FOK);
  assertEquals([market.filled, market.resting, market.bestAskSize], [5, 1, 1]);
});

Deno.test("Market: post-only that would trade is refused, on submit and on amend", () => {
  const { market } = withScript();
  market.submit(0, SELL, 101, 2);
  assertEquals(market.submit(1, BUY, 101, 1, GTC, POST_ONLY), -Code.WOULD_CROSS);
  assertEquals(market.submit(1, BUY, 100, 1, GTC, POST_ONLY), 3);
  assertEquals(market.amend(1, 3, 101, 1), Code.WOULD_CROSS);
  assertEquals([market.orderPrice(3), market.trades], [100, 0]);
});

Deno.test("Market: cancel and amend reach one's own resting orders only", () => {
  const { market, said } = withScript();
  market.submit(0, BUY, 100, 5);
  said.take();
  assertEquals([market.cancel(1, 1), market.amend(1, 1, 99, 1)], [Code.UNKNOWN_ORDER, Code.UNKNOWN_ORDER]);
  for (const id of [0, 2, -1, 1.5, NaN, 2 ** 40]) assertEquals(market.cancel(0, id), Code.UNKNOWN_ORDER);
  assertEquals([market.cancel(0, 1), said.take()], [0, ["1/0 -5@100 code 0"]]);
  assertEquals([market.cancel(0, 1), market.openOrders(0)], [Code.UNKNOWN_ORDER, 0]);
});

Deno.test("Market: an amend keeps its place only at the same price and no larger size, and may trade", () => {
  const { market, said } = withScript();
  market.submit(0, BUY, 100, 5);
  market.submit(1, BUY, 100, 5);
  market.submit(2, SELL, 103, 4);
  market.amend(0, 1, 100, 3);
  assertEquals([market.lotsAhead(1), market.lotsAhead(2)], [0, 3]);
  market.amend(0, 1, 100, 4);
  assertEquals([market.lotsAhead(1), market.lotsAhead(2)], [5, 0]);
  said.take();
  assertEquals(market.amend(0, 1, 103, 6), 0);
  assertEquals(said.take(), ["1/0 -4@100 code 0", "1/0 buys 4@103 of 3/2", "1/0 bids 2@103"]);
  assertEquals([market.orderSize(1), market.openOrders(0), market.position(0)], [2, 1, 4]);
  assertEquals([market.amend(0, 1, 100, 0), market.orderSize(1)], [Code.SIZE_GRID, 2]);
});

Deno.test("Market: an order's id is found for as long as it rests, however many came since", () => {
  const { market } = withScript();
  market.submit(0, BUY, 50, 1);
  for (let i = 0; i < 5_000; i++) market.cancel(1, market.submit(1, BUY, 40, 1));
  assertEquals([market.orderSize(1), market.amend(0, 1, 51, 2), market.orderSize(1)], [1, 0, 2]);
  assertEquals([market.cancel(0, 1), market.resting], [0, 0]);
});

Deno.test("Market: cancelAll takes one account's orders out, and no others", () => {
  const { market, said } = withScript();
  for (const account of [0, 1]) {
    for (const price of [99, 100]) market.submit(account, BUY, price, 1);
    market.submit(account, SELL, 101, 1);
  }
  said.take();
  assertEquals([market.cancelAll(0), market.cancelAll(0), market.resting], [3, 0, 3]);
  assertEquals(said.take(), ["2/0 -1@100 code 0", "1/0 -1@99 code 0", "3/0 -1@101 code 0"]);
});

Deno.test("Market: self-trade policies", () => {
  const rows: [SelfTradePolicy, string[], number, number][] = [
    ["allow", ["3/0 buys 2@101 of 1/0", "3/0 buys 3@101 of 2/1"], 5, 0],
    ["cancel_newest", [], 0, Code.SELF_TRADE],
    ["cancel_oldest", ["1/0 -2@101 code 2103", "3/0 buys 4@101 of 2/1", "3/0 bids 1@101"], 4, 0],
    ["cancel_both", ["1/0 -2@101 code 2103"], 0, Code.SELF_TRADE],
    ["decrement", ["1/0 -2@101 code 2103", "3/0 buys 3@101 of 2/1"], 3, 0],
  ];
  for (const [policy, lines, filled, restCode] of rows) {
    const { market, said } = withScript({}, policy);
    market.submit(0, SELL, 101, 2);
    market.submit(1, SELL, 101, 4);
    said.take();
    market.submit(0, BUY, 101, 5);
    assertEquals([policy, said.take(), market.filled, market.restCode], [policy, lines, filled, restCode]);
  }
  const { market } = withScript({}, "decrement");
  market.submit(0, SELL, 101, 5);
  market.submit(0, BUY, 101, 2);
  assertEquals([market.orderSize(1), market.resting, market.restCode], [3, 1, Code.SELF_TRADE]);
});

Deno.test("Market: FOK counts what its self-trade policy leaves it", () => {
  for (
    const [policy, id] of [["allow", 3], ["cancel_oldest", -Code.NOT_FILLED_WHOLE], [
      "cancel_newest",
      -Code.NOT_FILLED_WHOLE,
    ]] as const
  ) {
    const { market } = withScript({}, policy);
    market.submit(0, SELL, 101, 2);
    market.submit(1, SELL, 101, 4);
    assertEquals(market.submit(0, BUY, 101, 5, FOK), id);
  }
});

Deno.test("Market: each limit refuses with its code, at its bound and not before", () => {
  const rows: [string, MarketLimits, (market: Market) => number, number][] = [
    ["price grid", {}, (m) => m.submit(0, BUY, 100.5, 1), Code.PRICE_GRID],
    ["price NaN", {}, (m) => m.submit(0, BUY, NaN, 1), Code.PRICE_GRID],
    ["price below", { priceMin: 1 }, (m) => m.submit(0, BUY, 0, 1), Code.PRICE_GRID],
    ["price above", { priceMax: 200 }, (m) => m.submit(0, BUY, 201, 1), Code.PRICE_GRID],
    ["size 0", {}, (m) => m.submit(0, BUY, 100, 0), Code.SIZE_GRID],
    ["size -1", {}, (m) => m.submit(0, BUY, 100, -1), Code.SIZE_GRID],
    ["size NaN", {}, (m) => m.submit(0, BUY, 100, NaN), Code.SIZE_GRID],
    ["size 0.5", {}, (m) => m.submit(0, BUY, 100, 0.5), Code.SIZE_GRID],
    ["order size", { orderSizeMax: 5 }, (m) => m.submit(0, BUY, 100, 6), Code.ORDER_SIZE],
    ["order size at bound", { orderSizeMax: 5 }, (m) => m.submit(0, BUY, 100, 5), 0],
    ["notional", { notionalMax: 499 }, (m) => m.submit(0, BUY, 100, 5), Code.NOTIONAL],
    ["notional at bound", { notionalMax: 500 }, (m) => m.submit(0, BUY, 100, 5), 0],
    ["no price", { priceBand: 5 }, (m) => m.submit(0, BUY, 100, 1), Code.NO_PRICE],
    ["band", { priceBand: 5, referencePrice: 100 }, (m) => m.submit(0, BUY, 106, 1), Code.PRICE_BAND],
    ["band at bound", { priceBand: 5, referencePrice: 100 }, (m) => m.submit(0, BUY, 105, 1), 0],
    ["position", { positionMax: 4 }, (m) => (m.submit(0, BUY, 9, 2), m.submit(0, BUY, 9, 3)), Code.POSITION],
    ["position at bound", { positionMax: 5 }, (m) => (m.submit(0, BUY, 9, 2), m.submit(0, BUY, 9, 3)), 0],
    ["position other side", { positionMax: 4 }, (m) => (m.submit(0, BUY, 9, 3), m.submit(0, SELL, 10, 4)), 0],
    ["open orders", { openOrdersMax: 1 }, (m) => (m.submit(0, BUY, 9, 2), m.submit(0, BUY, 9, 3)), Code.OPEN_ORDERS],
    ["form", {}, (m) => m.submit(0, BUY, 9, 1, IOC, POST_ONLY), Code.ORDER_FORM],
    ["time in force", {}, (m) => m.submit(0, BUY, 9, 1, GTD), Code.ORDER_FORM],
    ["side", {}, (m) => m.submit(0, 0, 9, 1), Code.ORDER_FORM],
    ["halted", {}, (m) => (m.halted = true, m.submit(0, BUY, 9, 1)), Code.HALTED],
  ];
  for (const [name, limits, act, code] of rows) {
    assertEquals([name, Math.min(act(new Market({ accounts: 2, limits })), 0)], [name, 0 - code]);
  }
});

Deno.test("Market: the message rate counts by account and second", () => {
  const { market } = withScript({ messagesPerSecondMax: 2 });
  const send = (ns: number, account: number) => {
    market.now = ns;
    return market.submit(account, BUY, 1, 1);
  };
  assertEquals([send(0, 0), send(5, 0), send(999_999_999, 0), send(6, 1)], [1, 2, -Code.MESSAGE_RATE, 4]);
  assertEquals([send(1_000_000_000, 0), send(1_000_000_001, 0), send(1_999_999_999, 0)], [5, 6, -Code.MESSAGE_RATE]);
});

Deno.test("Market: accounts and limits that make no sense throw", () => {
  assertThrows(() => new Market({ accounts: 0 }), RangeError, "accounts is 0");
  assertThrows(() => new Market({ accounts: 1, limits: { priceBand: -1 } }), RangeError, "priceBand is -1");
  assertThrows(() => new Market({ accounts: 1, limits: { priceMin: 5, priceMax: 4 } }), RangeError, "priceMin is 5");
  assertThrows(
    () => new Market({ accounts: 2 }).submit(2, BUY, 1, 1),
    RangeError,
    "account is 2; give one from 0 to 1",
  );
});

Deno.test("Market: the digest tells any difference of orders, time or refusals", () => {
  const digest = (act: (market: Market) => void) => {
    const market = new Market({ accounts: 2 });
    act(market);
    return market.digest.hex();
  };
  const acts: ((market: Market) => void)[] = [
    () => {},
    (m) => m.submit(0, BUY, 100, 1),
    (m) => m.submit(1, BUY, 100, 1),
    (m) => m.submit(0, SELL, 100, 1),
    (m) => m.submit(0, BUY, 100, 1, IOC),
    (m) => m.submit(0, BUY, 100, 0),
    (m) => (m.now = 1, m.submit(0, BUY, 100, 1)),
    (m) => (m.submit(0, BUY, 100, 1), m.cancel(0, 1)),
  ];
  const digests = acts.map(digest);
  assertEquals(new Set(digests).size, acts.length);
  assertEquals(acts.map(digest), digests);
});

Deno.test("Market: the symmetric workload of 2,000,000 orders makes 1,298,646 trades, with one digest, and positions sum to 0", () => {
  const market = runOrders(drawOrders(2_000_000));
  let positions = 0, open = 0;
  for (let account = 0; account < 65; account++) {
    positions += market.position(account);
    open += market.openOrders(account);
  }
  assertEquals([market.orders, market.trades, positions, open], [2_000_000, 1_298_646, 0, market.resting]);
  assertEquals(market.digest.hex(), "257c7d46fb6a0a7047852cf922d6b6fb");
});
