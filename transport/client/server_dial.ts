import { type Dial, webSocketDial } from "./dial.ts";

/** How long a WebSocket may take to open, in ms, so that an attempt has time left for another way. */
const WEBSOCKET_MS = 4000;

/**
 * Dials a server's WebSocket; where none can be opened, as a proxy lets none through, the same server over HTTP: by a stream, and where
 * that is held back by long-polling. Each new link tries the WebSocket first. `client.carrier` says what it came to.
 *
 * Not a part of mod.ts; what speaks HTTP is loaded when a WebSocket has failed.
 *
 * @example
 * ```ts
 * import { type Client, connect } from "./mod.ts";
 * import { serverDial } from "./server_dial.ts";
 *
 * const watch = (token: string): Client => connect({ dial: serverDial("ws://127.0.0.1:8787/ws"), token });
 * ```
 */
export function serverDial(url: string | URL): Dial {
  const webSocket = webSocketDial(url, { timeoutMs: WEBSOCKET_MS });
  return (wish) =>
    webSocket(wish).catch(async (error) => (await import("./http_instead.ts")).httpInstead(url, wish.codec, error));
}
