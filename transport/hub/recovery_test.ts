import { assert, assertEquals } from "@std/assert";
import { only, shown, TestClient } from "./_test_client.ts";
import { hubWith } from "./_test_hub.ts";

const trade = (price: number) => ({ price, size: 1, side: "buy" });

Deno.test("recovery: who comes back gets exactly what was missed", () => {
  const { hub } = hubWith();
  for (let i = 1; i <= 10; i++) hub.publish("trades", "BTC", trade(i), 0n);
  const client = new TestClient(hub);
  const heard = client.subscribe("trades", "BTC", { from: { epoch: hub.epoch, seq: 7 } });
  assertEquals(only(heard, "subscribed").data.topics[0], { symbol: "BTC", epoch: hub.epoch, seq: 10, recovered: true });
  assertEquals(shown(heard).slice(-3), ["update trades BTC 7-8", "update trades BTC 8-9", "update trades BTC 9-10"]);
  hub.publish("trades", "BTC", trade(11), 0n);
  hub.flush();
  assertEquals(shown(client.drain()), ["update trades BTC 10-11"]);
  hub.close();
});

Deno.test("recovery: what is gone is named, and no part of what was missed comes", () => {
  const { hub } = hubWith({ limits: { historyMessagesMax: 0 } });
  for (let i = 1; i <= 200; i++) hub.publish("trades", "BTC", trade(i), 0n);
  const client = new TestClient(hub);
  client.drain();
  const heard = client.subscribe("trades", "BTC", { from: { epoch: hub.epoch, seq: 100 } });
  assertEquals(shown(heard), ["subscribed", "error"]);
  const { name, message } = only(heard, "error").data;
  assertEquals([name, message], [
    "UNRECOVERABLE",
    "Cannot recover trades BTC: 101–136, as history begins at 137",
  ]);
  const other = client.subscribe("fills", "BTC", { from: { epoch: "old", seq: 3 } });
  assert(only(other, "error").data.message.endsWith(`all after 3 of old, as this is ${hub.epoch}`));
  hub.close();
});

Deno.test("recovery: a channel with a state begins with it where what was missed is gone", () => {
  const { hub } = hubWith({ snapshot: () => ({ bids: [[1, 1]], asks: [] }) });
  hub.publish("book", "BTC", { bids: [[1, 1]], asks: [] }, 0n);
  const client = new TestClient(hub);
  client.drain();
  assertEquals(shown(client.subscribe("book", "BTC")), ["subscribed", "snapshot book BTC 0-1"]);
  const again = new TestClient(hub);
  again.drain();
  const heard = again.subscribe("book", "BTC", { from: { epoch: "other", seq: 1 } });
  assertEquals(shown(heard), ["subscribed", "snapshot book BTC 0-1"]);
  hub.close();
});

Deno.test("recovery: a gap of 10,000 changes of a book comes as one message", () => {
  const { hub } = hubWith({ snapshot: () => ({ bids: [], asks: [] }) });
  for (let i = 0; i < 10_001; i++) hub.publish("book", "BTC", { bids: [[i % 50, 1 + i]], asks: [] }, 0n);
  const client = new TestClient(hub);
  client.drain();
  const heard = client.subscribe("book", "BTC", { from: { epoch: hub.epoch, seq: 1 } });
  assertEquals(shown(heard), ["subscribed", "update book BTC 1-10001"]);
  hub.close();
});

Deno.test("recovery: a gap of 10,000 fills comes whole", () => {
  const { hub } = hubWith();
  const fill = { order: 1, side: "buy", price: 5, size: 1, maker: true, fee: "0.1", currency: "USDT" };
  for (let i = 0; i < 10_001; i++) hub.publish("fills", "BTC", fill, 0n);
  const client = new TestClient(hub);
  client.drain();
  const heard = client.subscribe("fills", "BTC", { from: { epoch: hub.epoch, seq: 1 } });
  const seqs = heard.filter((each) => "seq" in each).map((each) => (each as { seq: number }).seq);
  assertEquals(seqs, Array.from({ length: 10_000 }, (_, i) => i + 2));
  hub.close();
});

Deno.test("recovery: positions in hello serve a wildcard, symbol by symbol", () => {
  const { hub } = hubWith();
  for (let i = 1; i <= 3; i++) {
    hub.publish("trades", "BTC", trade(i), 0n);
    hub.publish("trades", "ETH", trade(i), 0n);
  }
  const at = (symbol: string, seq: number) => ({ channel: "trades" as const, symbol, epoch: hub.epoch, seq });
  const client = new TestClient(hub, { hello: { positions: [at("BTC", 1), at("ETH", 2)] } });
  client.drain();
  assertEquals(shown(client.subscribe("trades", "*")), [
    "subscribed",
    "update trades BTC 1-2",
    "update trades BTC 2-3",
    "update trades ETH 2-3",
  ]);
  hub.close();
});
