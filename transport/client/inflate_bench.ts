/** What compressing a book's snapshot saves, and what it costs at both ends: bytes are in the names. */
import { deflateSync } from "node:zlib";
import { Rng } from "../../engine/core/rng.ts";
import { loadCodec } from "../protocol/codecs.ts";
import type { ChannelMessage } from "../protocol/messages.ts";
import { inflated } from "./inflate.ts";

/** Prices with gaps now and then, many small sizes and few large ones, as in books of traded instruments. */
function side(rng: Rng, levels: number, sign: 1 | -1): [number, number][] {
  let price = 600_000;
  return Array.from({ length: levels }, () => {
    price += sign * (rng.int(4) === 0 ? 1 + rng.int(20) : 1);
    return [price, Math.max(1, Math.floor(10 / (0.002 + rng.float())))];
  });
}

const rng = new Rng(1);
for (const levels of [50, 500, 5000]) {
  const snapshot: ChannelMessage = {
    ...{ type: "snapshot", channel: "book", symbol: "BTC-USDT", timestamp: 1_700_000_000_123_456_789n },
    ...{ seq: 123_456, prev: 0, epoch: "kJ3f9a" },
    data: { bids: side(rng, levels, -1), asks: side(rng, levels, 1), checksum: 3_735_928_559 },
  };
  for (const name of ["msgpack", "protobuf"] as const) {
    const codec = await loadCodec(name), frame = codec.frame([codec.encode(snapshot)]);
    const packed = new Uint8Array(deflateSync(frame, { level: 1 }));
    const group = `${levels} levels a side, ${name}, ${frame.length} B to ${packed.length} B`;
    Deno.bench({ name: "deflate by the hub", group, fn: () => void deflateSync(frame, { level: 1 }) });
    Deno.bench({ name: "inflate by the client", group, fn: () => void inflated(packed) });
    Deno.bench({ name: "decode by the client", group, fn: () => void codec.decode(frame, "server") });
  }
}
