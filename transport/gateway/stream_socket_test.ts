import { assert, assertEquals } from "@std/assert";
import { gatewayWorld, type Json } from "./_gateway_world.ts";

const SYMBOL = { symbol: "ZEROUSD" };
const limit = { ...SYMBOL, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 2, price: "90.00" };

Deno.test("StreamSocket: subscribes, lists, drops, and names streams where they are combined", () =>
  gatewayWorld(async ({ open }) => {
    const socket = await open("/stream?streams=zerousd@trade/zerousd@bookTicker");
    const best = await socket.next(({ stream }) => stream === "zerousd@bookTicker");
    assert(Number(best.data.b) < Number(best.data.a) && best.data.s === "ZEROUSD");
    const answered = async (request: Json) => {
      socket.send(request);
      return await socket.next(({ id }) => id === request.id);
    };
    assertEquals(await answered({ method: "SUBSCRIBE", params: ["zerousd@depth5@100ms", "nothing@trade"], id: 1 }), {
      result: null,
      id: 1,
    });
    const { data: levels } = await socket.next(({ stream }) => stream === "zerousd@depth5@100ms");
    assertEquals([levels.bids.length, levels.asks.length], [5, 5]);
    const names = ["zerousd@trade", "zerousd@bookTicker", "zerousd@depth5@100ms", "nothing@trade"];
    assertEquals((await answered({ method: "LIST_SUBSCRIPTIONS", id: 2 })).result, names);
    await answered({ method: "UNSUBSCRIBE", params: names.slice(1), id: 3 });
    const { data: trade } = await socket.next(({ stream }) => stream === "zerousd@trade");
    assertEquals([trade.e, trade.s, typeof trade.m], ["trade", "ZEROUSD", "boolean"]);
  }));

Deno.test("StreamSocket: what is no request is refused in words, and who sends too many is cut", () =>
  gatewayWorld(async ({ open }) => {
    const socket = await open("/ws");
    socket.send("nonsense");
    assertEquals((await socket.next()).error.code, 3);
    socket.send({ method: "DANCE", id: 7 });
    assertEquals(await socket.next(), { error: { code: 2, msg: "Invalid request: unknown variant `DANCE`" }, id: 7 });
    socket.send({ method: "SUBSCRIBE", params: Array.from({ length: 1025 }, (_, i) => `a${i}@trade`), id: 8 });
    assertEquals((await socket.next()).error.code, 2);
    for (let i = 0; i < 10; i++) socket.send({ method: "LIST_SUBSCRIPTIONS", id: i });
    assertEquals(await socket.closed, 1008);
  }));

Deno.test("StreamSocket: names and texts that every object has are no streams, no methods and no ids", () =>
  gatewayWorld(async ({ open }) => {
    const socket = await open("/ws/constructor");
    const odd = ["constructor", "toString", "__proto__", "hasOwnProperty@arr"];
    const answered = async (request: Json) => (socket.send(request), await socket.next());
    assertEquals(await answered({ method: "SUBSCRIBE", params: odd, id: "one" }), { result: null, id: "one" });
    const refused = async (request: Json) => {
      const { error, id } = await answered(request);
      return [error.code, error.msg, id];
    };
    const noText = [2, "Invalid request: method must be a text", null];
    assertEquals(await refused({ method: { toString: 1 } }), noText);
    assertEquals(await refused({ id: 2 }), [...noText.slice(0, 2), 2]);
    const noId = [2, "Invalid request: id must be a whole number, or a text of up to 36 characters", null];
    assertEquals(await refused({ method: "LIST_SUBSCRIPTIONS", id: { toString: 1 } }), noId);
  }));

Deno.test("StreamSocket: tickers and candles are told at most once a second of the tape, and candles are closed", () =>
  gatewayWorld(async ({ open, over }) => {
    const socket = await open("/stream?streams=zerousd@kline_1m/zerousd@ticker/!miniTicker@arr/zerousd@aggTrade");
    await over;
    const seen: Record<string, Json[]> = {};
    for (let count = 0; count < 1500; count++) {
      const { stream, data } = await socket.next();
      (seen[stream] ??= []).push(data);
    }
    const { "zerousd@kline_1m": candles, "zerousd@ticker": tickers, "!miniTicker@arr": minis } = seen;
    for (const told of [tickers, minis.map(([each]: Json) => each)]) {
      const span = told.at(-1).E - told[0].E;
      assert(told.length > 100 && told.length <= span / 1000 + 2, `${told.length} in ${span} ms`);
    }
    const closed = candles.filter(({ k }) => k.x);
    assert(closed.length > 2);
    for (let i = 1; i < closed.length; i++) assertEquals(closed[i].k.t, closed[i - 1].k.T + 1);
    assert(seen["zerousd@aggTrade"].every(({ a }, i, all) => i === 0 || a === all[i - 1].a + 1));
  }, { gateway: { quiet: false }, host: { pace: "free" } }));

Deno.test("UserStreams: reports and balances come in order over a listen key, which can be ended", () =>
  gatewayWorld(async ({ ask, open, gateway: { url, key } }) => {
    const listenKey = async (method: string, query = "") =>
      (await fetch(`${url}/api/v3/userDataStream${query}`, { method, headers: { "x-mbx-apikey": key.key } })).json();
    const { listenKey: name } = await listenKey("POST");
    assertEquals(await listenKey("PUT", `?listenKey=${name}`), {});
    const socket = await open(`/ws/${name}`);
    const { body: { orderId } } = await ask("POST /api/v3/order", { ...limit, newClientOrderId: "mine" }, true);
    const report = await socket.next();
    assertEquals([report.e, report.x, report.X, report.i, report.c, report.p, report.q], [
      "executionReport",
      "NEW",
      "NEW",
      orderId,
      "mine",
      "90.00000000",
      "2.00000000",
    ]);
    assertEquals((await socket.next()).B, [
      { a: "ZERO", f: "0.00000000", l: "0.00000000" },
      { a: "USD", f: "9820.00000000", l: "180.00000000" },
    ]);
    await ask("DELETE /api/v3/order", { ...SYMBOL, orderId, newClientOrderId: "away" }, true);
    const cancelled = await socket.next(({ e }) => e === "executionReport");
    assertEquals([cancelled.x, cancelled.c, cancelled.C], ["CANCELED", "away", "mine"]);
    await ask("POST /api/v3/order", { ...SYMBOL, side: "BUY", type: "MARKET", quantity: 3 }, true);
    // Balances come with the fill: at the order's arrival they would be those behind it already.
    await socket.next(({ e }) => e === "outboundAccountPosition");
    const types = [await socket.next(), await socket.next()];
    assertEquals(types.map(({ x, X, l }) => [x, X, l]), [["NEW", "NEW", "0.00000000"], [
      "TRADE",
      "FILLED",
      "3.00000000",
    ]]);
    assertEquals([types[1].N, types[1].m], ["USD", false]);
    assertEquals((await socket.next()).B[0], {
      a: "ZERO",
      f: "3.00000000",
      l: "0.00000000",
    });
    assertEquals(await listenKey("DELETE", `?listenKey=${name}`), {});
    assertEquals((await listenKey("PUT", `?listenKey=${name}`)).code, -1125);
  }));
