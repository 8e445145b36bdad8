import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { deflateRawSync, deflateSync } from "node:zlib";
import { codecOf } from "../protocol/codecs.ts";
import type { Level } from "./book.ts";
import { inflated, INFLATED_BYTES_MAX, inflating } from "./inflate.ts";
import { HubWorld } from "./_hub_world.ts";
import { take } from "./_scripted_server.ts";

const packed = (bytes: Uint8Array, level = 1) => new Uint8Array(deflateSync(bytes, { level }));

Deno.test("inflated: gives back what was compressed, at once or in parts", () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.array(fc.constantFrom(1, 2, 3), { maxLength: 5000 }).map((bytes) => new Uint8Array(bytes)),
  );
  fc.assert(fc.property(content, fc.integer({ min: 0, max: 9 }), fc.nat(100_000), (bytes, level, room) => {
    assertEquals(inflated(packed(bytes, level)), bytes);
    assertEquals(inflated(packed(bytes, level), bytes.length + room), bytes);
  }));
});

Deno.test("inflated: a frame may have so many bytes and not one more", () => {
  const bytes = new Uint8Array(50_000).fill(7);
  assertEquals(inflated(packed(bytes), 50_000), bytes);
  assertThrows(() => inflated(packed(bytes), 49_999), RangeError, "more than 49999 B");
});

Deno.test("inflated: a bomb of 1 GiB is refused when 16 MiB of it are made", () => {
  const before = Deno.memoryUsage(), bomb = gibibyteBomb();
  assert(bomb.length < 1_100_000, "it is a frame that a link takes");
  assertThrows(() => inflated(bomb), RangeError, `more than ${INFLATED_BYTES_MAX} B`);
  const { external, heapUsed } = Deno.memoryUsage();
  const more = external + heapUsed - before.external - before.heapUsed;
  assert(more < 8 * INFLATED_BYTES_MAX, `${more} B more`);
});

Deno.test("inflated: what is not deflate, or is cut, is told", () => {
  for (const bytes of [[], [0x78], [0x78, 0x9c], [0x79, 0x9c, 1, 2, 3, 4, 5], [0x78, 0xbb, 0, 0, 0, 0, 0]]) {
    assertThrows(() => inflated(new Uint8Array(bytes)), TypeError, "Cannot inflate a frame");
  }
  const good = packed(crypto.getRandomValues(new Uint8Array(500)));
  for (const end of [3, 10, 100, 400]) assertThrows(() => inflated(good.slice(0, end)), TypeError, "Cannot inflate");
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(2000), (bytes, most) => {
    try {
      assert(inflated(new Uint8Array([0x78, 0x01, ...bytes]), most).length <= most);
    } catch (error) {
      assert(error instanceof RangeError || error instanceof TypeError, `${error}`);
    }
  }));
});

Deno.test("Client: a book comes compressed where that is asked for, in fewer bytes, and is the same", async () => {
  const bids: Level[] = Array.from({ length: 500 }, (_, i) => [10_000 - i, 1 + (i * 7919) % 50]);
  const received: number[] = [];
  for (const compression of [undefined, "deflate"] as const) {
    const world = new HubWorld(1, { snapshot: () => ({ bids, asks: [] }) });
    const client = world.client(world.memory, { codec: "msgpack", ...(compression ? { compression } : {}) });
    const hello = await client.ready();
    assertEquals(hello.compression, compression ?? null);
    const before = client.stats.receivedBytes;
    assertEquals((await take(client.book("BTC"), 1))[0].bids, bids);
    received.push(client.stats.receivedBytes - before);
    const { compressedFrom, compressedTo } = world.hub.counters;
    assertEquals(compressedFrom > compressedTo, compression !== undefined);
    await world.end();
  }
  assert(received[1] < 0.8 * received[0], `${received}`);
});

Deno.test("Client: a frame that is no deflate ends the link, and the next one goes on", async () => {
  const codec = inflating(codecOf("msgpack"));
  assertThrows(() => codec.decode(new Uint8Array([0x78, 1, 2]), "server"), TypeError, "Cannot inflate a frame");
  const world = new HubWorld(2);
  const client = world.client(world.memory, { codec: "msgpack", compression: "deflate" });
  await client.ready();
  world.serverLinks[0].send(new Uint8Array([0x78, 0x9c, 9, 9, 9, 9, 9, 9]));
  await world.clock.advance(3000);
  assertEquals([client.state, client.stats.reconnections, client.stats.errors.network], ["connected", 1, 1]);
  await world.end();
});

/** 1 GiB of zeros, compressed as far as can be: a block of 1 MiB again and again. */
function gibibyteBomb(): Uint8Array {
  // A block that ends with an empty stored one, as flushing makes it, can be repeated.
  const megabyte = deflateRawSync(new Uint8Array(1 << 20), { level: 9, finishFlush: 2 });
  const bomb = new Uint8Array(2 + megabyte.length * 1024 + 6);
  bomb.set([0x78, 0xda]);
  for (let i = 0; i < 1024; i++) bomb.set(megabyte, 2 + megabyte.length * i);
  return bomb;
}
