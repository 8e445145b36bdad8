import { assert, assertEquals } from "@std/assert";
import type { Message } from "../protocol/messages.ts";
import { ofChannels, only, shown, TestClient } from "./_test_client.ts";
import { hubWith } from "./_test_hub.ts";

const trade = (price: number, side = "buy") => ({ price, size: 1, side });
const bbo = (bid: number) => ({ bid, bidSize: 1, ask: null, askSize: 0 });
const errorName = (messages: readonly Message[]) => only(messages, "error").data.name;

Deno.test("subscribe: 10,000 subscriptions of one client are refused, and others get theirs", () => {
  const { hub, clock } = hubWith();
  const greedy = new TestClient(hub), other = new TestClient(hub);
  greedy.drain();
  const names = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    const [{ type, data }] = greedy.subscribe("trades", "BTC", { where: { price: [i] } });
    const name = type === "error" ? (data as { name: string }).name : type;
    names.set(name, (names.get(name) ?? 0) + 1);
    if (greedy.link.closed) break;
    clock.pass(2);
  }
  assertEquals([...names.keys()], ["subscribed", "SUBSCRIPTIONS_EXCEEDED"]);
  assertEquals(names.get("subscribed"), 500);
  assert(greedy.link.closed !== undefined, "who goes on after so many refusals is cut");
  other.drain();
  assertEquals(shown(other.subscribe("trades", "BTC")), ["subscribed"]);
  hub.close();
});

Deno.test("subscribe: filters of one client have a bound together, and nothing else counts to it", () => {
  const { hub } = hubWith({ limits: { filtersLengthMax: 100 } });
  const client = new TestClient(hub);
  client.drain();
  const where = (letters: number) => ({ where: { side: ["x".repeat(letters - 13)] } });
  assertEquals(errorName(client.subscribe("trades", "BTC", where(101))), "SUBSCRIPTIONS_EXCEEDED");
  const [{ data }] = client.subscribe("trades", "BTC", where(60));
  assertEquals(errorName(client.subscribe("trades", "BTC", where(41))), "SUBSCRIPTIONS_EXCEEDED");
  assertEquals(shown(client.subscribe("trades", "BTC", where(40))), ["subscribed"]);
  assertEquals(shown(client.subscribe("fills", "BTC")), ["subscribed"]);
  client.say("unsubscribe", { subscription: (data as { subscription: string }).subscription });
  client.drain();
  assertEquals(shown(client.subscribe("trades", "BTC", where(60))), ["subscribed"]);
  hub.close();
});

Deno.test("subscribe: a wildcard takes what comes later, too", () => {
  const { hub } = hubWith();
  const client = new TestClient(hub);
  client.drain();
  assertEquals(only(client.subscribe("signals", "*"), "subscribed").data.topics, []);
  assertEquals(only(client.subscribe("signals", "pair"), "subscribed").data.topics, []);
  hub.publish("signals", "pair", { values: { z: 1 } }, 0n);
  hub.publish("signals", "other", { values: { z: 2 } }, 0n);
  hub.flush();
  assertEquals(shown(client.drain()), ["update signals pair 0-1", "update signals other 0-1"]);
  hub.close();
});

Deno.test("subscribe: several filters on one channel give what matches any, once", () => {
  const { hub } = hubWith();
  const client = new TestClient(hub);
  client.subscribe("trades", "BTC", { where: { side: ["buy"] } });
  client.subscribe("trades", "BTC", { where: { price: [7, 8], side: ["sell", "buy"] } });
  for (const [price, side] of [[1, "buy"], [2, "sell"], [7, "sell"], [8, "buy"]] as const) {
    hub.publish("trades", "BTC", trade(price, side), 0n);
  }
  hub.flush();
  assertEquals(ofChannels(client.drain()).map(({ seq, prev }) => [prev, seq]), [[0, 1], [0, 3], [0, 4]]);
  hub.close();
});

Deno.test("subscribe: a rate is kept, what comes between is merged", () => {
  const { hub, clock } = hubWith();
  const client = new TestClient(hub);
  client.subscribe("bbo", "BTC", { rateMax: 10 });
  const heard: number[] = [];
  for (let i = 1; i <= 1000; i++) {
    hub.publish("bbo", "BTC", bbo(i), 0n);
    clock.pass(1);
    for (const { seq } of ofChannels(client.drain())) heard.push(seq);
  }
  assert(heard.length >= 9 && heard.length <= 11, `${heard}`);
  hub.publish("bbo", "BTC", bbo(1001), 0n);
  clock.pass(100);
  assertEquals(ofChannels(client.drain()).map(({ seq, prev, data }) => [prev, seq, data.bid]), [[1000, 1001, 1001]]);
  hub.close();
});

Deno.test("subscribe: what would be older than is asked for when it is written is merged away", () => {
  const { hub, clock } = hubWith({ limits: { windowBytes: 400, windowBytesMax: 400 } });
  const patient = new TestClient(hub), hasty = new TestClient(hub);
  patient.subscribe("bbo", "BTC");
  hasty.subscribe("bbo", "BTC", { ageMsMax: 20 });
  // Neither reads for a while.
  for (let i = 1; i <= 100; i++) {
    hub.publish("bbo", "BTC", bbo(i), 0n);
    clock.pass(1);
  }
  const heard = (client: TestClient) => ofChannels(client.drain()).map(({ seq }) => seq);
  const [all, few] = [heard(patient), heard(hasty)];
  assert(all.length > 90, `${all}`);
  assert(few.length < 10, `${few}`);
  assertEquals([all.at(-1), few.at(-1)], [100, 100]);
  hub.close();
});

Deno.test("subscribe: of two wishes the wider counts, and who asks for deeper books gets the state anew", () => {
  const bids = [9, 8, 7, 6, 5, 4].map((price) => [price, 1]),
    state = { bids, asks: [] },
    { hub } = hubWith({ snapshot: () => state });
  hub.publish("book", "BTC", { bids: [[9, 1]], asks: [] }, 0n);
  const client = new TestClient(hub);
  client.drain();
  assertEquals(ofChannels(client.subscribe("book", "BTC", { depth: 1 }))[0].data.bids, [[9, 1]]);
  const deeper = client.subscribe("book", "BTC", { depth: 2 });
  // As many, or a few more: there are only so many depths.
  assertEquals(ofChannels(deeper)[0].data.bids, bids.slice(0, 5));
  client.say("unsubscribe", { subscription: only(deeper, "subscribed").data.subscription });
  const shallower = client.drain();
  assertEquals(shown(shallower), ["unsubscribed", "snapshot book BTC 0-1"]);
  assertEquals(ofChannels(shallower)[0].data.bids, [[9, 1]]);
  hub.close();
});

Deno.test("subscribe: 200 depths of a book come to few, each of which all share who get it", () => {
  const state = { bids: Array.from({ length: 300 }, (_, i) => [1000 - i, 1]), asks: [] }, snapshot = () => state;
  const { hub } = hubWith({ snapshot });
  for (let depth = 1; depth <= 200; depth++) {
    const client = new TestClient(hub);
    client.drain();
    const [{ data }] = ofChannels(client.subscribe("book", "BTC", { depth: depth * 10 }));
    const { length } = data.bids as unknown[];
    assert(length >= Math.min(depth * 10, 300), `${depth * 10}: ${length}`);
  }
  // Seven depths, and those who have subscribed to nothing yet.
  assertEquals(hub.sizes.cohorts, 8);
  hub.close();
});

Deno.test("subscribe: who follows something already goes on with it", () => {
  const { hub } = hubWith();
  const client = new TestClient(hub);
  client.subscribe("trades", "BTC");
  hub.publish("trades", "BTC", trade(1), 0n);
  const again = client.subscribe("trades", "*");
  assertEquals(shown(again), ["subscribed", "update trades BTC 0-1"]);
  const [, eth] = only(again, "subscribed").data.topics;
  assertEquals(eth, { symbol: "ETH", epoch: hub.epoch, seq: 0, recovered: false });
  hub.close();
});

Deno.test("requests: what makes no sense is refused by name, and harms nothing", () => {
  const { hub } = hubWith();
  const client = new TestClient(hub);
  client.drain();
  assertEquals(errorName(client.subscribe("trades", "DOGE")), "UNKNOWN_SYMBOL");
  assertEquals(errorName(client.subscribe("nothing", "BTC")), "UNKNOWN_CHANNEL");
  assertEquals(errorName(client.subscribe("trades", "BTC", { rateMax: 5 })), "MALFORMED");
  assertEquals(errorName(client.subscribe("bbo", "BTC", { where: { bid: [1] } })), "MALFORMED");
  assertEquals(errorName(client.subscribe("bbo", "BTC", { depth: 2 })), "MALFORMED");
  assertEquals(errorName(client.subscribe("trades", "*", { from: { epoch: "e", seq: 1 } })), "MALFORMED");
  client.say("unsubscribe", { subscription: "s99" });
  assertEquals(errorName(client.drain()), "MALFORMED");
  client.say("hello", { protocol: 1, client: "again" });
  assertEquals(errorName(client.drain()), "MALFORMED");
  client.link.onFrame("{");
  assertEquals(errorName(client.drain()), "MALFORMED");
  assertEquals(shown(client.subscribe("trades", "BTC")), ["subscribed"]);
  hub.close();
});

Deno.test("requests: scopes bound what is read: by instrument, and of wildcards what is left", () => {
  const { hub } = hubWith();
  const client = new TestClient(hub, { principal: { name: "cat", scopes: ["read:demo:BTC"] } });
  client.drain();
  assertEquals(errorName(client.subscribe("trades", "ETH")), "SCOPE_MISSING");
  assertEquals(errorName(client.subscribe("pnl", "")), "SCOPE_MISSING");
  client.say("presence", {});
  assertEquals(errorName(client.drain()), "SCOPE_MISSING");
  client.say("history", { channel: "trades", symbol: "ETH", from: 1, most: 5 });
  assertEquals(errorName(client.drain()), "SCOPE_MISSING");
  assertEquals(only(client.subscribe("trades", "*"), "subscribed").data.topics.map(({ symbol }) => symbol), ["BTC"]);
  hub.publish("trades", "ETH", trade(1), 0n);
  hub.publish("trades", "BTC", trade(1), 0n);
  hub.flush();
  assertEquals(shown(client.drain()), ["update trades BTC 0-1"]);
  hub.close();
});

Deno.test("requests: another token bounds what is read from then on", () => {
  const { hub } = hubWith();
  const client = new TestClient(hub);
  client.subscribe("trades", "*");
  client.connection.renew({ name: "ann", scopes: ["read:demo:ETH"] });
  hub.publish("trades", "BTC", trade(1), 0n);
  hub.publish("trades", "ETH", trade(1), 0n);
  hub.flush();
  assertEquals(shown(client.drain()), ["update trades ETH 0-1"]);
  hub.close();
});

Deno.test("requests: history is read in parts that fit, with the range there is", () => {
  const { hub } = hubWith({ limits: { historyBytesMax: 1500 } });
  for (let i = 1; i <= 30; i++) hub.publish("trades", "BTC", trade(i), BigInt(i));
  const client = new TestClient(hub);
  client.drain();
  client.say("history", { channel: "trades", symbol: "BTC", from: 5, most: 3 });
  const { data } = only(client.drain(), "history");
  assertEquals([data.epoch, data.first, data.last], [hub.epoch, 1, 30]);
  assertEquals(data.messages.map(({ seq, timestamp }) => [seq, timestamp]), [[5, 5n], [6, 6n], [7, 7n]]);
  client.say("history", { channel: "trades", symbol: "BTC", from: 1, most: 1000 });
  const { messages } = only(client.drain(), "history").data;
  assert(messages.length > 5 && messages.length < 15, `${messages.length}`);
  hub.close();
});

Deno.test("requests: a sparse history reaches back to the beginning, where the whole one has forgotten it", () => {
  const { hub } = hubWith();
  for (let i = 1; i <= 5000; i++) hub.publish("bbo", "BTC", bbo(i), BigInt(i));
  const client = new TestClient(hub);
  client.drain();
  const read = (sparse: boolean) => {
    client.say("history", { channel: "bbo", symbol: "BTC", from: 1, most: 100, sparse });
    return only(client.drain(), "history").data;
  };
  assertEquals(read(false).messages[0].seq, 4745);
  const { first, last, messages } = read(true);
  assertEquals([first, last, messages.length], [4745, 5000, 100]);
  assertEquals(messages.slice(0, 3).map(({ seq, data }) => [seq, data.bid]), [[1, 1], [9, 9], [17, 17]]);
  hub.close();
});

Deno.test("requests: who is here, who came and who left", () => {
  const { hub, clock } = hubWith();
  const ann = new TestClient(hub);
  ann.drain();
  const heard = ann.subscribe("presence", "");
  assertEquals(ofChannels(heard)[0].data, { joined: ["ann"], left: [], count: 1 });
  const bob = new TestClient(hub, { principal: { name: "bob", scopes: ["read"] } });
  ann.say("presence", {});
  assertEquals(only(ann.drain(), "present").data.clients, ["ann", "bob"]);
  bob.say("bye", {});
  clock.pass(1);
  assertEquals(ofChannels(ann.drain()).map(({ data }) => data), [
    { joined: ["bob"], left: [], count: 2 },
    { joined: [], left: ["bob"], count: 1 },
  ]);
  hub.close();
});
