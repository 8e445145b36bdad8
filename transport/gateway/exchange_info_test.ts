import { assertEquals } from "@std/assert";
import { type GatewayWorld, gatewayWorld, type Json, SPOT } from "./_gateway_world.ts";

/** The symbol's filters by their type. */
async function filters({ ask }: GatewayWorld): Promise<Record<string, Json>> {
  const { body: { symbols: [{ filters }] } } = await ask("GET /api/v3/exchangeInfo");
  return Object.fromEntries(filters.map(({ filterType, ...filter }: Json) => [filterType, filter]));
}

Deno.test("exchangeInfo: filters are the grid, and nothing that no limit states", () =>
  gatewayWorld(async (world) => {
    const told = await filters(world);
    assertEquals(Object.keys(told), ["PRICE_FILTER", "LOT_SIZE", "MARKET_LOT_SIZE", "MAX_NUM_ORDERS"]);
    assertEquals(told.LOT_SIZE, { minQty: "1.00000000", maxQty: "10000000000.00000000", stepSize: "1.00000000" });
    assertEquals(told.MAX_NUM_ORDERS, { maxNumOrders: 200 });
  }));

Deno.test("exchangeInfo: limits of risk are told as the filters by whose names orders are refused", () =>
  gatewayWorld(async (world) => {
    const told = await filters(world), size = { minQty: "2.00000000", maxQty: "40.00000000", stepSize: "1.00000000" };
    assertEquals([told.LOT_SIZE, told.MARKET_LOT_SIZE], [size, size]);
    assertEquals([told.NOTIONAL.minNotional, told.NOTIONAL.maxNotional], ["250.50000000", "3000.00000000"]);
    assertEquals([told.PERCENT_PRICE.multiplierUp, told.PERCENT_PRICE.multiplierDown], ["1.05000000", "0.95000000"]);
    assertEquals([told.MAX_POSITION, told.MAX_NUM_ORDERS], [{ maxPosition: "50.00000000" }, { maxNumOrders: 3 }]);
    const order = { symbol: "ZEROUSD", side: "BUY", type: "LIMIT", timeInForce: "GTC" };
    const send = async (quantity: number, price: number) =>
      (await world.ask("POST /api/v3/order", { ...order, quantity, price }, true)).body.msg;
    assertEquals(await send(1, 99), "Filter failure: LOT_SIZE");
    assertEquals(await send(2, 99), "Filter failure: NOTIONAL");
    assertEquals(await send(31, 99), "Filter failure: NOTIONAL");
    assertEquals(await send(20, 90), "Filter failure: PERCENT_PRICE");
    for (const expected of [undefined, undefined, "Filter failure: MAX_POSITION"]) {
      assertEquals(await send(20, 96), expected);
    }
    assertEquals(await send(3, 97), undefined);
    assertEquals(await send(3, 97), "Filter failure: MAX_NUM_ORDERS");
  }, {
    session: {
      limits: {
        ...SPOT,
        orderSizeMin: 2,
        orderSize: 40,
        notional: 3000,
        notionalMin: 250.5,
        priceBand: 0.05,
        position: 50,
      },
      risk: { session: { openOrders: 3, notionalMin: 100, notional: 5000 }, account: { openOrders: 9 } },
    },
  }));
