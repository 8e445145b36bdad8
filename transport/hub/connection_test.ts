import { assert, assertEquals } from "@std/assert";
import { only, shown, TestClient } from "./_test_client.ts";
import { hubWith } from "./_test_hub.ts";

const trade = (price: number) => ({ price, size: 1, side: "buy" });
const fill = { order: 1, side: "buy", price: 5, size: 1, maker: true, fee: "0.1", currency: "USDT" };
const MIB = 1_048_576;

Deno.test("Connection: a reader that stalls holds less than 1 MiB, and is freed after 5 s, while others go on", () => {
  const { hub, clock } = hubWith({ snapshot: () => ({ bids: [[1, 1]], asks: [] }) });
  const stalled = new TestClient(hub), fast = new TestClient(hub);
  for (const client of [stalled, fast]) {
    client.subscribe("book", "BTC");
    client.subscribe("trades", "BTC");
  }
  let most = 0, terminatedAt = 0;
  for (let i = 0; i < 6000; i++) {
    hub.publish("book", "BTC", { bids: [[i % 1000, i]], asks: [] }, 0n);
    if (i % 8 === 0) hub.publish("trades", "BTC", trade(i), 0n);
    clock.pass(1);
    if (i % 50 === 0) fast.drain();
    most = Math.max(
      most,
      stalled.link.frames.reduce((sum, frame) => sum + frame.length, 0) + stalled.connection.heldBytes,
    );
    if (stalled.link.terminated && terminatedAt === 0) terminatedAt = i;
  }
  assert(most < 100_000, `${most} B are held`);
  assert(most < MIB);
  assert(terminatedAt >= 4900 && terminatedAt < 5700, `${terminatedAt}`);
  assertEquals(hub.counters.errors, { SLOW_CONSUMER: 1 });
  assert(fast.connection.inStep && !fast.link.terminated);
  hub.close();
});

Deno.test("Connection: who reads slowly gets books merged and every fill", () => {
  const { hub, clock } = hubWith({
    snapshot: () => ({ bids: [[1, 1]], asks: [] }),
    limits: { windowBytes: 2000, windowBytesMax: 2000 },
  });
  const client = new TestClient(hub);
  client.subscribe("book", "BTC");
  client.subscribe("fills", "BTC");
  const from = client.messages.length;
  for (let i = 0; i < 3000; i++) {
    hub.publish("book", "BTC", { bids: [[i % 10, i]], asks: [] }, 0n);
    if (i % 10 === 0) hub.publish("fills", "BTC", fill, 0n);
    clock.pass(1);
    if (i % 200 === 0) {
      client.take();
      client.ack();
    }
  }
  client.drain();
  const texts = shown(client.messages.slice(from)), books = texts.filter((text) => text.includes("book"));
  assertEquals(texts.filter((text) => text.includes("fills")).length, 300);
  assert(books.length < 300 && books.some((text) => text.startsWith("update")), `${books.length}`);
  assert(hub.counters.merged > 2000, `${hub.counters.merged}`);
  assert(client.connection.inStep);
  hub.close();
});

Deno.test("Connection: who is slower than what must not be lost is told, and let go", () => {
  const { hub, clock } = hubWith({ limits: { windowBytes: 2000, windowBytesMax: 2000, historyMessagesMax: 0 } });
  const client = new TestClient(hub);
  client.subscribe("fills", "BTC");
  for (let i = 0; i < 2000; i++) {
    hub.publish("fills", "BTC", fill, 0n);
    clock.pass(1);
    if (i % 100 === 0) {
      client.take(1);
      client.ack();
    }
  }
  assertEquals(client.link.closed?.code, 1001);
  client.take();
  const { name } = only(client.messages.filter(({ type }) => type === "error"), "error").data;
  assertEquals(name, "SLOW_CONSUMER");
  hub.close();
});

Deno.test("Connection: who acknowledges what it never read is held by what its link cannot pass on", () => {
  const { hub, clock } = hubWith();
  const client = new TestClient(hub);
  client.subscribe("fills", "BTC");
  const before = client.link.frames.length;
  client.link.buffered = 200_000;
  for (let i = 0; i < 6000 && !client.link.terminated; i++) {
    hub.publish("fills", "BTC", fill, 0n);
    if (i % 10 === 0) client.say("ack", { bytes: 1_000_000_000 });
    clock.pass(1);
  }
  assert(client.link.frames.length - before <= 16, `${client.link.frames.length - before} frames were sent`);
  assert(client.link.terminated);
  hub.close();
});

Deno.test("Connection: answers pile up no higher than the outbox", () => {
  const { hub } = hubWith({ limits: { outboxBytesMax: 20_000 } });
  const client = new TestClient(hub);
  client.link.buffered = 70_000_000;
  for (let i = 0; i < 1000 && !client.link.terminated; i++) client.say("ping", { sent: i });
  assert(client.link.terminated);
  assert(client.connection.heldBytes === 0);
  hub.close();
});

Deno.test("Connection: it goes on over another link, and the old one is closed as replaced", () => {
  const left: string[] = [], { hub, clock } = hubWith({ onLeave: ({ id }) => left.push(id) });
  const client = new TestClient(hub);
  client.subscribe("trades", "BTC");
  const [{ id }] = client.connection.subscriptions, connection = client.connection.id, old = client.link;
  hub.publish("trades", "BTC", trade(1), 0n);
  hub.flush();
  // The frame on the old link is lost to the client.
  client.connect(hub, { connection, positions: [{ channel: "trades", symbol: "BTC", epoch: hub.epoch, seq: 0 }] });
  assertEquals(old.closed?.code, 1004);
  const heard = client.drain();
  assertEquals(shown(heard), ["hello", "subscribed", "update trades BTC 0-1"]);
  assert(only(heard, "hello").data.resumed);
  assertEquals(only(heard, "subscribed").data, {
    subscription: id,
    topics: [{ symbol: "BTC", epoch: hub.epoch, seq: 1, recovered: true }],
  });
  clock.pass(10_000);
  assertEquals(left, []);
  assertEquals(hub.counters.resumes, 1);
  hub.close();
});

Deno.test("Connection: within the grace it may come back; then its client has left", () => {
  const left: string[] = [], { hub, clock } = hubWith({ onLeave: ({ client }) => left.push(client) });
  const client = new TestClient(hub, { hello: { client: "one" } });
  client.subscribe("trades", "*");
  client.link.close(1000, "lost");
  clock.pass(4999);
  assertEquals(left, []);
  client.connect(hub, { client: "one", connection: client.connection.id });
  assert(only(client.drain().filter(({ type }) => type === "hello"), "hello").data.resumed);
  client.link.close(1000, "lost");
  clock.pass(5000);
  assertEquals(left, ["one"]);
  client.connect(hub, { client: "one", connection: client.connection.id });
  assert(!only(client.drain(), "hello").data.resumed);
  assertEquals(client.connection.subscriptions.length, 0);
  hub.close();
});

Deno.test("Connection: over another link it acts by that one's token, and hello says so", () => {
  const { hub } = hubWith();
  const all = new TestClient(hub, { principal: { name: "ann", scopes: ["admin"] } });
  const connection = all.connection.id;
  const less = new TestClient(hub, { principal: { name: "ann", scopes: ["read"] }, hello: { connection } });
  const { resumed, scopes } = only(less.drain(), "hello").data;
  assertEquals([resumed, scopes], [true, ["read"]]);
  assertEquals(less.connection.principal.scopes, ["read"]);
  hub.close();
});

Deno.test("Connection: nobody else gets it, whoever knows its name", () => {
  const { hub } = hubWith();
  const ann = new TestClient(hub);
  const bob = new TestClient(hub, {
    principal: { name: "bob", scopes: ["read"] },
    hello: { connection: ann.connection.id },
  });
  assert(bob.connection !== ann.connection);
  assert(!only(bob.drain(), "hello").data.resumed);
  assertEquals(ann.link.closed, undefined);
  hub.close();
});

Deno.test("Connection: a message sent after all that was published comes after it, to the fast and to the slow", () => {
  const { hub, clock } = hubWith({ limits: { windowBytes: 500, windowBytesMax: 500 } });
  const client = new TestClient(hub);
  client.subscribe("fills", "BTC");
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 1 + round * 100; i++) hub.publish("fills", "BTC", fill, 0n);
    client.connection.send({ type: "drain", data: { reconnectMs: round, reason: "" } });
    clock.pass(5);
    const heard = shown(client.drain());
    assertEquals([heard.length, heard.at(-1)], [2 + round * 100, "drain"]);
  }
  hub.close();
});

Deno.test("Connection: who asks for times gets when each frame was written, and what was merged", () => {
  const { hub, clock } = hubWith({ limits: { windowBytes: 600, windowBytesMax: 600 } });
  const client = new TestClient(hub, { hello: { timing: true } });
  client.subscribe("bbo", "BTC");
  const bbo = (bid: number) => ({ bid, bidSize: 1, ask: null, askSize: 0 });
  hub.publish("bbo", "BTC", bbo(1), 0n);
  clock.pass(1);
  const [frame, update] = client.take();
  assertEquals(frame.data, { written: clock.now(), enqueued: clock.now() - 1, merged: 0, skipped: 0 });
  assertEquals(update.type, "update");
  for (let i = 0; i < 50; i++) {
    hub.publish("bbo", "BTC", bbo(i), 0n);
    clock.pass(1);
  }
  const frames = client.drain().filter(({ type }) => type === "frame");
  const merged = frames.reduce((sum, { data }) => sum + (data as { merged: number }).merged, 0);
  assertEquals(merged + frames.length, 50);
  hub.close();
});
