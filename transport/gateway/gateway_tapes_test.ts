import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import touchMaker from "../../strategies/touch_maker.ts";
import { type GatewayWorld, gatewayWorld, type Json } from "./_gateway_world.ts";

const tapeOf = (name: string) => fileURLToPath(new URL(`../../fixtures/data/${name}.arrow`, import.meta.url));

Deno.test("Gateway: a tape of single orders has the same book as one of levels, and its stream follows it", () =>
  gatewayWorld(async ({ ask, open, over }) => {
    const socket = await open("/ws/zerousd@depth@100ms"), { body: { lastUpdateId } } = await depth(ask, 5);
    await over;
    const { body: { bids: [[bid]], asks: [[best]], lastUpdateId: end } } = await depth(ask, 5);
    assert(Number(bid) < Number(best) && end > 1000);
    let last = lastUpdateId;
    while (last < end) {
      const { U, u } = await socket.next();
      if (u <= lastUpdateId) continue;
      assert(U <= last + 1, `${U} behind ${last}`);
      last = u;
    }
  }, { gateway: { quiet: false }, host: { pace: "free" }, session: { tape: tapeOf("market_l3") } }));

Deno.test("Gateway: a tape of bars has candles and fills, and no book", () =>
  gatewayWorld(async ({ ask }) => {
    const bars = async (interval: string) =>
      (await ask("GET /api/v3/klines", { symbol: "WALKUSD", interval, limit: 1000 })).body;
    for (let i = 0; i < 20; i++) await bars("1d");
    const days = await bars("1d");
    assertEquals([days.length > 10, days[0][1], days[0][5]], [true, "100.00000000", "20822.00000000"]);
    for (let i = 1; i < days.length; i++) assertEquals(days[i][0], days[i - 1][6] + 1);
    assertEquals((await ask("GET /api/v3/depth", { symbol: "WALKUSD" })).body.bids, []);
    const { body: { price } } = await ask("GET /api/v3/ticker/price", { symbol: "WALKUSD" });
    assert(Number(price) > 50);
    const order = { symbol: "WALKUSD", side: "BUY", type: "MARKET", quantity: 2, newOrderRespType: "RESULT" };
    const { body: bought } = await ask("POST /api/v3/order", order, true);
    assert(["NEW", "FILLED"].includes(bought.status));
  }, { gateway: { stepNs: 86_400_000_000_000n }, session: { tape: tapeOf("bars") } }));

Deno.test("Gateway: two tapes are two symbols of one account", () =>
  gatewayWorld(async ({ ask }) => {
    for (let i = 0; i < 3; i++) await ask("GET /api/v3/ticker/price");
    const { body } = await ask("GET /api/v3/account", {}, true);
    assertEquals(body.balances.map(({ asset }: Json) => asset), ["TWINA", "USD", "TWINB"]);
    const { body: { symbols } } = await ask("GET /api/v3/exchangeInfo", { symbols: '["TWINBUSD"]' });
    assertEquals(symbols.map(({ symbol }: Json) => symbol), ["TWINBUSD"]);
  }, { gateway: { stepNs: 60_000_000_000n }, session: { tape: [tapeOf("pair_a"), tapeOf("pair_b")] } }));

Deno.test("Gateway: stops and icebergs are the venue's, and the session's own strategy is seen at work", () =>
  gatewayWorld(async ({ ask }) => {
    const symbol = "ZEROUSD";
    const send = async (fields: Record<string, string | number>) =>
      (await ask("POST /api/v3/order", { symbol, quantity: 2, ...fields }, true)).body;
    const { body: { bids: [[bid]], asks: [[best]] } } = await depth(ask, 5);
    const stop = await send({
      side: "BUY",
      type: "STOP_LOSS",
      stopPrice: Number(best) + 2,
      newOrderRespType: "RESULT",
    });
    assertEquals([stop.type, stop.status, Number(stop.stopPrice)], ["STOP_LOSS", "NEW", Number(best) + 2]);
    const price = Number(bid) - 2, hidden = { type: "LIMIT", timeInForce: "GTC", price, quantity: 6, icebergQty: 2 };
    const { orderId } = await send({ side: "BUY", ...hidden });
    const { body: iceberg } = await ask("GET /api/v3/order", { symbol, orderId }, true);
    assertEquals([iceberg.type, iceberg.icebergQty, iceberg.origQty], ["LIMIT", "2.00000000", "6.00000000"]);
    for (let i = 0; i < 5; i++) await depth(ask, 5);
    const { body: all } = await ask("GET /api/v3/allOrders", { symbol }, true);
    assert(all.some(({ clientOrderId }: Json) => clientOrderId.startsWith("lockstep-")));
  }, { session: { strategy: touchMaker } }));

Deno.test("Gateway: what is commanded is told to whoever keeps an account of it, and what is killed is refused", () => {
  const told: unknown[] = [];
  return gatewayWorld(async ({ ask, session }) => {
    const order = { symbol: "ZEROUSD", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 1, price: 90 };
    await ask("POST /api/v3/order", order, true);
    session.driver.command({ kind: "kill", cause: "enough" });
    const { body } = await ask("POST /api/v3/order", order, true);
    assertEquals([body.code, /kill/i.test(body.msg)], [-2010, true], body.msg);
    assertEquals(told, [["gateway", "submit", 0], ["gateway", "submit", 1220]]);
  }, {
    host: {
      onCommand: ({ principal: { name } }, { command: { kind } }, outcome) =>
        void told.push([name, kind, "code" in outcome ? outcome.code : outcome.data.code]),
    },
  });
});

function depth(ask: GatewayWorld["ask"], limit: number) {
  return ask("GET /api/v3/depth", { symbol: "ZEROUSD", limit });
}
