/** Every decoder against every input: messages or a `ProtocolError`, never another error; and what it takes comes back the same. */
import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { SAMPLES } from "./_samples.ts";
import { type Codec, CODEC_NAMES } from "./codec.ts";
import { loadCodec } from "./codecs.ts";
import { ProtocolError } from "./errors.ts";
import type { Message } from "./messages.ts";

const codecs: readonly Codec[] = await Promise.all(CODEC_NAMES.map((name) => loadCodec(name)));
const SENDERS = ["client", "server"] as const;

/** The messages of a frame, or the name of what is wrong with it. Whatever else is thrown fails the test. */
function read(codec: Codec, frame: Uint8Array | string, sender: "client" | "server"): Message[] | string {
  try {
    return codec.decode(frame, sender);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (error.message.length > 700) throw new Error(`an error of ${error.message.length} characters: ${error.message}`);
    return error.data.name;
  }
}

/** What was taken means the same when it is sent on. */
function again(codec: Codec, messages: Message[] | string, sender: "client" | "server"): void {
  if (typeof messages === "string") return;
  const sent = codec.frame(messages.map((message) => codec.encode(message)));
  assertEquals(codec.decode(sent, sender), messages);
}

for (const codec of codecs) {
  const goldens = SAMPLES.map(({ message, sender }) => ({ sender, bytes: codec.frame([codec.encode(message)]) }));

  Deno.test(`${codec.name}: random bytes and text are messages or a ProtocolError`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...SENDERS), (bytes, sender) => {
        again(codec, read(codec, bytes, sender), sender);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), fc.constantFrom(...SENDERS), (text, sender) => {
        again(codec, read(codec, text, sender), sender);
      }),
      { numRuns: 500 },
    );
  });

  Deno.test(`${codec.name}: mutated goldens are messages or a ProtocolError`, () => {
    const edit = fc.record({ at: fc.nat(), cut: fc.nat(4), put: fc.uint8Array({ maxLength: 4 }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...goldens),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        ({ sender, bytes }, edits) => {
          for (const { at, cut, put } of edits) {
            const from = at % (bytes.length + 1);
            bytes = Uint8Array.from([...bytes.subarray(0, from), ...put, ...bytes.subarray(from + cut)]);
          }
          again(codec, read(codec, bytes, sender), sender);
        },
      ),
      { numRuns: 4000 },
    );
  });

  Deno.test(`${codec.name}: every prefix of a golden is malformed, or no message`, () => {
    for (const { sender, bytes } of goldens) {
      for (let length = 1; length < bytes.length; length++) {
        const result = read(codec, bytes.subarray(0, length), sender);
        if (typeof result !== "string") throw new Error(`${length} of ${bytes.length} bytes were taken`);
      }
    }
  });

  Deno.test(`${codec.name}: goldens with parts of one another are messages or a ProtocolError`, () => {
    const sample = fc.constantFrom(...SAMPLES);
    fc.assert(
      fc.property(sample, sample, fc.nat(), fc.nat(), ({ message, sender }, other, at, take) => {
        const clone = structuredClone(message) as unknown as Record<string, unknown>;
        const places = placesOf(clone),
          values = placesOf(structuredClone(other.message) as unknown as Record<string, unknown>);
        const [owner, key] = places[at % places.length], [from, name] = values[take % values.length];
        owner[key] = from[name];
        let frame: Uint8Array;
        try {
          frame = codec.frame([codec.encode(clone as unknown as Message)]);
        } catch {
          return; // what cannot be written is no input
        }
        again(codec, read(codec, frame, sender), sender);
      }),
      { numRuns: 4000 },
    );
  });
}

Deno.test("json, msgpack: random structures are a ProtocolError or messages", () => {
  const value = fc.object({
    key: fc.oneof(
      fc.constantFrom(
        "type",
        "id",
        "data",
        "channel",
        "symbol",
        "__proto__",
        "constructor",
        "prototype",
        "seq",
        "kind",
      ),
      fc.string(),
    ),
    maxDepth: 6,
    values: [
      fc.constantFrom<unknown>("update", "hello", "book", "subscribe", "command", "*", 1, null, true, -0, 2 ** 60),
      fc.string(),
    ],
  });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 3 }), fc.constantFrom(...SENDERS), (list, sender) => {
      for (const codec of codecs.filter(({ name }) => name !== "protobuf")) {
        let frame: Uint8Array;
        try {
          frame = codec.name === "json"
            ? new TextEncoder().encode(JSON.stringify(list))
            : codec.frame(list.map((one) => codec.encode(one as unknown as Message)));
        } catch {
          continue;
        }
        again(codec, read(codec, frame, sender), sender);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("codecs: nesting, keys and elements beyond the limits are refused before they are parsed", () => {
  const json = codecs.find(({ name }) => name === "json") as Codec,
    msgpack = codecs.find(({ name }) => name === "msgpack") as Codec;
  const deep = (open: string, close: string) =>
    `[{"type":"command","data":{"command":${open.repeat(20)}1${close.repeat(20)}}}]`;
  assertEquals(read(json, deep("[", "]"), "client"), "TOO_DEEP");
  assertEquals(read(json, deep('{"a":', "}"), "client"), "TOO_DEEP");
  assertEquals(read(json, "[".repeat(1_000_000), "client"), "TOO_DEEP");
  assertEquals(read(json, `[${"[],".repeat(200_000)}1]`, "client"), "TOO_DEEP");
  assertEquals(read(json, `[{${'"a":1,'.repeat(70_000)}"b":1}]`, "client"), "TOO_DEEP");
  assertEquals(read(msgpack, new Uint8Array(1_000_000).fill(0x91), "client"), "TOO_DEEP");
  // Four bytes that say there are 2^32 − 1 elements, or keys, or letters to come.
  assertEquals(read(msgpack, Uint8Array.of(0xdd, 255, 255, 255, 255), "client"), "TOO_DEEP");
  assertEquals(read(msgpack, Uint8Array.of(0xdf, 255, 255, 255, 255), "client"), "TOO_DEEP");
  assertEquals(read(msgpack, Uint8Array.of(0xdb, 255, 255, 255, 255), "client"), "MALFORMED");
});

Deno.test("protobuf: nesting, elements and lengths beyond the limits are refused while they are read", () => {
  const protobuf = codecs.find(({ name }) => name === "protobuf") as Codec;
  let command: unknown = 1;
  for (let i = 0; i < 20; i++) command = [command];
  const deep = { type: "command", data: { command: { kind: "x", command } } } as Message;
  assertEquals(read(protobuf, protobuf.frame([protobuf.encode(deep)]), "client"), "TOO_DEEP");
  // An acknowledgement that acknowledges nothing, in four bytes; empty positions, in two each.
  const ack = Uint8Array.of(0xba, 0x01, 0x00);
  assertEquals(read(protobuf, protobuf.frame(Array(100_000).fill(ack)), "client"), "TOO_DEEP");
  const hello = new Uint8Array(400_005);
  hello.set([0x82, 0x01, 0x80, 0xb5, 0x18]);
  for (let at = 5; at < hello.length; at += 2) hello[at] = 0x32;
  assertEquals(read(protobuf, protobuf.frame([hello]), "client"), "TOO_DEEP");
  assertEquals(read(protobuf, Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x07), "client"), "MALFORMED");
});

Deno.test("json, msgpack: keys that reach a prototype are refused, however they are written", () => {
  for (const key of ["__proto__", "constructor", "prototype"]) {
    for (const written of [key, key.replace(/[op]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)]) {
      for (
        const data of [
          `{"type":"command","data":{"command":{"kind":"x","${written}":{"a":1}}}}`,
          `{"type":"command","data":{"command":{"kind":"x","a":[{"${written}":1}]}}}`,
          `{"type":"subscribe","data":{"channel":"fills","symbol":"","where":{"${written}":[1]}}}`,
          `{"type":"ack","data":{"bytes":1,"${written}":{}}}`,
          `{"type":"ack","data":{"bytes":1},"${written}":{}}`,
        ]
      ) {
        for (const codec of codecs.filter(({ name }) => name !== "protobuf")) {
          const frame = codec.name === "json" ? `[${data}]` : codec.frame([codec.encode(JSON.parse(data))]);
          assertEquals(read(codec, frame, "client"), "MALFORMED", data);
        }
      }
    }
  }
  assertEquals(({} as Record<string, unknown>).a, undefined);
});

/** Every place of an object: who owns it, and its key. */
function placesOf(value: unknown): [owner: Record<string, unknown>, key: string][] {
  if (typeof value !== "object" || value === null) return [];
  const owner = value as Record<string, unknown>;
  return Object.keys(owner).flatMap((
    key,
  ) => [[owner, key] as [Record<string, unknown>, string], ...placesOf(owner[key])]);
}
