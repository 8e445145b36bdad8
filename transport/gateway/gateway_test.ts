import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Feed } from "../../engine/core/feed.ts";
import { BUY, SELL } from "../../engine/core/event.ts";
import type { BookView } from "../../engine/core/strategy.ts";
import { type Answer, gatewayWorld, type Json } from "./_gateway_world.ts";

const SYMBOL = { symbol: "ZEROUSD" };
const refusalOf = ({ status, body: { code, msg } }: Answer): readonly unknown[] => [status, code, msg];

Deno.test("Gateway: tells of the exchange, its filters, limits and markets", () =>
  gatewayWorld(async ({ ask }) => {
    assertEquals((await ask("GET /api/v3/ping")).body, {});
    const { body: { rateLimits, symbols: [info] } } = await ask("GET /api/v3/exchangeInfo");
    assertEquals(rateLimits.map(({ limit }: Json) => limit), [6000, 100, 200_000]);
    assertEquals([info.symbol, info.baseAsset, info.quoteAsset], ["ZEROUSD", "ZERO", "USD"]);
    assertEquals(info.filters[0], {
      filterType: "PRICE_FILTER",
      minPrice: "0.05000000",
      maxPrice: "500000000.00000000",
      tickSize: "0.05000000",
    });
    const { body: depth } = await ask("GET /api/v3/depth", { ...SYMBOL, limit: 2 });
    assertEquals([depth.bids.length, depth.asks.length], [2, 2]);
    const { body: best } = await ask("GET /api/v3/ticker/bookTicker", SYMBOL);
    assertMatch(best.bidPrice, /^\d+\.\d{8}$/);
    assertEquals((await ask("GET /api/v3/ticker/price")).body.length, 1);
    const { body: day } = await ask("GET /api/v3/ticker/24hr", SYMBOL);
    assert(Number(day.highPrice) >= Number(day.lowPrice));
  }));

const limit = { ...SYMBOL, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 1, price: 90 };

/** Requests, whether they are signed, and what they are refused with. */
const REFUSED: readonly (readonly [string, Record<string, string | number>, boolean, readonly unknown[]])[] = [
  ["GET /api/v3/depth", {}, false, [
    400,
    -1102,
    "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
  ]],
  ["GET /api/v3/depth", { symbol: "NOPE" }, false, [400, -1121, "Invalid symbol."]],
  ["GET /api/v3/depth", { ...SYMBOL, limit: "x" }, false, [
    400,
    -1100,
    "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'.",
  ]],
  ["GET /api/v3/time", { x: 1 }, false, [400, -1101, "Too many parameters; expected '0' and received '1'."]],
  ["GET /api/v3/depth", { ...SYMBOL, depth: 5 }, false, [
    400,
    -1104,
    "Not all sent parameters were read; read '1' parameter(s) but was sent '2'.",
  ]],
  ["GET /api/v3/klines", { ...SYMBOL, interval: "7m" }, false, [400, -1120, "Invalid interval."]],
  ["GET /api/v3/account", {}, false, [401, -2014, "API-key format invalid."]],
  ["GET /api/v3/nothing", {}, false, [404, -1099, "Not found, unauthenticated, or unauthorized."]],
  ["POST /api/v3/order", { ...limit, side: "UP" }, true, [400, -1117, "Invalid side."]],
  ["POST /api/v3/order", { ...limit, type: "OCO" }, true, [400, -1116, "Invalid orderType."]],
  ["POST /api/v3/order", { ...limit, timeInForce: "GTX" }, true, [400, -1115, "Invalid timeInForce."]],
  ["POST /api/v3/order", { ...limit, stopPrice: 95 }, true, [
    400,
    -1106,
    "Parameter 'stopPrice' sent when not required.",
  ]],
  ["POST /api/v3/order", { ...limit, price: 90.01 }, true, [400, -1013, "Filter failure: PRICE_FILTER"]],
  ["POST /api/v3/order", { ...limit, quantity: 1.5 }, true, [400, -1013, "Filter failure: LOT_SIZE"]],
  ["POST /api/v3/order", { ...limit, quantity: "1.000000001" }, true, [
    400,
    -1111,
    "Parameter 'quantity' has too much precision.",
  ]],
  ["POST /api/v3/order", { ...limit, side: "SELL", price: 110 }, true, [
    400,
    -2010,
    "Account has insufficient balance for requested action.",
  ]],
  ["POST /api/v3/order", { ...SYMBOL, side: "BUY", type: "LIMIT_MAKER", quantity: 1, price: 120 }, true, [
    400,
    -2010,
    "Order would immediately match and take.",
  ]],
  ["DELETE /api/v3/order", { ...SYMBOL, orderId: 77 }, true, [400, -2011, "Unknown order sent."]],
  ["GET /api/v3/order", { ...SYMBOL, orderId: 77 }, true, [400, -2013, "Order does not exist."]],
  ["GET /api/v3/order", SYMBOL, true, [
    400,
    -1102,
    "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
  ]],
  ["GET /api/v3/account", { timestamp: Date.now() - 60_000 }, true, [
    400,
    -1021,
    "Timestamp for this request is outside of the recvWindow.",
  ]],
  ["GET /api/v3/account", { timestamp: Date.now() + 60_000 }, true, [
    400,
    -1021,
    "Timestamp for this request was 1000ms ahead of the server's time.",
  ]],
  ["GET /api/v3/account", { recvWindow: 70_000 }, true, [400, -1131, "recvWindow must be less than 60000."]],
];

Deno.test("Gateway: refuses in Binance's codes, words and statuses", () =>
  gatewayWorld(async ({ ask }) => {
    for (const [request, params, signed, expected] of REFUSED) {
      assertEquals(refusalOf(await ask(request, params, signed)), expected, request);
    }
  }));

Deno.test("Gateway: a wrong signature, an unknown key", () =>
  gatewayWorld(async ({ ask, gateway: { url, key } }) => {
    const signed = (headers: Record<string, string>, query: string) =>
      fetch(`${url}/api/v3/account?${query}`, { headers });
    const query = `timestamp=${Date.now()}&signature=${"0".repeat(64)}`;
    assertEquals((await (await signed({ "x-mbx-apikey": key.key }, query)).json()).code, -1022);
    assertEquals((await (await signed({ "x-mbx-apikey": "k".repeat(64) }, query)).json()).code, -2015);
    assertEquals((await (await signed({ "x-mbx-apikey": key.key }, "timestamp=1")).json()).code, -1021);
    assertEquals((await ask("GET /api/v3/account", {}, true)).status, 200);
  }));

Deno.test("Gateway: an order's life over REST is the session's, with balances that it locks and moves", () =>
  gatewayWorld(async ({ ask, session, end }) => {
    const order = { ...SYMBOL, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 2, price: "90.00" };
    const { body: placed, headers } = await ask("POST /api/v3/order", { ...order, newClientOrderId: "mine" }, true);
    assertEquals([placed.status, placed.clientOrderId, placed.orderId], ["NEW", "mine", 1]);
    assertEquals(headers.get("x-mbx-order-count-10s"), "1");
    assertEquals((await ask("POST /api/v3/order", { ...order, newClientOrderId: "mine" }, true)).body.code, -2010);
    const balances = async () => (await ask("GET /api/v3/account", {}, true)).body.balances as unknown;
    assertEquals(await balances(), [
      { asset: "ZERO", free: "0.00000000", locked: "0.00000000" },
      { asset: "USD", free: "9820.00000000", locked: "180.00000000" },
    ]);
    const { body: [open] } = await ask("GET /api/v3/openOrders", SYMBOL, true);
    assertEquals([open.orderId, open.price], [1, "90.00000000"]);
    const replace = {
      ...order,
      quantity: 3,
      cancelReplaceMode: "STOP_ON_FAILURE",
      cancelOrigClientOrderId: "mine",
      newClientOrderId: "next",
    };
    const { body: replaced } = await ask("POST /api/v3/order/cancelReplace", replace, true);
    assertEquals([replaced.cancelResult, replaced.newOrderResult, replaced.newOrderResponse.origQty], [
      "SUCCESS",
      "SUCCESS",
      "3.00000000",
    ]);
    const again = await ask("POST /api/v3/order/cancelReplace", replace, true);
    assertEquals([again.status, again.body.code, again.body.data.newOrderResult], [
      400,
      -2022,
      "NOT_ATTEMPTED",
    ]);
    const { body: [cancelled] } = await ask("DELETE /api/v3/openOrders", SYMBOL, true);
    assertEquals([cancelled.status, cancelled.origClientOrderId], ["CANCELED", "next"]);
    const market = { ...SYMBOL, side: "BUY", type: "MARKET", quoteOrderQty: 500 };
    const { body: bought } = await ask("POST /api/v3/order", market, true);
    assertEquals(bought.status, "FILLED");
    assert(Number(bought.cummulativeQuoteQty) <= 500 && Number(bought.executedQty) >= 4);
    const { body: trades } = await ask("GET /api/v3/myTrades", SYMBOL, true);
    assertEquals(trades.map(({ qty }: Json) => Number(qty)), bought.fills.map(({ qty }: Json) => Number(qty)));
    assertEquals((await ask("GET /api/v3/allOrders", SYMBOL, true)).body.map(({ status }: Json) => status), [
      "CANCELED",
      "CANCELED",
      "FILLED",
    ]);
    assertEquals(session.openOrders, 0);
    await end();
    assertEquals((await ask("POST /api/v3/order", market, true)).body.code, -1016);
  }));

Deno.test("Gateway: weights are counted by the minute, and who goes on is refused, then not heard", () =>
  gatewayWorld(async ({ ask }) => {
    const first = await ask("GET /api/v3/exchangeInfo");
    assertEquals(first.headers.get("x-mbx-used-weight-1m"), "20");
    for (let i = 0; i < 2; i++) await ask("GET /api/v3/exchangeInfo");
    const refused = await ask("GET /api/v3/exchangeInfo");
    assertEquals([refused.status, refused.body.code], [429, -1003]);
    assertEquals(refused.headers.get("retry-after"), "40");
    for (let i = 0; i < 100; i++) await ask("GET /api/v3/ping");
    assertEquals((await ask("GET /api/v3/ping")).status, 418);
  }, { gateway: { rates: { weight: 60, ordersPer10s: 1, ordersPerDay: 10 }, wall: () => 1_700_000_000_000 } }));

Deno.test("Gateway: by the tape's time, that is what clients ask for, see and sign by", () =>
  gatewayWorld(async ({ ask }) => {
    const { body: { serverTime } } = await ask("GET /api/v3/time");
    assertEquals(new Date(serverTime).toISOString().slice(0, 10), "2025-01-01");
    assertEquals((await ask("GET /api/v3/account", {}, true)).body.code, -1021);
    assertEquals((await ask("GET /api/v3/account", { timestamp: serverTime }, true)).status, 200);
    const { body: [[opens]] } = await ask("GET /api/v3/klines", { ...SYMBOL, interval: "1h", limit: 1 });
    assertEquals(opens, Date.UTC(2025, 0, 1));
  }, { gateway: { tapeTime: true, stepNs: 10_000_000_000n } }));

Deno.test("Gateway: pages of others may not ask", () =>
  gatewayWorld(async ({ gateway: { url } }) => {
    const response = await fetch(`${url}/api/v3/ping`, { headers: { origin: "https://evil.example" } });
    assertEquals([response.status, (await response.json()).code], [403, -1002]);
  }));

Deno.test("Gateway: the depth stream chains exactly onto the snapshot, and a follower's book is the session's", async () => {
  let book: BookView | undefined;
  const watch = { heard: ({ view }: Feed) => void (book = view.book) };
  await gatewayWorld(async ({ ask, open, over }) => {
    const socket = await open("/ws/zerousd@depth@100ms");
    const { body: { lastUpdateId, bids, asks } } = await ask("GET /api/v3/depth", { ...SYMBOL, limit: 5000 });
    const sides = [bids, asks].map((levels) => new Map<string, string>(levels));
    await over;
    const { body: { lastUpdateId: end } } = await ask("GET /api/v3/depth", SYMBOL);
    let last = lastUpdateId, events = 0;
    while (last < end) {
      const { U, u, b, a } = await socket.next();
      if (u <= lastUpdateId) continue;
      assert(events++ === 0 ? U <= last + 1 && u >= last + 1 : U === last + 1, `${U} to ${u} behind ${last}`);
      for (const [i, levels] of [b, a].entries()) {
        for (const [price, size] of levels) Number(size) === 0 ? sides[i].delete(price) : sides[i].set(price, size);
      }
      last = u;
    }
    assert(events > 1000);
    for (const [i, side] of [BUY, SELL].entries()) {
      const prices = new Float64Array(1000), lots = new Float64Array(1000), count = book!.top(side, 1000, prices, lots);
      const known = [...sides[i]].map(([price, size]) => [Math.round(Number(price) / 0.05), Number(size)])
        .sort(([a], [b]) => side * (b - a));
      assertEquals(known, Array.from({ length: count }, (_, k) => [prices[k], lots[k]]));
    }
  }, { gateway: { quiet: false }, host: { pace: "free" }, session: { recorders: [watch] } });
});
