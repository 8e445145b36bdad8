import { Decoder, Encoder } from "@msgpack/msgpack";
import { checked, type Sender } from "./check.ts";
import type { Codec } from "./codec.ts";
import { malformed } from "./limits.ts";
import type { Message } from "./messages.ts";
import { scanMsgpack } from "./scan_msgpack.ts";

/**
 * Messages as MessagePack: a frame is an array of maps; 64-bit integers are int64.
 *
 * @example
 * ```ts
 * import { msgpackCodec } from "./msgpack_codec.ts";
 * const ack = msgpackCodec.encode({ type: "ack", data: { bytes: 5 } });
 * const [message] = msgpackCodec.decode(msgpackCodec.frame([ack]), "client");
 * if (message.type !== "ack") throw new Error("unexpected");
 * ```
 */
export const msgpackCodec: Codec = { name: "msgpack", text: false, encode, frame, decode };

// The library counts depth from the message; encoding and decoding are not re-entered, so one of each serves all.
const encoder = new Encoder({ useBigInt64: true, ignoreUndefined: true, maxDepth: 32 });
const decoder = new Decoder({ useBigInt64: true });

function encode(message: Message): Uint8Array {
  return encoder.encode(message);
}

function frame(messages: readonly Uint8Array[]): Uint8Array {
  const count = messages.length;
  let length = count < 16 ? 1 : count < 65_536 ? 3 : 5;
  const header = length;
  for (const message of messages) length += message.length;
  const bytes = new Uint8Array(length);
  if (header === 1) bytes[0] = 0x90 | count;
  else if (header === 3) bytes.set([0xdc, count >> 8, count & 0xff]);
  else bytes.set([0xdd, count >>> 24, (count >> 16) & 0xff, (count >> 8) & 0xff, count & 0xff]);
  let at = header;
  for (const message of messages) {
    bytes.set(message, at);
    at += message.length;
  }
  return bytes;
}

function decode(input: Uint8Array | string, sender: Sender): Message[] {
  if (typeof input === "string") throw malformed("it is text where MessagePack was agreed");
  const small = scanMsgpack(input, sender);
  let list: unknown;
  try {
    list = decoder.decode(input);
  } catch {
    throw malformed("it is no MessagePack");
  }
  if (!Array.isArray(list)) throw malformed("it is no array of messages");
  return list.map((raw) => checked(small ? narrowed(raw) : raw, sender));
}

/** Puts numbers where a 64-bit integer fits into one: other writers choose the wide format as they like. */
function narrowed(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = narrowed(value[i]);
  } else if (typeof value === "object" && value !== null) {
    const fields = value as Record<string, unknown>;
    for (const key of Object.keys(fields)) fields[key] = narrowed(fields[key]);
  }
  return value;
}
