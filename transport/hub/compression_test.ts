import { assert, assertEquals } from "@std/assert";
import { inflateSync, zstdDecompressSync } from "node:zlib";
import { codecOf, loadCodec } from "../protocol/codecs.ts";
import { compressionFor, Compressor } from "./compression.ts";
import { Counters } from "./counters.ts";
import { only, shown, TestClient } from "./_test_client.ts";
import { hubWith } from "./_test_hub.ts";

Deno.test("compression: the best that both have, and none for text", () => {
  const msgpack = codecOf("msgpack");
  assertEquals(compressionFor(msgpack, ["deflate", "zstd"]), "zstd");
  assertEquals(compressionFor(msgpack, ["deflate"]), "deflate");
  assertEquals(compressionFor(msgpack, []), null);
  assertEquals(compressionFor(msgpack, undefined), null);
  assertEquals(compressionFor(codecOf("json"), ["zstd"]), null);
});

Deno.test("compression: a snapshot is packed, small changes are not, and a first byte tells them apart", () => {
  const levels = Array.from({ length: 500 }, (_, i) => [1000 - i, 5 + i % 7]);
  for (const [name, first, unpack] of [["zstd", 0x28, zstdDecompressSync], ["deflate", 0x78, inflateSync]] as const) {
    const { hub } = hubWith({ snapshot: () => ({ bids: levels, asks: [] }) });
    const client = new TestClient(hub, { codec: codecOf("msgpack"), hello: { compression: [name] } });
    assertEquals(only(client.drain(), "hello").data.compression, name);
    client.say("subscribe", { channel: "book", symbol: "BTC" });
    client.take(1);
    const [snapshot] = client.link.frames.splice(0, 1);
    assertEquals(snapshot[0], first);
    assertEquals(shown(client.codec.decode(new Uint8Array(unpack(snapshot)), "server")), ["snapshot book BTC 0-0"]);
    hub.publish("book", "BTC", { bids: [[5, 5]], asks: [] }, 0n);
    hub.flush();
    assertEquals(shown(client.drain()), ["update book BTC 0-1"]);
    const { compressedFrom, compressedTo } = hub.counters;
    assert(compressedFrom > 1.5 * compressedTo, `${compressedFrom} to ${compressedTo}`);
    hub.close();
  }
});

Deno.test("compression: no frame of a binary codec begins as a packed one does", async () => {
  for (const codec of [codecOf("msgpack"), await loadCodec("protobuf")]) {
    const ping = codec.encode({ type: "pong", data: { sent: 1, received: 2 } });
    for (const count of [1, 15, 16, 70_000]) {
      const [first] = codec.frame(new Array(count).fill(ping));
      assert(first !== 0x28 && first !== 0x78, `${codec.name} ${count}: ${first}`);
    }
  }
});

Deno.test("Compressor: never makes more bytes of it", () => {
  const compressor = new Compressor(16, new Counters(), () => 0);
  const noise = crypto.getRandomValues(new Uint8Array(2000));
  assertEquals(compressor.pack(noise, "zstd", true), noise);
  assertEquals(compressor.pack(noise, null, true), noise);
});
