import type { IncomingMessage } from "node:http";
import { type Context, Hono } from "hono";
import { clientAddress } from "../auth/addresses.ts";
import type { Principal } from "../auth/principal.ts";
import { FRAGMENTS_MAX, type ServerSocket, SocketServer } from "../link/_ws.ts";
import { refuseUpgrade, type UpgradeHandler } from "../link/http_server.ts";
import { type Timers, wallTimers } from "../link/timers.ts";
import { type ExchangeLimits, type ExchangeOptions, PeerExchange } from "./exchange.ts";
import { maySee, maySeeAll, parseRoom } from "./rooms.ts";
import type { PeerPort } from "./exchange.ts";

/** How signalling is put up. */
export interface SignallingOptions extends Omit<ExchangeOptions, "clock" | "limits"> {
  /** Where it stands; "/peer". A client's `path` is the same. */
  readonly path?: string;
  readonly limits?: ExchangeLimits;
  /** The machine's where absent. */
  readonly clock?: Timers;
  /** Whoever asks may list all peers, as nobody may unless told; for closed networks. */
  readonly discovery?: boolean;
  /** Who asks for a list of peers, by the headers; without it nobody is known, and lists are refused. */
  readonly principal?: (headers: Headers) => Principal | undefined | Promise<Principal | undefined>;
  /** Looks at a request before a socket is made: false refuses it (its origin is a stranger's, say). */
  readonly allow?: (request: IncomingMessage) => boolean;
  /** Proxies that are trusted to name those whom they ask for, so that limits count these. */
  readonly proxies?: readonly string[];
}

/** Signalling that has been put up. */
export interface Signalling {
  readonly exchange: PeerExchange;
  /** For the server's `onUpgrade`: takes the sockets of peers. */
  readonly upgrade: UpgradeHandler;
  /** Tells peers to come back after so many ms, takes no more, and closes them. */
  drain(reconnectMs: number): void;
  /** Closes all at once. */
  close(): void;
}

/**
 * Puts PeerServer's protocol up under a path of an application, so that the unmodified peerjs client needs no change but its URL:
 *
 * | request | answer |
 * |---|---|
 * | GET path/ | what this is, as JSON |
 * | GET path/key/id | a new id, as text |
 * | GET path/key/peers | ids as a JSON list, with `?room=session:name` those of a room; 401 and 403 where the asker may not |
 * | WebSocket path/peerjs?key&id&token&version | messages, see wire.ts |
 *
 * Tokens and tickets are in the URL, as peerjs has it: nothing here logs URLs, and what does must leave the query out.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { serveHttp } from "../link/http_server.ts";
 * import { mountSignalling } from "./mount.ts";
 *
 * const app = new Hono();
 * const signalling = mountSignalling(app, { path: "/peer" });
 * const server = await serveHttp({ app, onUpgrade: signalling.upgrade });
 * const id = await (await fetch(`${server.url}/peer/peerjs/id`)).text();
 * if (id.length !== 36) throw new Error(id);
 * signalling.close();
 * await server.close(0);
 * ```
 */
export function mountSignalling(app: Hono, options: SignallingOptions = {}): Signalling {
  const { path: given = "/peer", key = "peerjs", clock = wallTimers } = options;
  const path = given.replace(/\/+$/, "");
  const exchange = new PeerExchange({ ...options, key, clock });
  app.route(path === "" ? "/" : path, routes(exchange, key, options));
  return {
    exchange,
    upgrade: upgradesAt(`${path}/peerjs`, exchange, options),
    drain: (reconnectMs) => exchange.drain(reconnectMs),
    close: () => exchange.close(),
  };
}

function routes(exchange: PeerExchange, key: string, { discovery, principal, proxies }: SignallingOptions): Hono {
  const routes = new Hono();
  routes.get("/", (context) => context.json({ name: "Lockstep signalling", website: "https://peerjs.com" }));
  routes.get(`/${key}/id`, (context) => {
    if (!exchange.attempt(addressOf(askerOf(context), proxies))) return context.text("Too many requests", 429);
    return context.text(crypto.randomUUID(), 200, { "cache-control": "no-store" });
  });
  routes.get(`/${key}/peers`, async (context) => {
    if (!exchange.attempt(addressOf(askerOf(context), proxies))) return context.text("Too many requests", 429);
    const room = context.req.query("room");
    if (room !== undefined && !parseRoom(room)) return context.text("A room is session:name, say", 400);
    if (!discovery) {
      const who = await principal?.(context.req.raw.headers);
      if (!who) return context.text("Say who you are: lists of peers are not for everybody", 401);
      const may = room === undefined ? maySeeAll(who) : maySee(who, room);
      if (!may) return context.text("The scope to see these peers is missing", 403);
    }
    return context.json(exchange.list(room), 200, { "cache-control": "no-store" });
  });
  return routes;
}

/** The request as node:http has it; undefined where the application is not on node:http. */
function askerOf(context: Context): IncomingMessage | undefined {
  return (context.env as { readonly incoming?: IncomingMessage } | undefined)?.incoming;
}

function addressOf(request: IncomingMessage | undefined, proxies: readonly string[] = []): string {
  const forwarded = request?.headers["x-forwarded-for"];
  return clientAddress(request?.socket.remoteAddress ?? "", forwarded === undefined ? null : `${forwarded}`, proxies);
}

function upgradesAt(
  path: string,
  exchange: PeerExchange,
  { allow = () => true, proxies }: SignallingOptions,
): UpgradeHandler {
  const sockets = new SocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // Characters may have up to 3 bytes each in UTF-8.
    maxPayload: exchange.messageMax * 3,
    maxFragments: FRAGMENTS_MAX,
    closeTimeout: 2000,
    handleProtocols: () => false,
  });
  return (request, socket, head) => {
    const [where, query = ""] = (request.url ?? "").split("?", 2);
    if (where !== path) return false;
    const address = addressOf(request, proxies);
    // First: attempts of a stranger's page would use up those of whoever has it open.
    if (!allow(request)) refuseUpgrade(socket, 403, "You may not connect from there");
    else if (!exchange.attempt(address)) refuseUpgrade(socket, 429, "Too many attempts: come back later");
    else {
      const params = new URLSearchParams(query);
      const [key, id, token] = ["key", "id", "token"].map((name) => params.get(name) ?? "");
      sockets.handleUpgrade(request, socket, head, (opened) => attach(exchange, opened, { key, id, token, address }));
    }
    return true;
  };
}

function attach(
  exchange: PeerExchange,
  socket: ServerSocket,
  request: { readonly key: string; readonly id: string; readonly token: string; readonly address: string },
): void {
  // `ws` closes a socket whose frames are no WebSocket frames, or too large; what it says of it is for nobody.
  socket.on("error", () => socket.terminate());
  const peer = exchange.connect(portOf(socket), request);
  if (!peer) return;
  socket.on("message", (data, isBinary) => peer.receive(isBinary ? "" : decoder.decode(data)));
  socket.on("close", () => peer.gone());
}

const decoder = new TextDecoder();

function portOf(socket: ServerSocket): PeerPort {
  return {
    get buffered() {
      return socket.bufferedAmount;
    },
    send: (text) => socket.send(text),
    close: (status, reason) => socket.close(status, reason),
    terminate: () => socket.terminate(),
  };
}
