import { CHANNEL_ABOUTS } from "./channel_abouts.ts";
import { type Channel, CHANNELS } from "./channels.ts";
import { messageSchema, type Sender } from "./check.ts";
import { CODEC_NAMES, PROTOCOL_VERSION, subprotocolOf } from "./codec.ts";
import { jsonSchema } from "./json_schema.ts";
import { ANSWERS, REQUESTS } from "./messages.ts";

type Fields = Record<string, unknown>;

/**
 * The AsyncAPI 3 document of the protocol, made from its schemas: requests, answers, and the messages of each channel.
 *
 * It is written from the server's side, so it receives requests and sends the rest.
 */
export function asyncApi(): Fields {
  const messages: Fields = {}, channels: Fields = {}, operations: Fields = {};
  const add = (key: string, sender: Sender, type: string, channel?: string): void => {
    messages[key] = {
      name: key,
      title: channel === undefined ? `${type} of the ${sender}` : `${type} of ${channel}`,
      contentType: "application/json",
      payload: jsonSchema(schemaOf(sender, type, channel)),
    };
  };
  const channel = (key: string, description: string, action: "send" | "receive", keys: readonly string[]): void => {
    channels[key] = {
      address: "/ws",
      description,
      messages: Object.fromEntries(keys.map((key) => [key, { $ref: `#/components/messages/${key}` }])),
    };
    operations[`${action}_${key}`] = { action, channel: { $ref: `#/channels/${key}` } };
  };

  for (const type of Object.keys(REQUESTS)) add(`${type}_request`, "client", type);
  for (const type of Object.keys(ANSWERS)) add(`${type}_answer`, "server", type);
  channel("requests", "What a client asks for.", "receive", Object.keys(REQUESTS).map((type) => `${type}_request`));
  channel(
    "answers",
    "What a server answers, and says of itself.",
    "send",
    Object.keys(ANSWERS).map((type) => `${type}_answer`),
  );
  for (const [name, { lane, delivery, history, snapshot, scope }] of Object.entries(CHANNELS)) {
    const types = snapshot ? ["snapshot", "update"] : ["update"];
    for (const type of types) add(`${name}_${type}`, "server", type, name);
    const how = `Symbols: by ${scope}. Lane ${lane}, ${delivery}; ${history} messages are kept.`;
    channel(name, `${CHANNEL_ABOUTS[name as Channel]} ${how}`, "send", types.map((type) => `${name}_${type}`));
  }
  return {
    asyncapi: "3.0.0",
    info: INFO,
    defaultContentType: "application/json",
    servers: SERVERS,
    channels,
    operations,
    components: { messages },
  };
}

const INFO = {
  title: "Lockstep",
  version: `${PROTOCOL_VERSION}.0.0`,
  description: "A frame is a list of messages; what stands here is one of them, in its JSON form. " +
    `Subprotocols: ${CODEC_NAMES.map(subprotocolOf).join(", ")}. PROTOCOL.md says the rest.`,
};

const SERVERS = {
  local: { host: "127.0.0.1:8787", protocol: "ws", description: "A server on this machine." },
};

function schemaOf(sender: Sender, type: string, channel?: string): NonNullable<ReturnType<typeof messageSchema>> {
  const schema = messageSchema(sender, type, channel);
  if (schema === undefined) throw new RangeError(`Cannot document ${type}: the ${sender} has no such message`);
  return schema;
}
