import type { IncomingMessage } from "node:http";
import { TokenBucket } from "../auth/token_bucket.ts";
import type { HttpServer } from "../link/http_server.ts";
import { refuseUpgrade } from "../link/http_server.ts";
import { FRAGMENTS_MAX, type ServerSocket, SocketServer } from "../link/_ws.ts";
import { Reading } from "./reading.ts";

/** One end of a client's WebSocket, with bounds: who does not read what he asked for is cut. */
export interface GatewaySocket {
  /** The client's address. */
  readonly address: string;
  /** Sends a text. */
  send(text: string): void;
  /** Sends plain JSON. */
  say(message: unknown): void;
  /** Ends it. */
  close(reason: string): void;
  /** Gets each text that comes. */
  onText: (text: string) => void;
  /** The socket is gone. */
  onClose: () => void;
}

/** What is taken of WebSockets. */
export interface SocketOptions {
  readonly server: HttpServer;
  /** ms that never go back. */
  readonly now: () => number;
  /** Looks at a caller: why he may not come. */
  readonly check: (request: IncomingMessage) => string | undefined;
  /** Who takes those of an address; undefined where nobody does. */
  readonly onSocket: (url: URL) => SocketTaker | undefined;
}

/** Who gets a socket, and how much may come of it in a second. */
export interface SocketTaker {
  readonly textsPerSecond: number;
  take(socket: GatewaySocket): void;
}

/** The most bytes of a text that comes, and of those that wait to be read. */
const TEXT_BYTES_MAX = 65_536, UNREAD_BYTES_MAX = 8 * 1024 * 1024;
/** Sockets at one time; and that an address may open in five minutes, as Binance has it. */
const SOCKETS_MAX = 500, OPENED = { perSecond: 1, burst: 300 };
const ADDRESSES_MAX = 1000;
const OPEN = 1;

/** The sockets that there are. */
export interface GatewaySockets {
  /** Whether one of them has much that it has not read. Who has, and goes on not to read, is cut. */
  readonly behind: boolean;
  /** Cuts them all. */
  close(): void;
}

/** Whether a client may call its request so. */
export function isRequestId(id: unknown): boolean {
  return id === null || Number.isSafeInteger(id) || (typeof id === "string" && id.length <= 36);
}

/** Makes sockets of the upgrades that come. */
export function acceptSockets({ server, now, check, onSocket }: SocketOptions): GatewaySockets {
  const sockets = new Map<ServerSocket, Reading>(), opened = new Map<string, TokenBucket>();
  const acceptor = new SocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: TEXT_BYTES_MAX,
    maxFragments: FRAGMENTS_MAX,
    closeTimeout: 1000,
    handleProtocols: () => false,
  });
  const mayOpen = (address: string) => {
    if (opened.size > ADDRESSES_MAX) opened.delete(opened.keys().next().value!);
    const bucket = opened.get(address) ?? new TokenBucket(OPENED, now());
    opened.set(address, bucket);
    return sockets.size < SOCKETS_MAX && bucket.take(1, now()) === 0;
  };
  server.onUpgrade((request, stream, head) => {
    const url = URL.parse(`http://gateway${request.url ?? "/"}`), taker = url && onSocket(url);
    if (!taker) return false;
    const refused = check(request), address = request.socket.remoteAddress ?? "";
    if (refused !== undefined) refuseUpgrade(stream, 403, refused);
    else if (!mayOpen(address)) refuseUpgrade(stream, 429, "too many connections");
    else {
      acceptor.handleUpgrade(request, stream, head, (socket) => {
        const reading = new Reading();
        sockets.set(socket, reading);
        socket.on("close", () => void sockets.delete(socket));
        taker.take(bounded(socket, { address, now, perSecond: taker.textsPerSecond, reading }));
      });
    }
    return true;
  });
  return {
    get behind() {
      let behind = false;
      for (const [socket, reading] of sockets) {
        const state = reading.look(socket.bufferedAmount, now());
        if (state === "stalled") socket.terminate();
        behind ||= state === "behind";
      }
      return behind;
    },
    close() {
      for (const socket of sockets.keys()) socket.terminate();
    },
  };
}

function bounded(
  socket: ServerSocket,
  { address, now, perSecond, reading }: {
    readonly address: string;
    readonly now: () => number;
    readonly perSecond: number;
    readonly reading: Reading;
  },
): GatewaySocket {
  const decoder = new TextDecoder(), texts = new TokenBucket({ perSecond, burst: perSecond }, now());
  const made: GatewaySocket = {
    address,
    send(text) {
      if (socket.readyState !== OPEN) return;
      if (socket.bufferedAmount > UNREAD_BYTES_MAX) return socket.terminate();
      reading.sent(text.length);
      socket.send(text);
    },
    say: (message) => made.send(JSON.stringify(message)),
    close: (reason) => socket.close(1008, reason),
    onText: () => {},
    onClose: () => {},
  };
  const may = () => {
    if (texts.take(1, now()) === 0) return true;
    socket.close(1008, "Too many requests");
    return false;
  };
  socket.on("message", (data) => {
    if (socket.readyState === OPEN && may()) made.onText(decoder.decode(data));
  });
  socket.on("ping", () => void may());
  socket.on("pong", () => void may());
  socket.on("error", () => socket.terminate());
  socket.on("close", () => made.onClose());
  return made;
}
