import type { Sender } from "./check.ts";
import { checked } from "./check.ts";
import type { Codec } from "./codec.ts";
import { ProtocolError } from "./errors.ts";
import { malformed } from "./limits.ts";
import { isChannelMessage, type Message } from "./messages.ts";
import { type Fields, ProtobufReader } from "./protobuf_read.ts";
import {
  BYTES,
  EIGHT,
  newWriter,
  VARINT,
  writeInt64,
  type Writer,
  writeShape,
  writeUnsigned,
} from "./protobuf_write.ts";
import { BODIES, type Body } from "./wire_table.ts";

/**
 * Messages as Protobuf, see lockstep.proto: a frame is a message `Frame`, a message an `Envelope`.
 *
 * @example
 * ```ts
 * import { protobufCodec } from "./protobuf_codec.ts";
 * const bye = protobufCodec.encode({ type: "bye", data: {} });
 * const [message] = protobufCodec.decode(protobufCodec.frame([bye]), "client");
 * if (message.type !== "bye") throw new Error("unexpected");
 * ```
 */
export const protobufCodec: Codec = { name: "protobuf", text: false, encode, frame, decode };

/** Fields of an envelope beside its body, by number. */
const ID = 1, SYMBOL = 2, TIMESTAMP = 3, SEQ = 4, PREV = 5, EPOCH = 6;

/** Requests and answers share names, so each side has its own; update and snapshot are followed by the channel. */
const byName = { client: new Map<string, Body>(), server: new Map<string, Body>() };
const updates = new Map<string, Body>(), snapshots = new Map<string, Body>();
const byNumber: (Body | undefined)[] = [];
for (const body of BODIES) {
  byNumber[body.number] = body;
  if (body.channel === undefined) byName[body.sender].set(body.type, body);
  else (body.type === "update" ? updates : snapshots).set(body.channel, body);
}

const writer = newWriter();
/** What the writer keeps of the largest message so far, at most. */
const KEPT_BYTES_MAX = 1 << 20;

function encode(message: Message): Uint8Array {
  writer.pos = 0;
  writer.states = null;
  writeEnvelope(writer, message);
  const bytes = writer.buf.slice(0, writer.pos);
  if (writer.buf.length > KEPT_BYTES_MAX) writer.buf = new Uint8Array(128);
  return bytes;
}

function writeEnvelope(writer: Writer, message: unknown): void {
  const one = message as Message;
  const body = bodyOf(one);
  if (isChannelMessage(one)) {
    if (one.symbol !== "") writer.uint32(SYMBOL << 3 | BYTES).string(one.symbol);
    if (one.timestamp !== 0n) writeInt64(writer.uint32(TIMESTAMP << 3 | EIGHT), one.timestamp);
    if (one.seq !== 0) writeUnsigned(writer.uint32(SEQ << 3 | VARINT), one.seq);
    if (one.prev !== 0) writeUnsigned(writer.uint32(PREV << 3 | VARINT), one.prev);
    if (one.epoch !== undefined) writer.uint32(EPOCH << 3 | BYTES).string(one.epoch);
  } else if (one.id !== undefined) {
    writer.uint32(ID << 3 | BYTES).string(one.id);
  }
  writeShape(writer.uint32(body.number << 3 | BYTES).fork(), body.shape, one.data, writeEnvelope);
  writer.ldelim();
}

/** Requests and answers of one name are told apart by their fields, as their types are. */
function bodyOf(message: Message): Body {
  const { type, data } = message;
  const body = isChannelMessage(message)
    ? (type === "update" ? updates : snapshots).get(message.channel)
    : sideOf(type, data) === "client"
    ? byName.client.get(type)
    : byName.server.get(type);
  if (body === undefined) throw new TypeError(`Cannot encode a message: type is ${type}; there is none of that name`);
  return body;
}

/** A field that each side's message of the same name has and the other's has not. */
const SERVERS: Readonly<Record<string, string>> = { hello: "session resumed", history: "messages", token: "expires" };

function sideOf(type: string, data: object): Sender {
  if (!byName.client.has(type)) return "server";
  if (!byName.server.has(type)) return "client";
  return (SERVERS[type] ?? "").split(" ").every((key) => key in data) ? "server" : "client";
}

function frame(messages: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const { length: size } of messages) length += 1 + varintBytes(size) + size;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const message of messages) {
    bytes[at++] = 1 << 3 | BYTES;
    let rest = message.length;
    for (; rest > 127; rest >>>= 7) bytes[at++] = rest & 127 | 128;
    bytes[at++] = rest;
    bytes.set(message, at);
    at += message.length;
  }
  return bytes;
}

function varintBytes(value: number): number {
  return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;
}

function decode(input: Uint8Array | string, sender: Sender): Message[] {
  if (typeof input === "string") throw malformed("it is text where Protobuf was agreed");
  const messages: Message[] = [];
  let raws: unknown[];
  try {
    raws = readFrame(new ProtobufReader(input, sender), sender);
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw malformed("it is no Protobuf"); // what the library throws for bytes that are none
  }
  for (const raw of raws) messages.push(checked(raw, sender));
  return messages;
}

function readFrame(reader: ProtobufReader, sender: Sender): unknown[] {
  const raws: unknown[] = [];
  while (reader.more(reader.length)) {
    if (reader.tag() !== (1 << 3 | BYTES)) throw malformed("Frame has a field it should not have");
    raws.push(readEnvelope(reader, sender));
  }
  return raws;
}

function readEnvelope(reader: ProtobufReader, sender: Sender): Fields {
  const end = reader.enter();
  const raw: Fields = {};
  let body: Body | undefined;
  while (reader.more(end)) {
    const tag = reader.tag();
    if (tag === (ID << 3 | BYTES)) raw.id = reader.text();
    else if (tag === (SYMBOL << 3 | BYTES)) raw.symbol = reader.text();
    else if (tag === (TIMESTAMP << 3 | EIGHT)) raw.timestamp = reader.int64();
    else if (tag === (SEQ << 3 | VARINT)) raw.seq = reader.unsigned();
    else if (tag === (PREV << 3 | VARINT)) raw.prev = reader.unsigned();
    else if (tag === (EPOCH << 3 | BYTES)) raw.epoch = reader.text();
    else {
      body = byNumber[tag >>> 3];
      if (body === undefined || body.sender !== sender || (tag & 7) !== BYTES) {
        throw new ProtocolError("UNKNOWN_TYPE", `Cannot read a message: its body has number ${tag >>> 3}`);
      }
      raw.data = reader.shape(body.shape, reader.enter(), () => readEnvelope(reader, sender));
      reader.leave();
    }
  }
  reader.leave();
  if (body === undefined) throw new ProtocolError("UNKNOWN_TYPE", "Cannot read a message: it has no body");
  raw.type = body.type;
  if (body.channel === undefined) return raw;
  return { symbol: "", timestamp: 0n, seq: 0, prev: 0, ...raw, channel: body.channel };
}
