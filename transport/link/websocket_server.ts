import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { CODEC_NAMES, type CodecName, subprotocolOf } from "../protocol/codec.ts";
import { ERRORS } from "../protocol/errors.ts";
import type { Link } from "./link.ts";
import { type Caller, type CheckCaller, codecAsked } from "./caller.ts";
import { closeStatusOf, endingOf } from "./_close_status.ts";
import { type Ending, Endpoint, FRAME_BYTES_MAX, type LinkLimits } from "./_endpoint.ts";
import { refuseUpgrade, type Upgrades } from "./http_server.ts";
import { FRAGMENTS_MAX, type ServerSocket, SocketServer } from "./_ws.ts";

/** What a server of WebSockets takes, and who gets the links. */
export interface AcceptOptions extends LinkLimits {
  /** "/ws". */
  readonly path: string;
  /** Codecs that are spoken, the best first; all. */
  readonly protocols?: readonly CodecName[];
  /** How long a close may wait for the other end's before the socket is cut; 2,000 ms. */
  readonly closeMs?: number;
  /** Looks at callers first: origin, address, token. */
  readonly check?: CheckCaller;
  /** Gets each link; sets `onFrame` and `onClose` in the same turn. */
  readonly onLink: (link: WebSocketServerLink, caller: Caller) => void;
}

/**
 * Makes links of the WebSockets that are opened at a path. The codec is the best of those whose subprotocols
 * ("lockstep.1.json") are offered; who offers none takes `?codec=`, and JSON where that is absent. Frames above
 * `takenBytesMax` are refused by their header, compression is off, and a socket that errs or floods with pings is cut.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { serveHttp } from "./http_server.ts";
 * import { dialWebSocket } from "./websocket_client.ts";
 * import { acceptWebSockets } from "./websocket_server.ts";
 *
 * const server = await serveHttp({ app: new Hono() });
 * acceptWebSockets(server, {
 *   path: "/ws",
 *   onLink: (link) => link.onFrame = () => link.close(0, "heard"),
 * });
 * const client = await dialWebSocket(`ws://127.0.0.1:${server.port}/ws`, { codec: "msgpack" });
 * const closed = new Promise((resolve) => client.onClose = (_code, reason) => resolve(reason));
 * client.send(new Uint8Array([1, 2, 3]));
 * if (await closed !== "heard") throw new Error("not heard");
 * await server.close(0);
 * ```
 */
export function acceptWebSockets(server: Upgrades, options: AcceptOptions): void {
  const codecs = options.protocols ?? CODEC_NAMES;
  const sockets = new SocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: options.takenBytesMax ?? options.frameBytesMax ?? FRAME_BYTES_MAX,
    maxFragments: FRAGMENTS_MAX,
    closeTimeout: options.closeMs ?? 2000,
    handleProtocols: (offered) => {
      const codec = codecs.find((name) => offered.has(subprotocolOf(name)));
      return codec ? subprotocolOf(codec) : false;
    },
  });
  server.onUpgrade((request, socket, head) => {
    const url = urlOf(request);
    if (url?.pathname !== options.path) return false;
    const caller = callerOf(request, url, codecs);
    if (typeof caller === "string") refuseUpgrade(socket, 400, caller);
    else void admit(sockets, options, { request, socket, head, caller });
    return true;
  });
}

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Uint8Array;
  readonly caller: Caller;
}

async function admit(sockets: SocketServer, options: AcceptOptions, upgrade: Upgrade): Promise<void> {
  const { request, socket, head, caller } = upgrade;
  let refusal;
  try {
    refusal = await options.check?.(caller);
  } catch {
    refusal = { code: ERRORS.FAILED[0], reason: "the caller could not be checked" };
  }
  if (refusal?.status) return refuseUpgrade(socket, refusal.status, `${refusal.code} ${refusal.reason}`);
  sockets.handleUpgrade(request, socket, head, (opened) => {
    const link = new WebSocketServerLink(opened, socket, caller, options);
    if (refusal) link.close(refusal.code, refusal.reason);
    else options.onLink(link, caller);
  });
}

/** The server's end of a WebSocket. */
export class WebSocketServerLink extends Endpoint implements Link {
  readonly #socket: ServerSocket;
  readonly #stream: Duplex;
  readonly #binary: boolean;
  #open = true;
  /** Pings and pongs of the second that began then. */
  #controls = 0;
  #controlsSince = 0;
  #mine: Ending | undefined;

  constructor(socket: ServerSocket, stream: Duplex, caller: Caller, limits: LinkLimits) {
    super("websocket", caller.remote, limits);
    this.#socket = socket;
    this.#stream = stream;
    this.#binary = caller.codec !== "json";
    socket.on("message", (data, isBinary) => this.receive(isBinary ? plain(data) : decoder.decode(data)));
    // Whoever pings without reading gets no more answers, which would pile up here.
    socket.on("ping", (data) => this.#mayControl() && this.buffered < UNREAD_BYTES_MAX && socket.pong(data));
    socket.on("pong", () => void this.#mayControl());
    socket.on("close", (status, reason) => this.#closed(status, decoder.decode(reason)));
    socket.on("error", (error) => this.#failed(error));
  }

  get buffered(): number {
    return this.#open ? this.#socket.bufferedAmount : 0;
  }

  protected override transmit(frame: Uint8Array): void {
    if (this.#socket.readyState === OPEN) this.#stream.write(wireFrame(frame, this.#binary));
  }

  protected override finish(code: number, reason: string): void {
    this.#mine ??= { code, reason };
    this.#socket.close(...closeStatusOf(code, reason));
  }

  protected override abort(): void {
    this.#open = false;
    this.#socket.terminate();
  }

  /** Counts pings and pongs, which nobody above sees; who floods with them is cut. */
  #mayControl(): boolean {
    const now = performance.now();
    if (now - this.#controlsSince >= 1000) {
      this.#controlsSince = now;
      this.#controls = 0;
    }
    if (++this.#controls <= CONTROLS_MAX) return true;
    this.cut(ERRORS.RATE_EXCEEDED[0], "too many pings came");
    return false;
  }

  #closed(status: number, text: string): void {
    this.#open = false;
    const { code, reason } = this.#mine ?? endingOf(status, text);
    this.end(code, reason);
  }

  /** `ws` has sent its close frame by now, and reads on only to throw away what comes. */
  #failed(error: Error & { readonly code?: string }): void {
    const name = error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" ? "TOO_LARGE" : "MALFORMED";
    this.#mine ??= { code: ERRORS[name][0], reason: error.message };
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const OPEN = 1;
/** Pings and pongs that may come in a second. */
const CONTROLS_MAX = 500;
/** Pings are answered while less than this waits. */
const UNREAD_BYTES_MAX = 65_536;

let lastFrame: Uint8Array | undefined;
let lastBinary = false;
let lastWire = Buffer.alloc(0);

/**
 * A frame with its WebSocket header in front, made once for all links that get the same frame in one turn: then each costs one
 * write of bytes that are there, instead of a header, two writes and their bookkeeping.
 */
function wireFrame(frame: Uint8Array, binary: boolean): Buffer {
  if (frame === lastFrame && binary === lastBinary) return lastWire;
  // Only within a turn: after it the frame's owner may write other bytes into it, and nothing here keeps them alive.
  if (!lastFrame) queueMicrotask(() => (lastFrame = undefined, lastWire = Buffer.alloc(0)));
  const length = frame.length;
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const wire = Buffer.allocUnsafeSlow(headerBytes + length);
  wire[0] = binary ? 0x82 : 0x81;
  wire[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (headerBytes === 4) wire.writeUInt16BE(length, 2);
  if (headerBytes === 10) wire.writeBigUInt64BE(BigInt(length), 2);
  wire.set(frame, headerBytes);
  lastFrame = frame;
  lastBinary = binary;
  return lastWire = wire;
}

/** The same bytes without Buffer's own ways. */
function plain(data: Uint8Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function urlOf(request: IncomingMessage): URL | undefined {
  const path = request.url ?? "/";
  return path.startsWith("/")
    ? URL.parse(`http://${request.headers.host ?? "localhost"}${path}`) ?? undefined
    : undefined;
}

/** The caller, or why it is none. */
function callerOf(request: IncomingMessage, url: URL, codecs: readonly CodecName[]): Caller | string {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const protocols = (headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim()).filter(Boolean);
  const codec = protocols.length > 0
    ? codecs.find((name) => protocols.includes(subprotocolOf(name)))
    : codecAsked(url, codecs);
  if (!codec) return `Cannot speak with you: no codec is agreed on; offer ${codecs.map(subprotocolOf).join(" or ")}`;
  return { url, headers, remote: request.socket.remoteAddress ?? "", codec, protocols };
}
