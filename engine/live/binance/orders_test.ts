import { assert, assertEquals, assertRejects } from "@std/assert";
import { Bench, orderConformance } from "../_order_conformance.ts";
import { binanceUsdm } from "./market.ts";
import { ScriptedBinance } from "./_scripted_binance.ts";

orderConformance("binanceOrders, spot", () => new ScriptedBinance("spot", "hmac"));
orderConformance("binanceOrders, spot with Ed25519", () => new ScriptedBinance("spot", "ed25519"));
orderConformance("binanceOrders, USD-M", () => new ScriptedBinance("usdm", "hmac"));
orderConformance("binanceOrders, USD-M with Ed25519", () => new ScriptedBinance("usdm", "ed25519"));

/** A case of one market alone. */
function only(market: "spot" | "usdm", behaviour: string, run: (bench: Bench, far: ScriptedBinance) => Promise<void>) {
  Deno.test(`binanceOrders, ${market}: ${behaviour}`, async () => {
    const far = new ScriptedBinance(market, "hmac"), bench = await new Bench(far).open();
    await run(bench, far);
    await bench.close();
  });
}

only("spot", "each kind of order has its parameters", async (bench, far) => {
  const kinds = [
    {},
    { postOnly: true, side: "sell" },
    { type: "market", price: undefined },
    { type: "stop", trigger: "90", price: undefined },
    { type: "stop_limit", trigger: "90", tif: "ioc" },
  ] as const;
  for (const [i, kind] of kinds.entries()) bench.entry.submit(bench.order(`c${i}`, kind));
  await bench.pass(100);
  assertEquals(
    far.params.map(({ type, side, timeInForce, price, stopPrice, quantity, newClientOrderId }) =>
      [newClientOrderId, type, side, timeInForce, price, stopPrice, quantity].map((one) => one ?? "-").join(" ")
    ),
    [
      "c0 LIMIT BUY GTC 100 - 1",
      "c1 LIMIT_MAKER SELL - 100 - 1",
      "c2 MARKET BUY - - - 1",
      "c3 STOP_LOSS BUY - - 90 1",
      "c4 STOP_LOSS_LIMIT BUY IOC 100 90 1",
    ],
  );
  bench.heard.length = 0;
  bench.entry.submit(bench.order("reduce", { reduceOnly: true }));
  assertEquals(await bench.news(), ["rejected reduce ORDER_FORM"]);
});

only("usdm", "each kind of order has its parameters, and a stop is not sent", async (bench, far) => {
  const kinds = [{ postOnly: true }, { tif: "fok", reduceOnly: true }, { type: "market", price: undefined }] as const;
  for (const [i, kind] of kinds.entries()) bench.entry.submit(bench.order(`c${i}`, kind));
  await bench.news();
  assertEquals(
    far.params.map(({ type, timeInForce, price, reduceOnly }) =>
      [type, timeInForce, price, reduceOnly].map((one) => one ?? "-").join(" ")
    ),
    ["LIMIT GTX 100 -", "LIMIT FOK 100 true", "MARKET - - -"],
  );
  bench.entry.submit(bench.order("stop", { type: "stop", trigger: "90" }));
  assertEquals(await bench.news(), ["rejected stop ORDER_FORM"]);
  assertEquals(far.params.length, 3);
});

only("spot", "an amend is refused where a fill came in between, and the order goes on", async (bench, far) => {
  const order = await bench.working("c1");
  const cancelResponse = { code: -2011, msg: "Order was not canceled due to cancel restrictions." };
  const data = { cancelResult: "FAILURE", newOrderResult: "NOT_ATTEMPTED", cancelResponse, newOrderResponse: null };
  far.next.amend.push("silence");
  bench.entry.amend(bench.change(order, "101", "1"));
  await bench.pass(50);
  assertEquals(far.params[1].cancelRestrictions, "ONLY_NEW");
  far.say(far.sockets[0], { id: "o2", status: 400, error: { code: -2022, msg: "failed", data } });
  assertEquals(await bench.news(), ["refused amend c1 FILLED_MEANWHILE"]);
  far.fill("c1", "1");
  assertEquals(await bench.news(), ["fill c1 1 @ 100"]);
});

only("spot", "an amend whose new order is refused ends the order, whichever is heard first", async (bench, far) => {
  const data = {
    cancelResult: "SUCCESS",
    newOrderResult: "FAILURE",
    cancelResponse: { executedQty: "0" },
    newOrderResponse: { code: -2010, msg: "Account has insufficient balance for requested action." },
  };
  const answer = { status: 409, error: { code: -2021, msg: "partially failed", data } };
  for (const [name, first] of [["c1", true], ["c2", false]] as const) {
    const order = await bench.working(name), id = `o${far.params.length + 1}`;
    far.next.amend.push("silence");
    bench.entry.amend(bench.change(order, "101", "2"));
    await bench.pass(50);
    const cancelled = {
      e: "executionReport",
      s: "BTCUSDT",
      c: "x",
      C: name,
      S: "BUY",
      x: "CANCELED",
      z: "0",
      i: 1,
      T: 1,
    };
    const report = { ...cancelled, i: Number(far.orders.get(name)!.exchangeId) };
    if (first) far.event(report);
    far.say(far.sockets[0], { id, ...answer });
    if (!first) far.event(report);
    assertEquals(await bench.news(), [`refused amend ${name} CASH`, `cancelled ${name}`]);
  }
});

only("spot", "a fill between cancel and answer makes the order larger, and that is said", async (bench, far) => {
  const order = await bench.working("c1");
  far.fill("c1", "0.25");
  await bench.news();
  far.fill("c1", "0.25"); // the session does not know of it when it amends
  bench.entry.amend(bench.change(order, "101", "1", "0.25"));
  assertEquals(await bench.news(), ["fill c1 0.25 @ 100", "amended c1n 101 1.25"]);
});

only("spot", "an end whose fills were lost is a gap, and then the end", async (bench, far) => {
  await bench.working("c1");
  far.orders.get("c1")!.filled = "0.5";
  bench.entry.cancel(bench.order("c1"));
  assertEquals(await bench.news(), []);
  assertEquals(await bench.news(5000), ["gap", "cancelled c1"]);
});

only("spot", "as many orders as are allowed, and no more until the interval is over", async (bench, far) => {
  far.answers.push({
    status: 200,
    result: { orderId: 101 },
    rateLimits: [{ rateLimitType: "ORDERS", interval: "SECOND", intervalNum: 10, limit: 50, count: 50 }],
  });
  await bench.working("c1");
  bench.entry.submit(bench.order("c2"));
  assertEquals(await bench.news(), ["rejected c2 THROTTLED"]);
  assert(bench.entry.ready && bench.told("THROTTLED") === 1);
  bench.entry.cancel(bench.order("c1"));
  assertEquals(await bench.news(), ["cancelled c1"]);
  await bench.pass(10_000);
  await bench.working("c3");
});

only("spot", "a notice of shutdown is obeyed without a gap; the end of the stream is one", async (bench, far) => {
  await bench.working("c1");
  far.event({ e: "serverShutdown", E: far.theirMs });
  await bench.pass(60_000);
  assertEquals([far.sockets.length, far.sockets[0].isOpen, bench.told("RENEWED")], [2, false, 1]);
  far.fill("c1", "0.5");
  assertEquals(await bench.news(), ["fill c1 0.5 @ 100"]);
  far.event({ e: "eventStreamTerminated", E: far.theirMs });
  assertEquals(await bench.news(60_000), ["gap"]);
  assert(bench.entry.ready);
});

only("usdm", "a listen key is kept, and one that expires is a gap", async (bench, far) => {
  await bench.working("c1");
  await bench.pass(2 * 3_600_000);
  assertEquals(far.listenKeys, 1);
  far.event({ e: "listenKeyExpired", E: far.theirMs, listenKey: "key1" });
  assertEquals(await bench.news(60_000), ["gap"]);
  assertEquals(far.listenKeys, 2);
  far.fill("c1", "0.5");
  assertEquals(await bench.news(), ["fill c1 0.5 @ 100"]);
});

only("usdm", "an order id longer than 2^53 stays what it is", async (bench, far) => {
  far.next.submit.push("silence");
  bench.entry.submit(bench.order("c1"));
  await bench.pass(50);
  const result = '"result":{"orderId":8389765593461843111},"rateLimits":[]';
  far.say(far.sockets[0], `{"id":"o1","status":200,${result}}`);
  assertEquals(await bench.news(), ["acknowledged c1"]);
  assertEquals(bench.reports[0].kind === "acknowledged" && bench.reports[0].exchangeId, "8389765593461843111");
});

only("spot", "an order is said not to be there only when it can no longer come", async (bench, far) => {
  far.next.submit.push("cut");
  const order = bench.order("c1");
  bench.entry.submit(order);
  await bench.pass(100);
  const asked = far.timers.now();
  let found: string | undefined;
  const question = bench.entry.lookup(order).then((status) => found = status?.state ?? "none");
  await bench.pass(1000);
  assertEquals(found, undefined);
  await bench.pass(10_000);
  await question;
  assert(found === "none" && far.timers.now() - asked > 5000);
});

only("usdm", "funding is said once, on what it was paid, though the history lists it late", async (bench, far) => {
  const first = far.fund("-0.25000000", 9_000_000_001);
  await bench.pass(1000);
  assertEquals(await bench.news(), []);
  first();
  assertEquals(await bench.news(15_000), ["funding BTCUSDT -0.25"]);
  far.fund("0.125", 9_000_000_002)();
  assertEquals(await bench.news(15_000), ["funding BTCUSDT 0.125"]);
  far.event({ e: "ACCOUNT_UPDATE", E: far.theirMs, T: far.theirMs, a: { m: "ORDER", B: [], P: [] } });
  assertEquals(await bench.news(15_000), []);
});

only("usdm", "funding that the stream lost is in the history, on as many pages as it takes", async (bench, far) => {
  const since = BigInt(far.theirMs) * 1_000_000n;
  for (let i = 0; i < 1001; i++) {
    far.income.push({ symbol: "BTCUSDT", income: "-0.01", tranId: i, time: far.theirMs + 1001 - i });
  }
  const found = await bench.answered(bench.entry.funding!(since));
  assertEquals([found.length, found[0].id, found[1000].id], [1001, "1000", "0"]);
  assertEquals(await bench.news(), []);
});

Deno.test("binanceUsdm: no stream of its market has funding, which reports tell of", () => {
  const asked = binanceUsdm.lanes.flatMap(({ subscribe }) => subscribe(["BTCUSDT"])).join();
  assertEquals(new Set(asked.match(/(?<=usdt@)\w+/g)), new Set(["depth", "bookTicker", "trade", "aggTrade"]));
});

Deno.test("binanceOrders, usdm: an account in hedge mode is not opened", async () => {
  const far = new ScriptedBinance("usdm", "hmac"), bench = new Bench(far);
  far.hedged = true;
  await assertRejects(() => bench.open(), RangeError, "hedge mode");
  await bench.close();
});
