import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Hono } from "hono";
import type * as v from "valibot";
import { isLoopback, Origins, type Principal, type RequestHeaders } from "../auth/mod.ts";
import type { Caller } from "../link/caller.ts";
import { type HttpServer, serveHttp, type UpgradeHandler } from "../link/http_server.ts";
import type { Link } from "../link/link.ts";
import type { PeerServer } from "../link/peer_server.ts";
import type { Quality } from "../link/quality.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { peerTicket } from "../protocol/rest.ts";
import { maySee, mountSignalling, parseRoom, type QualityReport, type Signalling, Tickets } from "../signal/mod.ts";

/** What opens a data channel to the server. */
export type PeerTicket = v.InferOutput<typeof peerTicket>;

/** How a server takes data channels. */
export interface PeersOptions {
  /** Where the server listens, 127.0.0.1 unless said; a name of loopback keeps data channels on it too, without `iceServers`. */
  readonly hostname?: string;
  /** Proxies that are trusted to name those whom they ask for. */
  readonly proxies?: readonly string[];
  /** Sessions there are, whose rooms the server's own peer is in. */
  readonly sessions: () => Iterable<string>;
  /** STUN and TURN servers for both ends, with credentials for who asks; none. */
  readonly iceServers?: (principal: Principal) => PeerTicket["iceServers"];
  /** Only ways through a TURN server are taken, at both ends; false. */
  readonly relayOnly?: boolean;
  /** Whose page a request may come from. Throws for those of others. */
  readonly checkOrigin: (headers: RequestHeaders) => void;
  /** Who asks for a list of peers; undefined where nobody says. */
  readonly principal: (headers: Headers) => Promise<Principal | undefined>;
  /** Takes each link, and its caller, whose address is the one that asked for its ticket. */
  readonly admit: (link: Link, caller: Caller) => void;
  readonly onTrouble: (what: string) => void;
}

/** Tickets whose callers have not come yet; of more, the oldest are forgotten, and their callers count as strangers. */
const AWAITED_MAX = 4096;
/** Peers whose reports are kept, and how long one counts: they come every 5 s. */
const REPORTS_MAX = 1024, REPORT_MS = 15_000;

/**
 * Data channels to a server: signalling at /peer, where PeerServer's protocol is spoken, and a peer of the server's own that is
 * called there by whoever has a ticket.
 *
 * Nothing of WebRTC is loaded before the first ticket is asked for. A link is nobody's until its hello brings a token, as on all
 * carriers; the ticket only lets it call.
 */
export class Peers {
  /** Routes of signalling. */
  readonly app: Hono = new Hono();
  readonly #options: PeersOptions;
  readonly #tickets: Tickets;
  readonly #signalling: Signalling;
  readonly #id = `lockstep-${randomBytes(9).toString("hex")}`;
  /** Addresses that asked for tickets, by the peer that each is for. */
  readonly #awaited = new Map<string, string>();
  readonly #reports = new Map<string, Quality & { readonly at: number }>();
  #serving: Promise<PeerServer> | undefined;
  /**
   * Where the server's own peer comes to signalling, on loopback: the server's port may be reached by TLS alone, under names
   * that mean another machine from here.
   */
  #inner: HttpServer | undefined;
  #closed = false;

  constructor(options: PeersOptions) {
    this.#options = options;
    const { principal, checkOrigin, proxies } = options, now = () => Date.now();
    this.#tickets = new Tickets({ secret: randomBytes(32), now });
    this.#signalling = mountSignalling(this.app, {
      path: "/peer",
      tickets: this.#tickets,
      principal,
      proxies,
      allow: (request) => {
        const { port } = this.#inner ?? {}, inner = port !== undefined && request.socket.localPort === port;
        return allows(request, inner ? (headers) => new Origins({ port }).check(headers) : checkOrigin);
      },
      onQuality: (peer, report) => this.#report(peer, report),
    });
  }

  /** For the server's `onUpgrade`. */
  get upgrade(): UpgradeHandler {
    return this.#signalling.upgrade;
  }

  /** What peers said of their links in the last 15 s, for metrics. */
  get reports(): Iterable<Quality> {
    const since = Date.now() - REPORT_MS;
    for (const [peer, { at }] of this.#reports) if (at < since) this.#reports.delete(peer);
    return this.#reports.values();
  }

  /**
   * A ticket for somebody at an address, with which others find him in a room where one is named. Throws ProtocolError where he may
   * not know of the room, this server has no WebRTC, or no ticket can be had now.
   */
  async ticket(principal: Principal, address: string, room?: string): Promise<PeerTicket> {
    if (room !== undefined && !parseRoom(room)) {
      throw new ProtocolError("MALFORMED", "Cannot give a ticket: room is none; write session:name");
    }
    if (room !== undefined && !maySee(principal, room)) {
      throw new ProtocolError(
        "SCOPE_MISSING",
        `Cannot give a ticket to ${room}: the scope to read what it is about is missing`,
      );
    }
    try {
      await (this.#serving ??= this.#serve());
    } catch (error) {
      this.#serving = undefined;
      this.#options.onTrouble(`no data channels: ${(error as Error).message}`);
      throw new ProtocolError("OVERLOADED", "Cannot give a ticket: this server takes no data channels now");
    }
    const id = `page-${randomBytes(9).toString("hex")}`;
    if (this.#awaited.size >= AWAITED_MAX) this.#awaited.delete(this.#awaited.keys().next().value!);
    this.#awaited.set(id, address);
    return {
      id,
      ticket: this.#tickets.make({ peer: id, name: principal.name, rooms: room === undefined ? [] : [room] }),
      peer: this.#id,
      iceServers: this.#options.iceServers?.(principal) ?? [],
      relayOnly: this.#options.relayOnly ?? false,
    };
  }

  /** Sessions have come or gone: the server's own peer, where it is up, is found in the rooms of those there are. */
  announce(): void {
    const rooms = Array.from(this.#options.sessions(), (session) => `session:${session}`);
    this.#signalling.exchange.announce(this.#id, rooms.filter((room) => parseRoom(room) !== undefined));
  }

  /** Tells peers to come back after so many ms. */
  drain(reconnectMs: number): void {
    this.#signalling.drain(reconnectMs);
  }

  /** Ends all links and signalling. */
  async close(): Promise<void> {
    this.#closed = true;
    const server = await this.#serving?.catch(() => undefined);
    await server?.close();
    this.#signalling.close();
    await this.#inner?.close(0);
  }

  /** Puts the server's own peer up, which loads WebRTC. */
  async #serve(): Promise<PeerServer> {
    if (this.#closed) throw new Error("the server is stopping");
    const { hostname = "127.0.0.1", admit, onTrouble, iceServers, relayOnly } = this.#options;
    const inner = this.#inner ??= await serveHttp({ app: new Hono(), onUpgrade: this.upgrade });
    const { servePeers } = await import("../link/peer_server.ts");
    const server = await servePeers({
      signalling: `${inner.url}/peer`,
      id: this.#id,
      ticket: () => this.#tickets.make({ peer: this.#id, name: "server" }),
      // Whoever names servers that find a way wants one that leads farther than loopback.
      ...(isLoopback(hostname) && !hostname.includes(":") && !iceServers ? { bindAddress: "127.0.0.1" } : {}),
      ...(iceServers ? { iceServers: () => iceServers(OWN) } : {}),
      relayOnly,
      remoteOf: (peer) => this.#awaited.get(peer) ?? "",
      onLink: (link, { peer, codec }) => {
        this.#awaited.delete(peer);
        admit(link, { url: new URL("peer:"), headers: new Headers(), remote: link.remote, codec, protocols: [] });
      },
      onTrouble,
    });
    this.announce();
    return server;
  }

  #report(peer: string, report: QualityReport): void {
    if (this.#reports.size >= REPORTS_MAX && !this.#reports.has(peer)) return;
    this.#reports.set(peer, { ...report, buffered: report.buffered ?? 0, at: Date.now() });
  }
}

/** The server itself, as whoever gives credentials for TURN is told. */
const OWN: Principal = { name: "server", scopes: ["read"] };

function allows({ headers }: IncomingMessage, check: (headers: RequestHeaders) => void): boolean {
  try {
    check({ get: (name) => [headers[name] ?? null].flat()[0] });
    return true;
  } catch {
    return false;
  }
}
