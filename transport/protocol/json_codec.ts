import { checked, type Sender } from "./check.ts";
import type { Codec } from "./codec.ts";
import { malformed } from "./limits.ts";
import { type ChannelMessage, isChannelMessage, type Message } from "./messages.ts";
import { scanJson } from "./scan_json.ts";

/**
 * Messages as JSON: a frame is an array of objects; 64-bit integers are decimal strings.
 *
 * Encoding a message costs one `JSON.stringify` of its data; a frame is made by copying bytes.
 *
 * @example
 * ```ts
 * import { jsonCodec } from "./json_codec.ts";
 * const ping = jsonCodec.encode({ type: "ping", data: { sent: 5 } });
 * const text = new TextDecoder().decode(jsonCodec.frame([ping, ping]));
 * if (text !== '[{"type":"ping","data":{"sent":5}},{"type":"ping","data":{"sent":5}}]') throw new Error(text);
 * ```
 */
export const jsonCodec: Codec = { name: "json", text: true, encode, frame, decode };

const encoder = new TextEncoder();
const COMMA = 44, OPEN = 91, CLOSE = 93;

function encode(message: Message): Uint8Array {
  return encoder.encode(jsonText(message));
}

/** The text of one message: `type, channel, symbol, data, timestamp`, then its place; or `type, id, data`. */
function jsonText(message: Message): string {
  if (isChannelMessage(message)) return channelText(message);
  const id = message.id === undefined ? "" : `"id":${quoted(message.id)},`;
  const body = WIDE.has(message.type) ? JSON.stringify(message.data, bigintAsText) : JSON.stringify(message.data);
  return `{"type":"${message.type}",${id}"data":${body}}`;
}

/** Messages and channels that have 64-bit integers in their data: a replacer costs thrice the time. */
const WIDE: ReadonlySet<string> = new Set(["command", "history", "turn", "clock", "reports"]);

function channelText(message: ChannelMessage): string {
  const { type, channel, symbol, data, timestamp, seq, prev, epoch } = message;
  const body = WIDE.has(channel) ? JSON.stringify(data, bigintAsText) : JSON.stringify(data);
  const run = epoch === undefined ? "" : `,"epoch":${quoted(epoch)}`;
  return `{"type":"${type}","channel":"${channel}","symbol":${
    quoted(symbol)
  },"data":${body},"timestamp":"${timestamp}",` +
    `"seq":${seq},"prev":${prev}${run}}`;
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** Names that need no escape are most names; the rest go the long way. */
function quoted(name: string): string {
  return PLAIN.test(name) ? `"${name}"` : JSON.stringify(name);
}
const PLAIN = /^[\w .:/*-]*$/;

function frame(messages: readonly Uint8Array[]): Uint8Array {
  let length = 2 + Math.max(0, messages.length - 1);
  for (const message of messages) length += message.length;
  const bytes = new Uint8Array(length);
  bytes[0] = OPEN;
  let at = 1;
  for (let i = 0; i < messages.length; i++) {
    if (i > 0) bytes[at++] = COMMA;
    bytes.set(messages[i], at);
    at += messages[i].length;
  }
  bytes[at] = CLOSE;
  return bytes;
}

function decode(input: Uint8Array | string, sender: Sender): Message[] {
  const text = typeof input === "string" ? input : utf8(input);
  scanJson(text, sender);
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw malformed("it is no JSON");
  }
  if (!Array.isArray(list)) throw malformed("it is no array of messages");
  return list.map((raw) => checked(raw, sender));
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    throw malformed("it is no UTF-8");
  }
}
