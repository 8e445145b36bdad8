import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import * as ws from "ws";

/** A WebSocket of `npm:ws`, as far as links use it: the package brings no types. */
export interface ServerSocket {
  readonly protocol: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  on(event: "message", listener: (data: Uint8Array, isBinary: boolean) => void): this;
  on(event: "ping" | "pong", listener: (data: Uint8Array) => void): this;
  on(event: "close", listener: (status: number, reason: Uint8Array) => void): this;
  on(event: "error", listener: (error: Error & { readonly code?: string }) => void): this;
  /** A text, as signalling sends them; links write frames that are made beforehand. */
  send(text: string): void;
  pong(data: Uint8Array): void;
  close(status: number, reason: string): void;
  terminate(): void;
}

/** Options of the server that matter here. */
export interface ServerOptions {
  readonly noServer: true;
  readonly clientTracking: boolean;
  readonly perMessageDeflate: boolean;
  readonly maxPayload: number;
  /** Pieces that a message may come in. */
  readonly maxFragments: number;
  readonly closeTimeout: number;
  readonly autoPong?: boolean;
  /** The subprotocol that is taken of those offered, false for none. */
  readonly handleProtocols: (offered: Set<string>) => string | false;
}

/**
 * Pieces that one message may come in. Browsers send few, each of many KiB; each piece that is waited with costs 150 B and more
 * beside its bytes, and strangers can send them before they have said who they are.
 */
export const FRAGMENTS_MAX = 256;

/** The server of `npm:ws` without a port of its own. */
export interface SocketServer {
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Uint8Array,
    done: (socket: ServerSocket) => void,
  ): void;
}

/** Makes one. */
export const SocketServer: new (options: ServerOptions) => SocketServer = ws.WebSocketServer;
