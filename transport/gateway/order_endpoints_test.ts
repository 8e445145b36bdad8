import { assertEquals } from "@std/assert";
import { type GatewayWorld, gatewayWorld, type Json } from "./_gateway_world.ts";

const SYMBOL = { symbol: "ZEROUSD" };
const FAR = { ...SYMBOL, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 2, price: "90.00" };

/** Sends an order; what is answered. */
async function send({ ask }: GatewayWorld, order: Record<string, string | number>): Promise<Json> {
  return (await ask("POST /api/v3/order", { ...SYMBOL, newOrderRespType: "RESULT", ...order }, true)).body;
}

Deno.test("order endpoints: a stop that the last price has reached is refused, by either side and way", () =>
  gatewayWorld(async (world) => {
    await send(world, { side: "BUY", type: "MARKET", quantity: 5 });
    let last = "";
    while (last === "") {
      const { body: trades } = await world.ask("GET /api/v3/trades", SYMBOL);
      last = trades.at(-1)?.price ?? "";
    }
    for (
      const [side, type, off, code] of [
        ["BUY", "STOP_LOSS", 0, -2010],
        ["BUY", "STOP_LOSS", 1, undefined],
        ["SELL", "STOP_LOSS", 0, -2010],
        ["SELL", "STOP_LOSS", -1, undefined],
        ["BUY", "TAKE_PROFIT", 0, -2010],
        ["BUY", "TAKE_PROFIT", -1, undefined],
        ["SELL", "TAKE_PROFIT", 0, -2010],
        ["SELL", "TAKE_PROFIT", 1, undefined],
      ] as const
    ) {
      const answer = await send(world, { side, type, quantity: 1, stopPrice: Number(last) + off });
      assertEquals(answer.code, code, `${side} ${type} ${off}`);
      if (code !== undefined) assertEquals(answer.msg, "Order would trigger immediately.");
    }
  }, { gateway: { stepNs: 10_000_000n } }));

Deno.test("order endpoints: a stop works from when its price has come", () =>
  gatewayWorld(async (world) => {
    const { body: { asks: [[ask]] } } = await world.ask("GET /api/v3/depth", SYMBOL);
    const order = { side: "BUY", type: "STOP_LOSS_LIMIT", timeInForce: "GTC", price: 90, quantity: 1 };
    const { orderId, workingTime } = await send(world, { ...order, stopPrice: (Number(ask) + 0.05).toFixed(2) });
    const asked = async () => (await world.ask("GET /api/v3/order", { ...SYMBOL, orderId }, true)).body;
    const { isWorking, ...waiting } = await asked();
    assertEquals([workingTime, isWorking, waiting.workingTime, waiting.status], [-1, false, -1, "NEW"]);
    let working = await asked();
    for (let looks = 0; !working.isWorking && looks < 600; looks++) {
      await world.ask("GET /api/v3/depth", SYMBOL);
      working = await asked();
    }
    assertEquals([working.isWorking, working.status, working.workingTime > working.time], [true, "NEW", true]);
  }));

Deno.test("order endpoints: the money that an order is of is told back", () =>
  gatewayWorld(async (world) => {
    const { orderId, origQuoteOrderQty } = await send(world, { side: "BUY", type: "MARKET", quoteOrderQty: "500.25" });
    const { body } = await world.ask("GET /api/v3/order", { ...SYMBOL, orderId }, true);
    assertEquals([origQuoteOrderQty, body.origQuoteOrderQty], ["500.25000000", "500.25000000"]);
    assertEquals((await send(world, FAR)).origQuoteOrderQty, "0.00000000");
  }));

Deno.test("order endpoints: an order is cancelled only in the status in which it may be", () =>
  gatewayWorld(async (world) => {
    const { orderId } = await send(world, FAR);
    const cancel = async (cancelRestrictions: string) =>
      (await world.ask("DELETE /api/v3/order", { ...SYMBOL, orderId, cancelRestrictions }, true)).body;
    assertEquals((await cancel("ONLY_SOME")).code, -1145);
    const { code, msg } = await cancel("ONLY_PARTIALLY_FILLED");
    assertEquals([code, msg], [-2011, "Order was not canceled due to cancel restrictions."]);
    const replace = { ...FAR, cancelReplaceMode: "STOP_ON_FAILURE", cancelOrderId: orderId };
    const { body: kept } = await world.ask("POST /api/v3/order/cancelReplace", {
      ...replace,
      cancelRestrictions: "ONLY_PARTIALLY_FILLED",
    }, true);
    assertEquals([kept.code, kept.data.cancelResponse.code, kept.data.newOrderResult], [-2022, -2011, "NOT_ATTEMPTED"]);
    assertEquals((await cancel("ONLY_NEW")).status, "CANCELED");
    assertEquals((await cancel("ONLY_NEW")).msg, "Unknown order sent.");
  }));
