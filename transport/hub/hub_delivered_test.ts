import { assertEquals } from "@std/assert";
import { TestClient } from "./_test_client.ts";
import { hubWith } from "./_test_hub.ts";

const trade = { price: 1, size: 1, side: null };

/** How long it took until all was delivered, by the hub's clock, which goes on while somebody `reads` now and then. */
async function waited({ hub, clock }: ReturnType<typeof hubWith>, msMax: number, reads = () => {}): Promise<number> {
  const start = clock.now();
  let over = false;
  hub.delivered(msMax).then(() => over = true);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 0)); // what the last timer resolved goes on
    if (over) return clock.now() - start;
    reads();
    clock.pass(10);
  }
}

Deno.test("Hub.delivered: at once where all have what was published, or nobody is there", async () => {
  const world = hubWith();
  assertEquals(await waited(world, 5000), 0);
  const client = new TestClient(world.hub);
  client.subscribe("trades", "BTC");
  world.hub.publish("trades", "BTC", trade, 0n);
  assertEquals(await waited(world, 5000), 0);
  assertEquals(client.drain().length, 1);
  world.hub.close();
});

Deno.test("Hub.delivered: a client that reads is waited for, and gets all before the end", async () => {
  const world = hubWith({ limits: { windowBytes: 4096, windowBytesMax: 4096 } }), client = new TestClient(world.hub);
  client.subscribe("trades", "BTC");
  client.subscribe("progress", "", { rateMax: 10 });
  for (let i = 0; i < 2000; i++) world.hub.publish("trades", "BTC", trade, 0n);
  world.hub.publish("progress", "", { rows: 9, total: 9 }, 0n);
  const ms = await waited(world, 5000, () => {
    client.take(2);
    client.ack();
  });
  assertEquals(ms > 50 && ms < 5000, true, `${ms} ms`);
  world.hub.close();
  client.drain();
  assertEquals(client.messages.filter(({ type }) => type === "update").length, 2001);
});

Deno.test("Hub.delivered: one that does not read is waited for so long, and no longer", async () => {
  const world = hubWith({ limits: { windowBytes: 4096, windowBytesMax: 4096 } }), client = new TestClient(world.hub);
  client.subscribe("trades", "BTC");
  for (let i = 0; i < 2000; i++) world.hub.publish("trades", "BTC", trade, 0n);
  assertEquals(await waited(world, 1000), 1000);
  world.hub.close();
});
