import { assertEquals, assertThrows } from "@std/assert";
import type { Data } from "./entry.ts";
import { only, shown, TestClient } from "./_test_client.ts";
import { hubWith } from "./_test_hub.ts";
import { DASHBOARD_FLUSH } from "./limits.ts";

const trade = (price: number): Data => ({ price, size: 1, side: "buy" });

Deno.test("Hub: a hello is answered, and what is published after a subscription comes in one frame", () => {
  const { hub } = hubWith();
  const client = new TestClient(hub);
  const hello = only(client.drain(), "hello");
  assertEquals(hello.id, "h");
  assertEquals(hello.data.instruments.map(({ symbol }) => symbol), ["BTC", "ETH"]);
  assertEquals(hello.data.commands, ["cancel", "submit"]);
  hub.publish("trades", "BTC", trade(1), 5n);
  const { data } = only(client.subscribe("trades", "BTC"), "subscribed");
  assertEquals(data.topics, [{ symbol: "BTC", epoch: hub.epoch, seq: 1, recovered: false }]);
  hub.publish("trades", "BTC", trade(2), 6n);
  hub.publish("trades", "ETH", trade(9), 6n);
  hub.publish("trades", "BTC", trade(3), 7n);
  hub.flush();
  assertEquals(client.link.frames.length, 1);
  assertEquals(shown(client.drain()), ["update trades BTC 1-2", "update trades BTC 2-3"]);
  hub.close();
});

Deno.test("Hub: a message waits no longer than the flush age, one of the urgent lane not at all", () => {
  const { hub, clock } = hubWith();
  const client = new TestClient(hub);
  client.subscribe("trades", "BTC");
  client.subscribe("alerts", "");
  clock.pass(10);
  // After a quiet while it goes at the end of the turn; those after it wait for company.
  hub.publish("trades", "BTC", trade(1), 0n);
  clock.pass(0);
  assertEquals(shown(client.drain()), ["update trades BTC 0-1"]);
  hub.publish("trades", "BTC", trade(2), 0n);
  clock.pass(0.5);
  assertEquals(client.link.frames.length, 0);
  clock.pass(0.5);
  assertEquals(shown(client.drain()), ["update trades BTC 1-2"]);
  hub.publish("trades", "BTC", trade(3), 0n);
  hub.publish("alerts", "", { code: "X", severity: "info", message: "" }, 0n);
  clock.pass(0);
  assertEquals(shown(client.drain()), ["update alerts  0-1", "update trades BTC 2-3"]);
  hub.close();
  assertEquals(clock.waiting, 0);
});

Deno.test("Hub: those with the same subscriptions share frames, whichever way they came to have them", () => {
  const { hub } = hubWith();
  const clients = Array.from({ length: 100 }, () => new TestClient(hub));
  clients.forEach((client, i) => {
    for (const symbol of i % 2 ? ["BTC", "ETH"] : ["ETH", "BTC"]) client.subscribe("trades", symbol);
  });
  const before = hub.counters.framesBuilt;
  for (let i = 0; i < 16; i++) hub.publish("trades", i % 3 ? "BTC" : "ETH", trade(i), 0n);
  hub.flush();
  assertEquals(hub.counters.framesBuilt - before, 1);
  const [first] = clients[0].link.frames;
  assertEquals(clients.every(({ link: { frames } }) => frames.length === 1 && frames[0] === first), true);
  hub.close();
});

Deno.test("Hub: a frame has at most as many messages as is said", () => {
  const { hub } = hubWith({ limits: { flush: { messages: 16, bytes: 32_768, ms: 1, msMax: 50 } } });
  const client = new TestClient(hub);
  client.subscribe("trades", "BTC");
  for (let i = 0; i < 40; i++) hub.publish("trades", "BTC", trade(i), 0n);
  hub.flush();
  const counts = client.link.frames.map((frame) => client.codec.decode(frame, "server").length);
  assertEquals(counts, [16, 16, 8]);
  hub.close();
});

Deno.test("Hub: by the dashboard's profile what comes within 100 ms goes in one frame, and alerts at once", () => {
  const { hub, clock } = hubWith({ limits: { flush: DASHBOARD_FLUSH } });
  const client = new TestClient(hub);
  client.subscribe("trades", "BTC");
  client.subscribe("alerts", "*");
  client.drain();
  for (let i = 0; i < 9; i++) {
    hub.publish("trades", "BTC", trade(i), 0n);
    clock.pass(10);
  }
  assertEquals(client.link.frames.length, 0);
  clock.pass(20);
  assertEquals(client.link.frames.map((frame) => client.codec.decode(frame, "server").length), [9]);
  client.take();
  hub.publish("trades", "BTC", trade(9), 0n);
  hub.publish("alerts", "BTC", { code: "GAP", severity: "info", message: "" }, 0n);
  clock.pass(1);
  assertEquals(shown(client.take())[0], "update alerts BTC 0-1");
  hub.close();
});

Deno.test("Hub: a revoked principal is out at once, and cannot come back to its connection", () => {
  const left: string[] = [], { hub } = hubWith({ onLeave: ({ principal }) => left.push(principal.name) });
  const ann = new TestClient(hub), bob = new TestClient(hub, { principal: { name: "bob", scopes: ["read"] } });
  ann.drain();
  hub.revoke(({ name }) => name === "ann");
  assertEquals(only(ann.take(), "error").data.name, "TOKEN_REVOKED");
  assertEquals([ann.link.closed?.code, bob.link.closed, left], [2003, undefined, ["ann"]]);
  ann.connect(hub, { connection: ann.connection.id });
  assertEquals(only(ann.take(), "hello").data.resumed, false);
  hub.close();
});

Deno.test("Hub: another issuer's token of the same name is another person's", () => {
  const { hub } = hubWith(), scopes = ["read"];
  const ann = new TestClient(hub, { principal: { name: "ann", scopes, issuer: "desk" } });
  const { id } = ann.connection;
  const other = new TestClient(hub, { principal: { name: "ann", scopes, issuer: "lab" } });
  other.take();
  other.connect(hub, { connection: id });
  assertEquals(only(other.take(), "hello").data.resumed, false);
  assertEquals(ann.link.closed, undefined);
  hub.revoke(({ issuer }) => issuer === "lab");
  assertEquals([ann.link.closed, other.link.closed?.code], [undefined, 2003]);
  hub.close();
});

Deno.test("Hub: a token ends its connection when it expires, unless it was renewed", () => {
  const { hub, clock } = hubWith();
  const expires = clock.now() + 1000, principal = { name: "ann", scopes: ["read"], expires };
  const ann = new TestClient(hub, { principal }),
    bob = new TestClient(hub, { principal: { ...principal, name: "bob" } });
  ann.drain();
  bob.drain();
  clock.pass(900);
  bob.connection.renew({ name: "bob", scopes: ["read"], expires: expires + 60_000 });
  clock.pass(400);
  assertEquals(only(ann.take(), "error").data.name, "TOKEN_EXPIRED");
  assertEquals([ann.connection.over, bob.connection.over], [true, false]);
  hub.close();
});

Deno.test("Hub: floods are refused, then cut; other clients are unaffected", () => {
  const limits = { requests: { perSecond: 10, burst: 5 }, messages: { perSecond: 100, burst: 50 } };
  const { hub, clock } = hubWith({ limits });
  const flood = new TestClient(hub), other = new TestClient(hub);
  flood.drain();
  for (let i = 0; i < 6; i++) flood.say("presence", {});
  const { name, retryMs } = only(flood.drain().filter(({ type }) => type === "error"), "error").data;
  assertEquals([name, retryMs], ["RATE_EXCEEDED", 100]);
  for (let i = 0; i < 60 && !flood.link.closed; i++) flood.say("ping", { sent: i });
  assertEquals(flood.link.closed?.code, 4001);
  clock.pass(100);
  other.drain();
  other.say("ping", { sent: 5 });
  assertEquals(only(other.drain(), "pong").data, { sent: 5, received: clock.now() });
  hub.close();
});

Deno.test("Hub: a frame that is too large is not read, and its sender is let go", () => {
  const { hub } = hubWith();
  const client = new TestClient(hub);
  client.link.onFrame(new Uint8Array(100_000));
  assertEquals(client.link.closed?.code, 4000);
  hub.close();
});

Deno.test("Hub: who is not heard of for two and a half heartbeats is cut", () => {
  const { hub, clock } = hubWith();
  const quiet = new TestClient(hub), alive = new TestClient(hub);
  quiet.drain();
  alive.drain();
  for (let i = 0; i < 8; i++) {
    clock.pass(10_000);
    alive.say("ping", { sent: i });
    alive.drain();
  }
  assertEquals([quiet.link.terminated, alive.link.terminated], [true, false]);
  hub.close();
});

Deno.test("Hub: draining, it tells all and takes nobody", () => {
  const { hub } = hubWith();
  const client = new TestClient(hub);
  client.drain();
  hub.drain(2000, "an update");
  assertEquals(only(client.drain(), "drain").data, { reconnectMs: 2000, reason: "an update" });
  assertThrows(() => new TestClient(hub), Error, "stopping");
  hub.close();
});

Deno.test("Hub: more connections than it may have are refused", () => {
  const { hub } = hubWith({ limits: { connectionsMax: 2 } });
  new TestClient(hub);
  const last = new TestClient(hub);
  assertThrows(() => new TestClient(hub), Error, "2 connections already");
  last.connect(hub, { connection: last.connection.id });
  hub.close();
});

Deno.test("Hub: what it does not answer goes to its owner, who answers", () => {
  const asked: string[] = [];
  const { hub } = hubWith({
    onRequest: (connection, { type, id }) => {
      asked.push(type);
      if (type === "command") connection.answer(id, "commanded", { code: 0, reason: "", order: 7 });
    },
  });
  const client = new TestClient(hub);
  client.drain();
  const id = client.say("command", { command: { kind: "submit" } });
  client.say("done", { step: 1 });
  const answer = only(client.drain(), "commanded");
  assertEquals([answer.id, answer.data.order, asked], [id, 7, ["command", "done"]]);
  hub.close();
});

Deno.test("Hub: an owner that throws harms the request alone", () => {
  const { hub } = hubWith({
    onRequest: () => {
      throw new Error("a bug");
    },
  });
  const client = new TestClient(hub);
  client.drain();
  assertThrows(() => client.say("command", { command: { kind: "submit" } }), Error, "a bug");
  assertEquals(only(client.drain(), "error").data.name, "FAILED");
  assertEquals(shown(client.subscribe("trades", "BTC")), ["subscribed"]);
  hub.close();
});

Deno.test("Hub: lossless, it merges nothing on any channel", () => {
  const { hub } = hubWith({ lossless: true, limits: { windowBytes: 500, windowBytesMax: 500 } });
  const client = new TestClient(hub);
  client.subscribe("progress", "");
  for (let i = 0; i < 16; i++) hub.publish("progress", "", { rows: i, total: 16 }, 0n);
  hub.flush();
  assertEquals(shown(client.drain()).length, 16);
  assertEquals(hub.counters.merged, 0);
  hub.close();
});

Deno.test("Hub: urgent messages overtake others, and a flood of them silences nothing", () => {
  const { hub } = hubWith({ limits: { windowBytes: 2000, windowBytesMax: 2000 } });
  const client = new TestClient(hub);
  for (const channel of ["alerts", "trades", "metrics"]) client.subscribe(channel, channel === "trades" ? "BTC" : "");
  // It reads nothing, so that all waits.
  for (let i = 0; i < 1000; i++) hub.publish("trades", "BTC", trade(i), 0n);
  const metrics = { sharpe: null, sortino: null, drawdown: null, winRate: null, exposure: null, trades: 0 };
  hub.publish("metrics", "", metrics, 0n);
  for (let i = 0; i < 2000; i++) hub.publish("alerts", "", { code: "X", severity: "info", message: "x" }, 0n);
  const order = shown(client.drain()).map((text) => text.split(" ")[1]);
  const last = (channel: string) => order.lastIndexOf(channel),
    lasts = [last("metrics"), last("alerts"), last("trades")];
  assertEquals(order.filter((channel) => channel === "alerts").length, 2000);
  assertEquals(order.filter((channel) => channel === "trades").length, 1000);
  // Alerts have twice the share of trades, so half of the trades come while alerts wait; metrics come with the first round.
  assertEquals(lasts.map((place) => Math.round(4 * place / order.length)), [1, 4, 4]);
  hub.close();
});

Deno.test("Hub: who waits while its pressure is high has no client cut", () => {
  const { hub } = hubWith({ limits: { windowBytes: 2000, windowBytesMax: 2000 } });
  const client = new TestClient(hub);
  client.subscribe("trades", "BTC");
  let most = 0;
  for (let i = 0; i < 20_000; i++) {
    while (hub.pressure > 0.25) {
      client.take(4);
      client.ack();
    }
    hub.publish("trades", "BTC", trade(i), 0n);
    most = Math.max(most, hub.pressure);
  }
  hub.flush();
  client.drain();
  assertEquals([hub.pressure, hub.counters.errors, hub.counters.fell], [0, {}, 0]);
  assertEquals(most < 0.3, true);
  assertEquals(client.messages.filter(({ type }) => type === "update").length, 20_000);
  hub.close();
});

Deno.test("Hub: with the last connection all goes that only clients wanted", () => {
  const { hub, clock } = hubWith({ limits: { graceMs: 100 } });
  const clients = Array.from({ length: 20 }, (_, i) => {
    const client = new TestClient(hub);
    client.subscribe("trades", "BTC", { where: { side: [`s${i}`] } });
    return client;
  });
  assertEquals(hub.sizes.cohorts >= 20, true);
  for (const client of clients) client.link.terminate();
  clock.pass(1000);
  const { connections, cohorts } = hub.sizes;
  assertEquals([connections, cohorts], [0, 0]);
  hub.close();
});

Deno.test("Hub: after its close nobody is taken", () => {
  const { hub } = hubWith();
  hub.close();
  assertThrows(() => new TestClient(hub), Error, "stopping");
});
