import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CHANNELS } from "../protocol/channels.ts";
import { codecOf } from "../protocol/codecs.ts";
import { REQUESTS } from "../protocol/messages.ts";
import { shown, TestClient } from "./_test_client.ts";
import { hubWith } from "./_test_hub.ts";

const words = [...Object.keys(CHANNELS), "BTC", "*", "", "s1", "s2", "id1", "__proto__", "side"];
const value = fc.oneof(
  fc.constantFrom<unknown>(...words),
  fc.integer(),
  fc.double(),
  fc.constantFrom<unknown>(null, true, {}, [], { epoch: "id1", seq: 3 }, { side: ["buy"] }, { kind: "submit" }),
  fc.string(),
);
const FIELDS =
  "channel symbol from rateMax ageMsMax depth where subscription command key most token bytes sent step epoch seq"
    .split(" ");
const request = fc.record({
  type: fc.constantFrom(...Object.keys(REQUESTS).filter((type) => type !== "bye")),
  id: fc.constantFrom("1", "2"),
  data: fc.dictionary(fc.constantFrom(...FIELDS), value, { maxKeys: 6 }),
});
/** Most have what they must have, so that they get past the first check. */
const likely = fc.record({
  type: fc.constantFrom("subscribe", "unsubscribe", "history", "ack", "presence"),
  id: fc.constantFrom("1", "2"),
  channel: fc.constantFrom(...Object.keys(CHANNELS)),
  symbol: fc.constantFrom("BTC", "ETH", "*", "", "x"),
  number: fc.nat(50),
  wish: fc.constantFrom({}, { depth: 3 }, { rateMax: 50 }, { ageMsMax: 5 }, { where: { side: ["buy"] } }),
  from: fc.boolean(),
}).map(({ type, id, channel, symbol, number, wish, from }) => {
  const data = {
    subscribe: { channel, symbol, ...wish, ...(from ? { from: { epoch: "id1", seq: number } } : {}) },
    unsubscribe: { subscription: `s${number}` },
    history: { channel, symbol, from: number, most: number },
    ack: { bytes: number * 100 },
    presence: {},
  }[type];
  return { type, ...(type === "ack" ? {} : { id }), data };
});
const json = codecOf("json");

Deno.test("Intake: whatever a client sends is answered or refused by a code, and harms nobody else", () => {
  const names = new Set<string>();
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ arbitrary: likely, weight: 4 }, request, fc.string()), { maxLength: 60 }),
      (frames) => {
        const { hub, clock } = hubWith({ snapshot: () => undefined });
        const bad = new TestClient(hub), good = new TestClient(hub, { principal: { name: "bob", scopes: ["read"] } });
        good.subscribe("trades", "BTC");
        frames.forEach((frame, i) => {
          bad.link.onFrame(typeof frame === "string" ? frame : JSON.stringify([frame]));
          hub.publish("trades", "BTC", { price: i, size: 1, side: "buy" }, 0n);
          hub.publish("book", "BTC", { bids: [[i % 5, i % 3]], asks: [] }, 0n);
          clock.pass(5);
        });
        for (const { type, data } of bad.take()) if (type === "error") names.add((data as { name: string }).name);
        assertEquals(shown(good.drain()).filter((text) => text.startsWith("update trades")).length, frames.length);
        hub.close();
        assertEquals(clock.waiting, 0);
      },
    ),
    { numRuns: 200 },
  );
  assert(names.has("MALFORMED") && names.has("UNKNOWN_SYMBOL"), [...names].join());
  assert(!names.has("FAILED"), "a request must never make the hub fail");
});

Deno.test("Intake: bytes of any kind harm their sender alone", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (frames) => {
      const { hub } = hubWith();
      const client = new TestClient(hub, { codec: codecOf("msgpack") });
      for (const frame of frames) client.link.onFrame(frame);
      for (const { type } of client.take()) assert(type === "hello" || type === "error" || type === "pong", type);
      hub.close();
    }),
    { numRuns: 200 },
  );
});

Deno.test("Intake: requests of one frame are answered in order", () => {
  const { hub } = hubWith();
  const client = new TestClient(hub);
  client.drain();
  const frame = json.frame([
    json.encode({ type: "subscribe", id: "1", data: { channel: "trades", symbol: "BTC" } }),
    json.encode({ type: "ping", id: "2", data: { sent: 1 } }),
    json.encode({ type: "unsubscribe", id: "3", data: { subscription: "s1" } }),
  ]);
  client.link.onFrame(new TextDecoder().decode(frame));
  assertEquals(shown(client.drain()), ["subscribed", "pong", "unsubscribed"]);
  hub.close();
});
