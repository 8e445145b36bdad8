/**
 * What goes over the wire: messages, how they are written, and what can go wrong. PROTOCOL.md says it in words, for whoever writes a
 * client in another language.
 *
 * Schemas in valibot (messages.ts, data.ts, rest.ts, channels.ts) are the one source. From them come the TypeScript types, the
 * checks of what is received (check.ts), the tables of the Protobuf codec (wire_table.ts), and what make.ts writes: lockstep.proto,
 * asyncapi.json, openapi.json, and a golden file for each message in all three codecs. Tests compare all of these.
 *
 * @module
 */
export { BOOK_LEVELS, bookChecksum } from "./book_checksum.ts";
export { type Channel, CHANNELS, isChannel } from "./channels.ts";
export { type Codec, CODEC_NAMES, type CodecName, PROTOCOL_VERSION, subprotocolOf } from "./codec.ts";
export { codecOf, loadCodec } from "./codecs.ts";
export { categoryOf, type ErrorData, errorData, type ErrorName, ERRORS, ProtocolError, reactionTo } from "./errors.ts";
export {
  type ChannelMessage,
  type ClientMessage,
  isChannelMessage,
  type Message,
  type ServerMessage,
} from "./messages.ts";
export { canonicalText, viewDigest } from "./view_digest.ts";
