import type { Message } from "./messages.ts";

/** Names of the codecs, the best first: what a server takes where a client offers several. */
export const CODEC_NAMES = ["protobuf", "msgpack", "json"] as const;
/** The name of a codec. */
export type CodecName = typeof CODEC_NAMES[number];

/** Version of the protocol; a change that old clients cannot follow makes it another. */
export const PROTOCOL_VERSION = 1;

/** The WebSocket subprotocol that stands for a codec: "lockstep.1.json". */
export function subprotocolOf(codec: CodecName): string {
  return `lockstep.${PROTOCOL_VERSION}.${codec}`;
}

/** The WebSocket subprotocol that carries a token begins with this; browsers cannot send other headers. */
export const TOKEN_SUBPROTOCOL = "lockstep.token.";

/**
 * Turns messages into bytes and back. A message is encoded once, whoever gets it: a frame is made of encoded messages without
 * looking into them.
 */
export interface Codec {
  readonly name: CodecName;
  /** Frames are UTF-8 text, and carriers that tell text from bytes send them as text. */
  readonly text: boolean;
  /** The bytes of one message. */
  encode(message: Message): Uint8Array;
  /** A frame of messages that were encoded before, in order. */
  frame(messages: readonly Uint8Array[]): Uint8Array;
  /**
   * The messages of a frame that a client or a server sent, checked against their schemas; int64 as bigint. Throws
   * `ProtocolError` for what is none.
   */
  decode(frame: Uint8Array | string, sender: "client" | "server"): Message[];
}
