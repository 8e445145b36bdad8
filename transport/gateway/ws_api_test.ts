import { assertEquals } from "@std/assert";
import { generateKeyPairSync, sign as signed } from "node:crypto";
import { type GatewayWorld, gatewayWorld, type Json, sign, type Socket } from "./_gateway_world.ts";

const SYMBOL = { symbol: "ZEROUSD" };
const limit = { ...SYMBOL, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "2", price: "90.00" };

/** Sends requests with ids of their own; signs where there is a secret. */
function asker(
  socket: Socket,
  { gateway: { key } }: GatewayWorld,
  prove = (payload: string) => sign(key.secret, payload),
) {
  let count = 0;
  return async (method: string, params: Record<string, unknown> = {}, proves = false): Promise<Json> => {
    const id = `r${++count}`, all: Record<string, unknown> = { ...params };
    if (proves) {
      Object.assign(all, { apiKey: key.key, timestamp: Date.now() });
      all.signature = prove(Object.keys(all).sort().map((name) => `${name}=${all[name]}`).join("&"));
    }
    socket.send({ id, method, params: all });
    return await socket.next((message) => message.id === id);
  };
}

Deno.test("WsApi: the same exchange as over REST, with what was used of its limits", () =>
  gatewayWorld(async (world) => {
    const ask = asker(await world.open("/ws-api/v3"), world);
    assertEquals((await ask("ping")).result, {});
    const { status, result, rateLimits } = await ask("depth", { ...SYMBOL, limit: 1 });
    assertEquals([status, result.bids.length, rateLimits[0].count], [200, 1, 6]);
    const placed = await ask("order.place", { ...limit, newClientOrderId: "a" }, true);
    assertEquals([placed.result.status, placed.rateLimits.map(({ count }: Json) => count)], ["NEW", [1, 1, 7]]);
    assertEquals((await ask("order.status", { ...SYMBOL, origClientOrderId: "a" }, true)).result.price, "90.00000000");
    const replace = { ...limit, quantity: "1", cancelReplaceMode: "ALLOW_FAILURE", cancelOrderId: 1 };
    assertEquals((await ask("order.cancelReplace", replace, true)).result.newOrderResponse.orderId, 2);
    assertEquals((await ask("openOrders.cancelAll", SYMBOL, true)).result.length, 1);
    const refused = await ask("order.cancelReplace", { ...replace, cancelOrderId: 9 }, true);
    assertEquals([refused.status, refused.error.code, refused.error.data.newOrderResult], [409, -2021, "SUCCESS"]);
    assertEquals((await ask("account.status", { omitZeroBalances: "true" }, true)).result.balances.length, 1);
    assertEquals((await ask("order.place", limit)).error.code, -2014);
    assertEquals((await ask("order.dance")).error.code, -1000);
    assertEquals("rateLimits" in await ask("time", { returnRateLimits: false }), false);
  }));

Deno.test("WsApi: the user data stream by a signature, one to a connection, and its end", () =>
  gatewayWorld(async (world) => {
    const socket = await world.open("/ws-api/v3"), ask = asker(socket, world);
    assertEquals((await ask("userDataStream.subscribe")).error.code, -2015);
    assertEquals((await ask("session.logon", {}, true)).error.code, -4056);
    assertEquals((await ask("userDataStream.subscribe.signature", {}, true)).result, { subscriptionId: 0 });
    assertEquals((await ask("userDataStream.subscribe.signature", {}, true)).error.code, -2035);
    await world.ask("POST /api/v3/order", limit, true);
    const { subscriptionId, event } = await socket.next(({ event }) => event?.e === "executionReport");
    assertEquals([subscriptionId, event.x], [0, "NEW"]);
    assertEquals((await ask("userDataStream.unsubscribe")).result, {});
    assertEquals((await ask("userDataStream.subscribe.signature", {}, true)).result, { subscriptionId: 1 });
  }));

Deno.test("WsApi: who logs on by an Ed25519 key signs no more, until logging out", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const secret = publicKey.export({ type: "spki", format: "pem" }).toString(), key = "e".repeat(64);
  return gatewayWorld(async (world) => {
    const prove = (payload: string) => signed(null, new TextEncoder().encode(payload), privateKey).toString("base64");
    const socket = await world.open("/ws-api/v3"), ask = asker(socket, world, prove);
    assertEquals((await ask("session.logon", {}, true)).result.apiKey, key);
    const timestamp = () => ({ timestamp: Date.now() });
    assertEquals((await ask("order.place", { ...limit, ...timestamp() })).result.orderId, 1);
    assertEquals((await ask("userDataStream.subscribe")).result, { subscriptionId: 0 });
    assertEquals((await ask("openOrders.status")).error.code, -1102);
    assertEquals((await ask("session.logout")).result.apiKey, null);
    assertEquals((await ask("openOrders.status", timestamp())).error.code, -2014);
  }, { gateway: { key: { key, secret } } });
});
