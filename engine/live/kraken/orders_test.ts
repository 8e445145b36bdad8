import { assert, assertEquals } from "@std/assert";
import { Code } from "../../core/codes.ts";
import { Bench, orderConformance } from "../_order_conformance.ts";
import { ScriptedKraken } from "./_scripted_kraken.ts";

orderConformance("krakenOrders", () => new ScriptedKraken());

function only(behaviour: string, run: (bench: Bench, far: ScriptedKraken) => Promise<void>) {
  Deno.test(`krakenOrders: ${behaviour}`, async () => {
    const far = new ScriptedKraken(), bench = await new Bench(far).open();
    await run(bench, far);
    await bench.close();
  });
}

only("each kind of order has its parameters", async (bench, far) => {
  const kinds = [
    { postOnly: true, reduceOnly: true },
    { type: "market", price: undefined },
    { type: "stop", trigger: "90", price: undefined },
    { type: "stop_limit", trigger: "90", tif: "ioc" },
  ] as const;
  for (const [i, kind] of kinds.entries()) bench.entry.submit(bench.order(`c${i}`, kind));
  await bench.pass(100);
  const triggers = { reference: "last", price: 90, price_type: "static" };
  const common = { side: "buy", symbol: "BTC/USDT", order_qty: 1 };
  assertEquals(far.params.map(({ token: _token, deadline: _deadline, ...rest }) => rest), [
    {
      ...{ ...common, order_type: "limit", limit_price: 100, time_in_force: "gtc", cl_ord_id: "c0" },
      post_only: true,
      reduce_only: true,
    },
    { ...common, order_type: "market", cl_ord_id: "c1" },
    { ...common, order_type: "stop-loss", triggers, cl_ord_id: "c2" },
    { ...common, order_type: "stop-loss-limit", limit_price: 100, triggers, cl_ord_id: "c3" },
  ]);
});

only("what it has not is rejected and not sent: fill-or-kill, names it cannot carry", async (bench, far) => {
  bench.entry.submit(bench.order("c1", { tif: "fok" }));
  bench.entry.submit(bench.order("a-name-of-more-than-18-letters"));
  assertEquals(await bench.news(), ["rejected c1 ORDER_FORM", "rejected a-name-of-more-than-18-letters ORDER_FORM"]);
  assertEquals(far.params.length, 0);
});

only("a run's long names are carried there and back", async (bench, far) => {
  const name = "lstpmabcdefg0z9-12345";
  bench.entry.submit(bench.order(name));
  assertEquals(await bench.news(), [`acknowledged ${name}`]);
  const [theirs] = far.orders.keys();
  assertEquals(theirs.length, 32);
  far.fill(theirs, "0.5");
  assertEquals(await bench.news(), [`fill ${name} 0.5 @ 100`]);
  const [open] = await bench.answered(bench.entry.openOrders("BTC/USDT"));
  assertEquals([open.clientId, open.filled], [name, "0.5"]);
  bench.entry.cancel(bench.order(name));
  assertEquals(await bench.news(), [`cancelled ${name}`]);
});

only("a message of the channel that is missing is a gap", async (bench, far) => {
  await bench.working("c1");
  far.executions({ exec_type: "status", order_id: far.orders.get("c1")!.exchangeId, cl_ord_id: "c1" }, 2);
  assertEquals(await bench.news(), ["gap"]);
  far.fill("c1", "0.5");
  assertEquals(await bench.news(), ["fill c1 0.5 @ 100"]);
});

only("an answer that does not say what it should is refused, and its order is looked for", async (bench, far) => {
  const say = far.say.bind(far);
  far.say = (socket, frame) => {
    const { method } = frame as { readonly method?: unknown };
    say(socket, method === "add_order" ? { ...frame as object, result: undefined } : frame);
  };
  far.next.submit.push("silence");
  bench.entry.submit(bench.order("c1"));
  assertEquals([await bench.news(), bench.told("FRAME_REFUSED")], [[], 0]);
  bench.entry.submit(bench.order("c2"));
  assertEquals([await bench.news(), bench.told("FRAME_REFUSED")], [["gap", "acknowledged c2"], 1]);
});

only("why an order ended is read from the exchange's words", async (bench, far) => {
  const ends = [["canceled", "Post only order"], ["canceled", "User requested"], ["expired", ""]] as const;
  for (const [i, [exec_type, reason]] of ends.entries()) {
    await bench.working(`c${i}`);
    far.executions({ exec_type, reason, order_id: far.orders.get(`c${i}`)!.exchangeId, cum_qty: 0 });
    await bench.news();
  }
  const codes = bench.reports.flatMap((one) => one.kind === "cancelled" || one.kind === "expired" ? [one.code] : []);
  assertEquals(codes, [Code.WOULD_CROSS, 0, Code.TIME_UP]);
});

only("each connection has a token of its own, and none is told", async (bench, far) => {
  far.cut();
  assertEquals(await bench.news(60_000), ["gap"]);
  assertEquals(far.tokens, 2);
  assert(!JSON.stringify(far.events).includes("token2"));
  await bench.working("c1");
});
