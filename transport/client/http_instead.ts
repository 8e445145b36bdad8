import type { Link } from "../link/link.ts";
import { dialHttp } from "../link/_http_client_link.ts";
import type { CodecName } from "../protocol/codec.ts";
import { ProtocolError } from "../protocol/errors.ts";

/** How long a stream may be silent before it counts as held back on its way. */
const STREAM_MS = 3000;

/**
 * Reaches over HTTP a server whose WebSocket at `url` could not be opened, as a proxy lets none through: by a stream, and where that is
 * held back by polling. They stand beside the WebSocket: "/sse" and "/poll" where that is "/ws".
 *
 * Rejects with what the server itself says; where nothing answers here either, with `error`, which is what the WebSocket came to.
 */
export async function httpInstead(url: string | URL, codec: CodecName, error: unknown): Promise<Link> {
  const at = (path: string) => {
    const beside = new URL(path, new URL(url, globalThis.location?.href));
    beside.protocol = beside.protocol.replace("ws", "http");
    return beside;
  };
  try {
    return await dialHttp("sse", at("sse"), { codec, timeoutMs: STREAM_MS });
  } catch (refused) {
    if (saidByServer(refused)) throw refused;
  }
  try {
    return await dialHttp("polling", at("poll"), { codec });
  } catch (refused) {
    throw saidByServer(refused) ? refused : error;
  }
}

function saidByServer(error: unknown): boolean {
  return error instanceof ProtocolError && error.data.name !== "LINK_LOST";
}
