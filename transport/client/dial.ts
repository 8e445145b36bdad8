import { dialWebSocket } from "../link/websocket_client.ts";
import type { Link } from "../link/link.ts";
import type { CodecName } from "../protocol/codec.ts";

/** What a link is to carry. */
export interface DialWish {
  readonly codec: CodecName;
}

/** Makes a link to the server, of whichever carrier; rejects where it cannot. The token travels in hello, not here. */
export type Dial = (wish: DialWish) => Promise<Link>;

/** Dials a WebSocket, which may take `timeoutMs` (10,000) to open. */
export function webSocketDial(url: string | URL, more: { readonly timeoutMs?: number } = {}): Dial {
  return ({ codec }) => dialWebSocket(url, { codec, ...more });
}
