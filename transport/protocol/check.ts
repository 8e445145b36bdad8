import * as v from "valibot";
import { CHANNELS, isChannel } from "./channels.ts";
import { SNAPSHOTS, UPDATES } from "./data.ts";
import { ProtocolError } from "./errors.ts";
import { PROTOTYPE_KEYS } from "./limits.ts";
import {
  ANSWERS,
  CHANNEL_ENVELOPE,
  type ChannelMessage,
  ENVELOPE,
  isChannelMessage,
  type Message,
  REQUESTS,
} from "./messages.ts";

/** Who sent a message: the same type may stand for different things. */
export type Sender = "client" | "server";

type Fields = Record<string, unknown>;
type Schema = v.GenericSchema<unknown, unknown>;

/**
 * A message as its schema has it, from what a codec read: int64 as bigint, nothing that is not listed.
 *
 * Throws `ProtocolError`: MALFORMED with the path of what is wrong, UNKNOWN_TYPE, UNKNOWN_CHANNEL; it names the request's id
 * where it has one.
 *
 * @example
 * ```ts
 * import { checked } from "./check.ts";
 * const message = checked({ type: "ack", data: { bytes: 512 } }, "client");
 * if (message.type !== "ack" || message.data.bytes !== 512) throw new Error("unexpected");
 * ```
 */
export function checked(raw: unknown, sender: Sender): Message {
  if (!isFields(raw)) throw new ProtocolError("MALFORMED", `Cannot read a message: it is ${shown(raw)}, not an object`);
  const schema = schemaFor(raw, sender);
  if (isFields(raw.data)) tidyFreeForm(raw.type as string, raw.data, requestOf(raw));
  const result = v.safeParse(schema, raw, ABORT_EARLY);
  if (!result.success) throw refusal(raw, result.issues[0]);
  const message = result.output as Message;
  if (sender === "server" && message.type === "history") {
    const { data } = message as Extract<Message, { data: { messages: readonly unknown[] } }>;
    return { ...message, data: { ...data, messages: data.messages.map(checkedOfChannel) } } as Message;
  }
  return message;
}

const ABORT_EARLY = { abortEarly: true, abortPipeEarly: true };

/** Schemas of whole messages, by type, and for messages of channels by "type channel". */
const SCHEMAS = { client: new Map<string, Schema>(), server: new Map<string, Schema>() };
for (const [type, data] of Object.entries(REQUESTS)) {
  SCHEMAS.client.set(type, v.strictObject({ type: v.literal(type), ...ENVELOPE, data }));
}
for (const [type, data] of Object.entries(ANSWERS)) {
  SCHEMAS.server.set(type, v.strictObject({ type: v.literal(type), ...ENVELOPE, data }));
}
for (const [channel, data] of Object.entries(UPDATES)) {
  const own = (type: string, data: Schema) => v.strictObject({ type: v.literal(type), ...CHANNEL_ENVELOPE, data });
  SCHEMAS.server.set(`update ${channel}`, own("update", data));
  if (!CHANNELS[channel as keyof typeof CHANNELS].snapshot) continue;
  SCHEMAS.server.set(`snapshot ${channel}`, own("snapshot", (SNAPSHOTS as Record<string, Schema>)[channel] ?? data));
}

/** The schema of a message of this type and channel; undefined where there is none. */
export function messageSchema(sender: Sender, type: string, channel?: string): Schema | undefined {
  return SCHEMAS[sender].get(channel === undefined ? type : `${type} ${channel}`);
}

function schemaFor(raw: Fields, sender: Sender): Schema {
  const { type, channel } = raw;
  if (typeof type !== "string") {
    throw new ProtocolError(
      "MALFORMED",
      `Cannot read a message: type is ${shown(type)}, not a text`,
      0,
      requestOf(raw),
    );
  }
  const ofChannel = sender === "server" && (type === "update" || type === "snapshot");
  if (!ofChannel) {
    const schema = SCHEMAS[sender].get(type);
    if (schema !== undefined) return schema;
    throw new ProtocolError("UNKNOWN_TYPE", `Cannot read a message: type is ${shown(type)}`, 0, requestOf(raw));
  }
  if (typeof channel !== "string" || !isChannel(channel)) {
    throw new ProtocolError("UNKNOWN_CHANNEL", `Cannot read ${type}: channel is ${shown(channel)}`);
  }
  const schema = SCHEMAS.server.get(`${type} ${channel}`);
  if (schema !== undefined) return schema;
  throw new ProtocolError("MALFORMED", `Cannot read ${type}: channel is ${channel}, which has none`);
}

function checkedOfChannel(raw: unknown): ChannelMessage {
  const message = checked(raw, "server");
  if (isChannelMessage(message)) return message;
  throw new ProtocolError("MALFORMED", `Cannot read history: a message's type is ${message.type}, not of a channel`);
}

function refusal(raw: Fields, issue: v.BaseIssue<unknown>): ProtocolError {
  const path = pathOf(issue);
  const { input } = issue;
  if (typeof input === "string" && /(^|\.)channel$/.test(path) && issue.type === "picklist") {
    return new ProtocolError(
      "UNKNOWN_CHANNEL",
      `Cannot read ${raw.type}: ${path} is ${shown(input)}`,
      0,
      requestOf(raw),
    );
  }
  return new ProtocolError("MALFORMED", `Cannot read ${raw.type}: ${wrongField(issue)}`, 0, requestOf(raw));
}

/** Where it is, as "data.symbol". */
function pathOf({ path }: v.BaseIssue<unknown>): string {
  return path?.map(({ key }) => key).join(".") ?? "message";
}

/** What is wrong with a field, and what would be right, in words: "data.symbol is 3; it is a text". */
export function wrongField(issue: v.BaseIssue<unknown>): string {
  const { input, expected, message, type } = issue, place = `${pathOf(issue)} is `;
  if (expected === "never") return `${place}not a field`;
  // Of a field that is missing the library knows the name alone.
  if (input === undefined && expected?.startsWith('"')) return `${place}missing; it must be there`;
  // A message of our own ("a decimal") says it best.
  const right = message.startsWith("Invalid ") ? KINDS[expected!] ?? `${expected ?? type}`.slice(0, 200) : message;
  return `${place}${shown(input)}; it is ${right}`;
}

/** Kinds of value as the schemas' library names them, in words. */
const KINDS: Readonly<Record<string, string>> = { string: "a text", number: "a number", Array: "a list" };

/** The fields whose keys and values the client or the strategy chooses, by type of message. */
const FREE_FORM: Readonly<Record<string, string>> = {
  command: "command",
  subscribe: "where",
  update: "values",
  snapshot: "values",
};

/** Refuses prototype keys in what is free in form, and writes 64-bit integers there as texts, as JSON has them. */
function tidyFreeForm(type: string, data: Fields, request: string | undefined): void {
  const key = FREE_FORM[type];
  if (key !== undefined && Object.hasOwn(data, key)) data[key] = tidied(data[key], `data.${key}`, request);
}

function tidied(value: unknown, path: string, request: string | undefined): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new ProtocolError("MALFORMED", `Cannot read a message: ${path} is ${value}, not finite`, 0, request);
  }
  if (Array.isArray(value)) return value.map((element, i) => tidied(element, `${path}.${i}`, request));
  if (!isFields(value)) return value;
  for (const key of Object.keys(value)) {
    if (PROTOTYPE_KEYS.includes(key)) {
      throw new ProtocolError("MALFORMED", `Cannot read a message: ${path} has a key ${key}`, 0, request);
    }
    value[key] = tidied(value[key], `${path}.${key}`, request);
  }
  return value;
}

/** The id of a request, so that its error can name it. */
function requestOf(raw: Fields): string | undefined {
  return typeof raw.id === "string" && raw.id.length <= 100 ? raw.id : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as an error shows it: short, whatever was sent. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return value === undefined ? "missing" : String(value);
}
