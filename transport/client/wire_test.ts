import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { memoryPair } from "../link/memory.ts";
import { codecOf } from "../protocol/codecs.ts";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { settle } from "./_settle.ts";
import { ScriptedServer, trade } from "./_scripted_server.ts";
import { ACK_BYTES, Wire } from "./wire.ts";

function wired(codec: "json" | "msgpack" = "json", random = () => 1) {
  const clock = new FakeTimers(0), [server, client] = memoryPair({ text: codec === "json" });
  const acks: number[] = [], messages: unknown[] = [], ends: string[] = [];
  let sent = 0;
  const traffic = { received: 0, receivedBytes: 0, sent: 0, sentBytes: 0 };
  server.onFrame = (frame) => {
    for (const message of codecOf(codec).decode(frame, "client")) {
      if (message.type === "ack" && "bytes" in message.data) acks.push(message.data.bytes as number);
    }
  };
  new Wire(client, { codec: codecOf(codec), clock, random, traffic }, {
    message: (message) => messages.push(message),
    closed: (code, reason) => ends.push(`${code} ${reason}`),
  });
  const send = (frame: Uint8Array) => {
    sent += frame.length;
    server.send(frame);
  };
  return { clock, server, send, acks, messages, ends, traffic, sent: () => sent };
}

Deno.test("Wire: acknowledges each 32 KiB at once, and what is left after 250 ms", async () => {
  const { clock, send, acks, sent } = wired();
  const codec = codecOf("json");
  const frame = codec.frame(Array.from({ length: 40 }, (_, i) => codec.encode(trade("Börse €", i + 1))));
  while (sent() < ACK_BYTES) send(frame);
  await settle();
  assertEquals(acks, [sent()]);
  send(frame);
  await clock.advance(249);
  assertEquals(acks.length, 1);
  await clock.advance(1);
  assertEquals(acks, [sent() - frame.length, sent()]);
  assertEquals(clock.waiting, 0);
});

Deno.test("Wire: when it acknowledges is drawn, between half of 250 ms and all", async () => {
  for (const [drawn, ms] of [[0, 125], [0.5, 187.5], [0.999, 249.875]]) {
    const { clock, send, acks, sent } = wired("json", () => drawn);
    send(new TextEncoder().encode("[]"));
    await settle();
    await clock.advance(ms - 0.1);
    assertEquals(acks, []);
    await clock.advance(0.1);
    assertEquals(acks, [sent()]);
  }
});

Deno.test("Wire: a frame that cannot be read ends it, with a code to reconnect on", async () => {
  const { server, send, ends, messages, clock } = wired();
  let closed = 0;
  server.onClose = (code) => closed = code;
  send(new TextEncoder().encode("[{]"));
  send(new TextEncoder().encode("[]"));
  await settle();
  assertEquals([ends.length, ends[0].slice(0, 4), messages, closed, clock.waiting], [1, "1000", [], 3000, 0]);
});

for (const codec of ["json", "msgpack"] as const) {
  Deno.test(`Wire: whatever frames come, in ${codec}, it reads them or ends, and never throws`, async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => new TextEncoder().encode(`[${text}]`)),
      fc.array(fc.anything({ withBigInt: false })).map((value) =>
        new TextEncoder().encode(JSON.stringify(value) ?? "")
      ),
    );
    await fc.assert(fc.asyncProperty(fc.array(bytes, { maxLength: 5 }), async (frames) => {
      const { send, ends } = wired(codec);
      for (const frame of frames) send(frame);
      for (let i = 0; i < 20; i++) await Promise.resolve();
      assertEquals(ends.length <= 1, true);
    }));
  });
}

Deno.test("Wire: messages that are well formed and make no sense never break a client", async () => {
  const server = new ScriptedServer();
  const client = await server.connected({ backoff: { attempts: Infinity } });
  client.book("*");
  client.listen("positions", "*", () => {});
  const trades = client.subscribe("trades", "*", { queue: 8 });
  (async () => {
    for await (const _ of trades) { /* takes all */ }
  })().catch(() => {});
  await settle();
  const name = fc.constantFrom("BTC", "ETH", "", "*", "__proto__"), count = fc.nat(20);
  const id = fc.option(fc.constantFrom("1", "2", "3", "ping", "hello", "zz"), { nil: undefined });
  const levels = fc.array(fc.tuple(fc.nat(9), fc.nat(3)), { maxLength: 4 });
  const book = fc.record({ bids: levels, asks: levels, checksum: count }, { requiredKeys: ["bids", "asks"] });
  const of = (channel: "book" | "trades" | "positions", data: fc.Arbitrary<Record<string, unknown>>) =>
    fc.record({
      type: fc.constantFrom("update", channel === "trades" ? "update" : "snapshot"),
      channel: fc.constant(channel),
      symbol: name,
      data,
      timestamp: fc.bigInt({ min: 0n, max: 9n }),
      seq: count,
      prev: count,
      epoch: fc.option(fc.constantFrom("e1", "e2"), { nil: undefined }),
    });
  const topic = fc.record({ symbol: name, epoch: fc.constantFrom("e1", "e2"), seq: count, recovered: fc.boolean() });
  const message = fc.oneof(
    of("book", book),
    of("positions", fc.record({ position: count })),
    of("trades", fc.record({ price: count, size: count, side: fc.constantFrom("buy", "sell", null) })),
    fc.record({ type: fc.constant("pong"), id, data: fc.record({ sent: count, received: count }) }),
    fc.record({
      type: fc.constant("subscribed"),
      id,
      data: fc.record({
        subscription: fc.constantFrom("sub1", "sub2", "x"),
        topics: fc.array(topic, { maxLength: 3 }),
      }),
    }),
    fc.record({ type: fc.constant("commanded"), id, data: fc.constant({ code: 0, reason: "", order: 0 }) }),
    fc.record({ type: fc.constant("unsubscribed"), id, data: fc.constant({ subscription: "sub1" }) }),
    fc.record({ type: fc.constant("drain"), data: fc.record({ reconnectMs: count, reason: name }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 30 }), async (messages) => {
      if (client.state === "connected") server.link.send(...messages as Parameters<typeof server.link.send>);
      await server.clock.advance(300);
    }),
    { numRuns: 200 },
  );
  server.link.link.terminate();
  await server.clock.advance(60_000);
  assertEquals(client.state, "connected");
  assertEquals(client.log.filter((line) => line.includes("threw")), []);
  await server.end();
  assertEquals(server.clock.waiting, 0);
});
