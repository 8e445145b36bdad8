import { assertEquals } from "@std/assert";
import protobuf from "protobufjs";
import { SAMPLES } from "./_samples.ts";
import { loadCodec } from "./codecs.ts";
import { protoText } from "./proto_text.ts";

const codec = await loadCodec("protobuf");
// A reader that nobody here wrote, made from the .proto text alone.
const Frame = protobuf.parse(protoText(), { keepCase: true }).root.lookupType("lockstep.v1.Frame");

Deno.test("protoText: another reader makes of each message what was put in", () => {
  for (const { name, message } of SAMPLES) {
    const frame = Frame.decode(codec.frame([codec.encode(message)]));
    const [envelope] = Frame.toObject(frame, { longs: String, enums: String }).messages as Record<string, unknown>[];
    const { id, symbol, timestamp, seq, prev, epoch, ...body } = envelope;
    assertEquals(Object.keys(body), [name]);
    const { data: _, type: __, ...rest } = message as unknown as Record<string, unknown>;
    const envelopeSent = { id, symbol, timestamp: text(timestamp), seq: text(seq), prev: text(prev), epoch };
    assertEquals(envelopeSent, {
      id: rest.id,
      symbol: rest.symbol === "" ? undefined : rest.symbol,
      timestamp: text(rest.timestamp),
      seq: text(rest.seq),
      prev: rest.prev === 0 ? undefined : text(rest.prev),
      epoch: rest.epoch,
    }, name);
  }
});

Deno.test("protoText: another writer's bytes are read as the message they were made from", () => {
  for (const { name, sender, message } of SAMPLES) {
    const bytes = codec.frame([codec.encode(message)]);
    const again = Frame.encode(Frame.fromObject(Frame.toObject(Frame.decode(bytes), { longs: String }))).finish();
    assertEquals(codec.decode(Uint8Array.from(again), sender), codec.decode(bytes, sender), name);
  }
});

Deno.test("protoText: fields and enums mean to another reader what they mean here", () => {
  const data = (name: string) => {
    const sample = SAMPLES.find((sample) => sample.name === name);
    if (sample === undefined) throw new Error(name);
    const frame = Frame.decode(codec.frame([codec.encode(sample.message)]));
    const [envelope] = Frame.toObject(frame, { longs: String, enums: String }).messages;
    return envelope[name];
  };
  assertEquals(data("book_update"), {
    bids: ["-1", "5", "-2", "0"],
    asks: ["4294967297", "9007199254740991"],
    checksum: "3915777615",
  });
  assertEquals(data("fills_update"), {
    order: "17",
    side: "SIDE_BUY",
    price: "99",
    size: "1",
    maker: true,
    fee: "-0.00012500",
    currency: "USDT",
  });
  assertEquals(data("positions_update"), { position: "-3", average: 99.5, unrealisedNull: true, currency: "USDT" });
  assertEquals(data("clock_update"), {
    time: "9007199254740993",
    state: "STATE_RUNNING",
    pace: "PACE_REAL",
    speed: 10,
  });
});

function text(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}
