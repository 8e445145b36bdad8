import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { addressKey, isProxy } from "../auth/addresses.ts";

/** Takes a request for an upgrade, or leaves it: whether it did. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Uint8Array) => boolean;

/** Where handlers of upgrades are put up. */
export interface Upgrades {
  /** Adds one; it is asked after those before it. */
  onUpgrade(handler: UpgradeHandler): void;
}

/** Bounds that keep slow and greedy callers from harming others. */
export interface HttpLimits {
  /** A request's head must be here within so many ms, and so must the TLS handshake before the first; 10,000. */
  readonly headersMs?: number;
  /** The whole request must be; 30,000. */
  readonly requestMs?: number;
  /** A connection without a request is closed after so many ms; 5,000. */
  readonly idleMs?: number;
  /** 16,384. */
  readonly headerBytesMax?: number;
  /** TCP connections at a time, WebSockets among them; 20,000. */
  readonly connectionsMax?: number;
  /** Of one address, IPv6 by its first 64 bits; 1,024. A proxy that is trusted may have all there are. */
  readonly connectionsPerAddressMax?: number;
  /** Requests of one connection that wait for their answers; 4. Who sends more of them ahead is cut. */
  readonly unansweredMax?: number;
  /** A connection on which nothing has gone either way for so many ms, as nobody reads an answer, is cut; 60,000. */
  readonly stallMs?: number;
}

/** What is served, where. */
export interface HttpOptions {
  /** A Hono application, or whatever answers requests. Its second argument has `incoming`, node's request. */
  readonly app: { fetch(request: Request, env?: unknown): Response | Promise<Response> };
  /** 0 lets the system choose. */
  readonly port?: number;
  /** 127.0.0.1 unless told: nobody else's machine gets in by mistake. */
  readonly hostname?: string;
  /** Certificate and key, PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The first to be asked about upgrades. */
  readonly onUpgrade?: UpgradeHandler;
  /** Bounds; those told at each. */
  readonly limits?: HttpLimits;
  /** Addresses of proxies that are trusted to bring many clients over connections of their own. */
  readonly proxies?: readonly string[];
}

/** How many TCP connections were cut at once because there were too many. */
export interface RefusedConnections {
  /** Of their address. */
  readonly address: number;
  /** Of all. */
  readonly total: number;
}

/** A server that listens. */
export interface HttpServer extends Upgrades {
  /** Where it listens, which the system chose perhaps. */
  readonly port: number;
  /** As it was asked to. */
  readonly hostname: string;
  /** "http://127.0.0.1:8787", without a slash at its end. */
  readonly url: string;
  /** TCP connections there are now. */
  readonly connections: number;
  /** Those that were too many, so far. */
  readonly refused: RefusedConnections;
  /** Takes no more connections, lets those there are end for so many ms (5,000), then cuts them. */
  close(graceMs?: number): Promise<void>;
}

/**
 * Serves an application and upgrades on one port, on `node:http`, with bounds on everything that a caller can draw out.
 *
 * Requests for an upgrade go to the handlers in order until one takes it; what nobody takes gets 404. Throws what the system
 * says where the port cannot be had.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { serveHttp } from "./http_server.ts";
 *
 * const app = new Hono().get("/", (context) => context.text("hello"));
 * const server = await serveHttp({ app, port: 0 });
 * const answer = await (await fetch(server.url)).text();
 * if (answer !== "hello") throw new Error(answer);
 * await server.close(0);
 * ```
 */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { hostname = "127.0.0.1", port = 0, limits = {} } = options;
  const server = create(options, limits);
  const handlers: UpgradeHandler[] = options.onUpgrade ? [options.onUpgrade] : [];
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Uint8Array) => {
    socket.on("error", () => socket.destroy());
    if (!handlers.some((handler) => handler(request, socket, head))) refuseUpgrade(socket, 404, "nothing is here");
  });
  server.on("clientError", (error: Error & { code?: string }, socket: Duplex) => {
    refuseUpgrade(socket, STATUS_OF_FAULT[error.code ?? ""] ?? 400, "the request is none");
  });
  // No answer gets through before the handshake: one would wait for it, and hold the socket.
  server.on("tlsClientError", (_error: Error, socket: Duplex) => socket.destroy());
  const { sockets, refused } = admit(server, limits, options.proxies);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, () => resolve(server.off("error", reject) && undefined));
  });
  const actual = (server.address() as AddressInfo).port;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    port: actual,
    hostname,
    url: `${options.tls ? "https" : "http"}://${host}:${actual}`,
    get connections() {
      return sockets.size;
    },
    refused,
    onUpgrade: (handler) => void handlers.push(handler),
    close: (graceMs = 5000) => closeServer(server, sockets, graceMs),
  };
}

const STATUS_OF_FAULT: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
};

/** Answers a request for an upgrade with a status, and ends its connection. */
export function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  if (socket.destroyed || !socket.writable) return void socket.destroy();
  const body = `${reason}\n`;
  const length = new TextEncoder().encode(body).length;
  socket.end(
    `HTTP/1.1 ${status} ${
      STATUS_TEXT[status] ?? "Refused"
    }\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${length}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function create({ app, tls }: HttpOptions, limits: HttpLimits): Server {
  const headersTimeout = limits.headersMs ?? 10_000;
  const settings = {
    headersTimeout,
    handshakeTimeout: headersTimeout,
    requestTimeout: Math.max(limits.requestMs ?? 30_000, headersTimeout),
    keepAliveTimeout: limits.idleMs ?? 5_000,
    maxHeaderSize: limits.headerBytesMax ?? 16_384,
    // How often the two time-outs are looked at: at least twice within the shorter.
    connectionsCheckingInterval: Math.max(20, Math.min(1000, headersTimeout / 2)),
  };
  const answer = getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false });
  const listener = inTurn(answer, limits.unansweredMax ?? 4);
  const server = tls ? createTlsServer({ ...settings, ...tls }, listener) : createServer(settings, listener);
  // Not of WebSockets, which are no requests any more, nor of streams, which show signs of life.
  server.timeout = limits.stallMs ?? 60_000;
  return server;
}

/**
 * Cuts connections whose requests come faster than their answers are taken. Each that is sent ahead is held here with its answer,
 * and nobody who means well sends many: browsers and most programs wait for one answer before they ask again.
 */
function inTurn(listener: ReturnType<typeof getRequestListener>, unansweredMax: number): typeof listener {
  const unanswered = new WeakMap<Socket, number>();
  return async (request, response) => {
    const socket = request.socket as Socket, count = (unanswered.get(socket) ?? 0) + 1;
    // What had been read before it was cut is still heard.
    if (socket.destroyed || count > unansweredMax) return void socket.destroy();
    unanswered.set(socket, count);
    response.once("close", () => unanswered.set(socket, unanswered.get(socket)! - 1));
    await listener(request, response);
  };
}

/** Counts connections, and cuts those above the caps before anything of them is read. */
function admit(
  server: Server,
  { connectionsMax = 20_000, connectionsPerAddressMax = 1024 }: HttpLimits,
  proxies: readonly string[] = [],
): { readonly sockets: Set<Socket>; readonly refused: RefusedConnections } {
  const sockets = new Set<Socket>(), byAddress = new Map<string, number>(), refused = { address: 0, total: 0 };
  server.on("connection", (socket: Socket) => {
    const { remoteAddress = "" } = socket, address = addressKey(remoteAddress), count = byAddress.get(address) ?? 0;
    const many = sockets.size >= connectionsMax
      ? "total"
      : count >= connectionsPerAddressMax && !isProxy(remoteAddress, proxies)
      ? "address"
      : undefined;
    if (many) return void (refused[many]++, socket.destroy());
    sockets.add(socket);
    byAddress.set(address, count + 1);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      sockets.delete(socket);
      const left = (byAddress.get(address) ?? 1) - 1;
      if (left > 0) byAddress.set(address, left);
      else byAddress.delete(address);
    });
  });
  return { sockets, refused };
}

async function closeServer(server: Server, sockets: Set<Socket>, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  let cut: ReturnType<typeof setTimeout> | undefined;
  if (graceMs > 0) cut = setTimeout(() => cutAll(sockets), graceMs);
  else cutAll(sockets);
  await closed;
  await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  clearTimeout(cut);
}

function cutAll(sockets: Set<Socket>): void {
  for (const socket of sockets) socket.destroy();
}
