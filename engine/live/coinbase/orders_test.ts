import { assertEquals } from "@std/assert";
import { Bench, orderConformance } from "../_order_conformance.ts";
import { ScriptedCoinbase } from "./_scripted_coinbase.ts";

orderConformance("coinbaseOrders", () => new ScriptedCoinbase());

function only(behaviour: string, run: (bench: Bench, far: ScriptedCoinbase) => Promise<void>) {
  Deno.test(`coinbaseOrders: ${behaviour}`, async () => {
    const far = new ScriptedCoinbase(), bench = await new Bench(far).open();
    await run(bench, far);
    await bench.close();
  });
}

only("each kind of order has its configuration, and what it has not is not sent", async (bench, far) => {
  const kinds = [
    { postOnly: true },
    { tif: "ioc" },
    { tif: "fok" },
    { type: "market", price: undefined },
    { type: "stop_limit", trigger: "110" },
    { type: "stop_limit", trigger: "90", side: "sell" },
    { type: "stop", trigger: "90" },
    { reduceOnly: true },
  ] as const;
  for (const [i, kind] of kinds.entries()) bench.entry.submit(bench.order(`c${i}`, kind));
  const stop = { base_size: "1", limit_price: "100" };
  const heard = await bench.news();
  assertEquals(heard.filter((what) => what.startsWith("rejected")), [
    "rejected c6 ORDER_FORM",
    "rejected c7 ORDER_FORM",
  ]);
  assertEquals(far.bodies.map((body) => body.order_configuration), [
    { limit_limit_gtc: { base_size: "1", limit_price: "100", post_only: true } },
    { sor_limit_ioc: { base_size: "1", limit_price: "100" } },
    { limit_limit_fok: { base_size: "1", limit_price: "100" } },
    { market_market_ioc: { base_size: "1" } },
    { stop_limit_stop_limit_gtc: { ...stop, stop_price: "110", stop_direction: "STOP_DIRECTION_STOP_UP" } },
    { stop_limit_stop_limit_gtc: { ...stop, stop_price: "90", stop_direction: "STOP_DIRECTION_STOP_DOWN" } },
  ]);
});

only("executions that are counted before they are listed are asked for until they are", async (bench, far) => {
  await bench.working("c1");
  far.unlisted = 3;
  far.fill("c1", "0.25");
  assertEquals(await bench.news(5000), ["fill c1 0.25 @ 100"]);
  far.unlisted = 1000;
  far.fill("c1", "0.25");
  assertEquals(await bench.news(10_000), ["gap"]);
});

only("a cancel right behind a submit finds the order's name first", async (bench, far) => {
  far.next.submit.push("late");
  bench.entry.submit(bench.order("c1"));
  await bench.pass(50);
  bench.entry.cancel(bench.order("c1"));
  assertEquals((await bench.news()).at(-1), "cancelled c1");
  assertEquals(far.arrived, ["submit c1", "cancel c1"]);
  await bench.pass(90_000);
});

only("a message that is missing is a gap", async (bench, far) => {
  far.message("heartbeats", [], 2);
  assertEquals(await bench.news(), ["gap"]);
  await bench.working("c1");
});
