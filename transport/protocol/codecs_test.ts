import { assertEquals, assertThrows } from "@std/assert";
import { type Sample, SAMPLES } from "./_samples.ts";
import { CHANNELS } from "./channels.ts";
import { type Codec, CODEC_NAMES } from "./codec.ts";
import { codecOf, loadCodec } from "./codecs.ts";
import { ProtocolError } from "./errors.ts";
import { ANSWERS, type Message, REQUESTS } from "./messages.ts";

const codecs: readonly Codec[] = await Promise.all(CODEC_NAMES.map((name) => loadCodec(name)));

/** A sample as it comes back: without fields that are undefined. */
function expected({ message }: Sample): Message {
  return without(message) as Message;
}

function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(without);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => field === undefined ? [] : [[key, without(field)]]),
  );
}

for (const codec of codecs) {
  Deno.test(`${codec.name}: every message comes back as it went`, () => {
    for (const sample of SAMPLES) {
      const [message, ...more] = codec.decode(codec.frame([codec.encode(sample.message)]), sample.sender);
      assertEquals(message, expected(sample), sample.name);
      assertEquals(more, []);
    }
  });

  Deno.test(`${codec.name}: a frame keeps the order of its messages, however many`, () => {
    const ping = (sent: number): Message => ({ type: "ping", data: { sent } });
    for (const count of [0, 1, 15, 16, 200, 20_000]) {
      const encoded = Array.from({ length: count }, (_, i) => codec.encode(ping(i)));
      const messages = codec.decode(codec.frame(encoded), "client");
      assertEquals(messages.length, count);
      messages.forEach((message, i) => {
        if (message.type !== "ping" || !("sent" in message.data) || message.data.sent !== i) throw new Error(`at ${i}`);
      });
    }
  });

  Deno.test(`${codec.name}: a type or a channel of the other side is not known`, () => {
    const from = (message: unknown, sender: "client" | "server") =>
      nameOf(() => codec.decode(codec.frame([codec.encode(message as Message)]), sender));
    assertEquals(from({ type: "subscribed", data: { subscription: "1", topics: [] } }, "client"), "UNKNOWN_TYPE");
    assertEquals(from({ type: "ack", data: { bytes: 1 } }, "server"), "UNKNOWN_TYPE");
    assertEquals(from(SAMPLES[SAMPLES.length - 1].message, "client"), "UNKNOWN_TYPE");
  });

  Deno.test(`${codec.name}: what breaks its schema is malformed, and the error has its path and the request's id`, () => {
    const cases: [message: unknown, path: RegExp][] = [
      [
        { type: "history", id: "9", data: { channel: "fills", symbol: "", from: 1, most: 10_001 } },
        /data\.most is 10001/,
      ],
      [{ type: "subscribe", id: "9", data: { channel: "book", symbol: "x".repeat(201) } }, /data\.symbol/],
      [{ type: "subscribe", id: "9", data: { channel: "book", symbol: "*", rateMax: 0 } }, /data\.rateMax is 0/],
      [{ type: "ping", id: "9", data: { sent: Infinity } }, /data\.sent/],
      [{ type: "command", id: "9", data: { command: { size: 3 } } }, /data\.command\.kind is missing/],
      [
        { type: "hello", id: "9", data: { protocol: 1, client: "", positions: [place(""), place("x".repeat(201))] } },
        /positions\.1/,
      ],
    ];
    for (const [message, path] of cases) {
      const error = thrown(() => codec.decode(codec.frame([codec.encode(message as Message)]), "client"));
      assertEquals(error.data.name, "MALFORMED", error.message);
      assertEquals(error.data.category, "protocol");
      if (codec.name !== "protobuf") {
        assertEquals([path.test(error.message), error.request], [true, "9"], error.message);
      }
    }
  });
}

Deno.test("json, msgpack: a number of the wrong kind and a field that is none are malformed", () => {
  for (const codec of codecs.filter(({ name }) => name !== "protobuf")) {
    for (
      const data of [{ bytes: 0.5 }, { bytes: -1 }, { bytes: "1" }, { bytes: null }, {}, { bytes: 1, more: 2 }, [], 7]
    ) {
      const message = { type: "ack", data } as unknown as Message;
      assertEquals(nameOf(() => codec.decode(codec.frame([codec.encode(message)]), "client")), "MALFORMED");
    }
  }
});

Deno.test("codecOf: a name that is none is refused", () => {
  assertThrows(() => codecOf("xml" as "json"), RangeError, "it is one of protobuf, msgpack, json");
});

Deno.test("SAMPLES: there is one of each type, channel and snapshot", () => {
  const names = [
    ...Object.keys(REQUESTS).map((type) => `${type}_request`),
    ...Object.keys(ANSWERS).map((type) => `${type}_answer`),
    ...Object.entries(CHANNELS).flatMap(([channel, { snapshot }]) =>
      snapshot ? [`${channel}_update`, `${channel}_snapshot`] : [`${channel}_update`]
    ),
  ];
  assertEquals(SAMPLES.map(({ name }) => name).sort(), names.sort());
});

function place(symbol: string): unknown {
  return { channel: "fills", symbol, epoch: "", seq: 1 };
}

function thrown(run: () => unknown): ProtocolError {
  return assertThrows(run, ProtocolError) as ProtocolError;
}

function nameOf(run: () => unknown): string {
  return thrown(run).data.name;
}
