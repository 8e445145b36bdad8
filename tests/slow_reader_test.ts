import { assert, assertEquals } from "@std/assert";
import { Hub } from "../transport/hub/hub.ts";
import { codecOf } from "../transport/protocol/codecs.ts";
import type { ClientMessage } from "../transport/protocol/messages.ts";
import { Ear } from "../transport/link/_conformance.ts";
import { eventually } from "../transport/link/_eventually.ts";
import { FakeTimers } from "../engine/live/_fake_timers.ts";
import type { Link } from "../transport/link/link.ts";
import { rawWebSocket, served } from "../transport/link/_served.ts";
import { simulatedPair } from "../transport/link/simulated.ts";
import { acceptWebSockets } from "../transport/link/websocket_server.ts";

const json = codecOf("json");
const MIB = 1_048_576;

/** A hub on a clock of the test, and what publishes some 200 kB of trades a second of it. */
function marketOn(timers: FakeTimers) {
  const btc = { symbol: "BTC", venue: "sim", kind: "linear", tick: "1", lot: "1", multiplier: "1", currency: "USD" };
  const hub = new Hub({ session: "s", mode: "paper", live: false, instruments: [btc], commands: [], clock: timers });
  let count = 0;
  const second = async () => {
    for (let tenth = 0; tenth < 10; tenth++) {
      for (let i = 0; i < 200; i++) {
        hub.publish("trades", "BTC", { price: ++count, size: 1, side: "buy" }, BigInt(count));
      }
      await timers.advance(100);
    }
  };
  return { hub, second };
}

function join(hub: Hub, link: Link): void {
  hub.connect(link, json, { name: "ann", scopes: ["read"] }, { type: "hello", data: { protocol: 1, client: "slow" } });
}

function encoded(message: ClientMessage): Uint8Array {
  return json.frame([json.encode(message)]);
}

const SUBSCRIBE = encoded({ type: "subscribe", id: "1", data: { channel: "trades", symbol: "BTC" } });

Deno.test("Hub over a WebSocket: a reader that never reads holds less than 1 MiB, and is cut within seconds", async () => {
  const timers = new FakeTimers();
  const { hub, second } = marketOn(timers);
  const server = await served();
  acceptWebSockets(server.http, { path: "/ws", onLink: server.onLink });
  const reader = await rawWebSocket(server.http.port);
  const { link } = await server.next();
  join(hub, link);
  // A masked text frame, its mask zeros.
  await reader.write(new Uint8Array([0x81, 0x80 | SUBSCRIBE.length, 0, 0, 0, 0, ...SUBSCRIBE]));
  await eventually(() => hub.sizes.topics > 0);
  let held = 0;
  let seconds = 0;
  for (; server.http.connections > 0 && seconds < 20; seconds++) {
    await second();
    for (const connection of hub.connections) held = Math.max(held, connection.heldBytes, link.buffered);
    // The socket is closed in a turn of the real loop.
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert(seconds <= 8, `it was cut only after ${seconds} s`);
  assert(held < MIB, `${held} B were held`);
  reader.close();
  hub.close();
  await server.close();
});

Deno.test("Hub over a simulated link: a reader at 10 kB/s holds less than 1 MiB, and is cut", async () => {
  const timers = new FakeTimers();
  const { hub, second } = marketOn(timers);
  const [server, client] = simulatedPair({ seed: 3, delayMs: 20, bytesPerSecond: 10_000, text: true }, timers);
  join(hub, server);
  const ear = new Ear(client);
  let bytes = 0;
  const { onFrame } = client;
  client.onFrame = (frame) => {
    bytes += frame.length;
    onFrame(frame);
    client.send(encoded({ type: "ack", data: { bytes } }));
  };
  client.send(SUBSCRIBE);
  let held = 0;
  let seconds = 0;
  for (; ear.endings.length === 0 && seconds < 60; seconds++) {
    await second();
    for (const connection of hub.connections) held = Math.max(held, connection.heldBytes, server.buffered);
  }
  assertEquals(ear.endings.length, 1, `it was still there after ${seconds} s, with ${held} B held`);
  assert(held > 10_000 && held < MIB, `${held} B were held`);
  hub.close();
  client.terminate();
  await timers.advance(10_000);
  assertEquals(timers.waiting, 0);
});
