import type { IncomingMessage } from "node:http";
import { type Context, Hono } from "hono";
import {
  type Access,
  allows,
  Audit,
  type AuditEvent,
  AuditFile,
  ConnectionLimits,
  Door,
  makeAccess,
  type Need,
  Origins,
  pageHeaders,
  personOf,
  type Principal,
  RateLimits,
  readTls,
  type Revocation,
  RevocationFile,
  Revocations,
  startUrl,
} from "../auth/mod.ts";
import { DEFAULT_LIMITS } from "../hub/mod.ts";
import { type HttpServer, serveHttp } from "../link/http_server.ts";
import { acceptPolling } from "../link/polling.ts";
import { acceptSse } from "../link/sse.ts";
import { acceptWebSockets } from "../link/websocket_server.ts";
import {
  CommandTraces,
  Health,
  type HubMeter,
  Log,
  measureConnections,
  measurePeers,
  Metrics,
  metricsRoute,
  problemResponse,
  TransportMetrics,
} from "../ops/mod.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { mountPage } from "../web/mod.ts";
import { Doorway } from "./doorway.ts";
import type { ServerOptions } from "./server_options.ts";
import type { HostOptions } from "./host_options.ts";
import type { HostedSession } from "./hosted_session.ts";
import { Peers } from "./peers.ts";

const PAGE_HEADERS = pageHeaders();
/** What routes of a server are given beside the request. */
export type Env = { Bindings: { incoming: IncomingMessage } };

/** How often rates are set by how busy the hubs are, in ms. */
const TIGHTEN_MS = 250;
/** Paths whose routes ask the door themselves; requests of a link that is there are known by its name, and counted as its frames. */
const OWN_DOORS = ["/api/", "/metrics", "/sse", "/poll"];

/**
 * One port for everything: the page, WebSockets at /ws, event streams at /sse, long polling at /poll, signalling for data
 * channels at /peer, /healthz, /readyz and /metrics; for as many sessions as are put into it.
 *
 * All come in by one door, which checks host, origin, rates and tokens; the hub of a session then checks each request.
 *
 * @example
 * ```ts
 * import { Server } from "./server.ts";
 * const server = await Server.start({ port: 0 });
 * const health = await fetch(`${server.url}/healthz`);
 * if (health.status !== 200) throw new Error("unexpected");
 * await health.body?.cancel();
 * await server.close();
 * ```
 */
export class Server {
  readonly app: Hono<Env> = new Hono<Env>();
  readonly metrics: Metrics = new Metrics();
  readonly health: Health;
  readonly log: Log;
  readonly #sessions = new Map<string, HostedSession>();
  readonly #measured: TransportMetrics = new TransportMetrics(this.metrics);
  readonly #meters = new Map<string, HubMeter>();
  readonly #access: Access;
  readonly #options: ServerOptions;
  readonly #audit: Audit | undefined;
  readonly #auditFile: AuditFile | undefined;
  readonly #revocations: Revocations;
  readonly #connections: ConnectionLimits;
  readonly #traces: CommandTraces = new CommandTraces();
  #rates!: RateLimits;
  #origins!: Origins;
  #door!: Door;
  #doorway!: Doorway;
  #http!: HttpServer;
  #peers: Peers | undefined;
  #tightening: ReturnType<typeof setInterval> | undefined;

  private constructor(options: ServerOptions, access: Access, revocations: Revocations) {
    this.#options = options;
    this.#access = access;
    this.#revocations = revocations;
    const { auditFile, limits = {}, log = () => {} } = options;
    this.log = new Log({ write: log, now: () => Date.now() });
    this.health = new Health((name, error) => this.log.error("a check threw", { name, error: String(error) }));
    this.#connections = new ConnectionLimits(limits.connections);
    if (auditFile === undefined) return;
    const sink = this.#auditFile = new AuditFile({ path: auditFile });
    const onFailure = (error: unknown) => this.log.error("the audit log cannot be written", { error: String(error) });
    this.#audit = new Audit({ sink, last: sink.last, now: () => Date.now(), onFailure });
  }

  /** Puts one up. Throws RangeError for what would not be safe, and what the system says where the port cannot be had. */
  static async start(options: ServerOptions): Promise<Server> {
    const { hostname = "127.0.0.1", certFile, keyFile, audience = "lockstep", issuers = [], plainTextTrade } = options;
    const tls = readTls({ certFile, keyFile }), now = () => Date.now(), { port, proxies, revocationsFile } = options;
    const kept = revocationsFile ? new RevocationFile(revocationsFile) : undefined;
    const exposure = { host: hostname, encrypted: tls !== undefined, plainTextTrade };
    const revocations = new Revocations({ standing: kept?.read() });
    const access = await makeAccess({ audience, issuers, now, revocations }, exposure);
    const server = new Server(options, access, revocations);
    server.#routes();
    const { app, metrics } = server, limits = options.limits?.http;
    const http = server.#http = await serveHttp({ app, port, hostname, tls, proxies, limits });
    measureConnections(metrics, http);
    server.#putUpDoor(tls !== undefined);
    acceptWebSockets(http, {
      path: "/ws",
      ...server.#frameLimits(),
      ...server.#doorway.acceptance,
    });
    if (server.#peers) http.onUpgrade(server.#peers.upgrade);
    revocations.onRevoke((revoked) => {
      server.#sessions.forEach(({ hub }) => hub.revoke(revoked));
      kept?.write(revocations.standing(now()));
    });
    server.#tightening = setInterval(() => server.#tighten(), TIGHTEN_MS);
    server.health.state = "ready";
    return server;
  }

  /** Of frames that come, twice what the hub takes, so that it can say what is too large: more would be held for nothing. */
  #frameLimits(): { readonly frameBytesMax?: number; readonly takenBytesMax: number } {
    const { limits: { frameBytesMax, hub } = {} } = this.#options;
    return { frameBytesMax, takenBytesMax: 2 * (hub?.messageBytesMax ?? DEFAULT_LIMITS.messageBytesMax) };
  }

  /** Once the port is known, which names of this server hold. */
  #putUpDoor(encrypted: boolean): void {
    const { hosts, origins: listed, plainTextTrade, proxies, limits = {} } = this.#options, { tokens } = this.#access;
    const rates = this.#rates = new RateLimits({ now: () => performance.now(), rates: limits.rates });
    const origins = this.#origins = new Origins({
      port: this.#http.port,
      hosts: hosts && ["localhost", "127.0.0.1", "[::1]", ...hosts],
      tls: encrypted,
      origins: listed,
    });
    const checked = { tokens, origins, rates, encrypted, plainTextTrade };
    this.#door = new Door({ ...checked, now: () => Date.now(), audit: this.#audit });
    this.#doorway = new Doorway({
      door: this.#door,
      rates,
      connections: this.#connections,
      proxies,
      hubOf: (asked, principal) => this.#sessionOf(asked, principal).hub,
      onFault: (error) => this.log.error("a client could not be greeted", { error: String(error) }),
    });
  }

  /** "http://127.0.0.1:8787". */
  get url(): string {
    return this.#http.url;
  }

  /** The page's address, with the token of this start in its fragment where there is one. */
  get pageUrl(): string {
    return startUrl(`${this.url}/`, this.#access.token);
  }

  /** The token that was made for this start; undefined where configuration names issuers. */
  get token(): string | undefined {
    return this.#access.token;
  }

  /** Sessions by name. */
  get sessions(): ReadonlyMap<string, HostedSession> {
    return this.#sessions;
  }

  /** How a session is to be made that will be put in here: what it measures, traces, audits, and asks about tokens. */
  hostOptions(id: string): HostOptions {
    return {
      id,
      metrics: this.#meterOf(id),
      traces: this.#traces,
      limits: this.#options.limits?.hub,
      onFault: (error) => this.log.error("a request failed", { session: id, error: String(error) }),
      refresh: (connection, token) => {
        return this.#door.refresh(connection.principal, token, connection.link?.remote ?? "");
      },
      historyWait: ({ principal, link }) =>
        this.#rates.take("histories", { user: personOf(principal), address: link?.remote }),
      onCommand: ({ id: connection, principal, link }, { command }, outcome) => {
        const code = outcome instanceof ProtocolError ? outcome.data.code : outcome.code;
        const what = { connection, session: id, action: "command", detail: command };
        this.record({ principal, address: link?.remote, ...what, outcome: code === 0 ? "done" : "refused", code });
      },
    };
  }

  /** Writes to the audit log that somebody did something; false where there is one and it could not be kept. */
  record(event: AuditEvent): boolean {
    return this.#audit?.record(event) ?? true;
  }

  /** Makes tokens worthless that were made before a time, and cuts whoever is here by them. Throws as `Revocations.revoke`. */
  revoke(revocation: Revocation): void {
    this.#revocations.revoke(revocation, Date.now());
  }

  /** Lets clients join a session. Throws RangeError for a name that is taken. */
  add(session: HostedSession): void {
    if (this.#sessions.has(session.id)) {
      throw new RangeError(`Cannot serve session ${session.id}: there is one of that name`);
    }
    this.#sessions.set(session.id, session);
    this.#meterOf(session.id).follow(session.hub);
    this.#peers?.announce();
  }

  /** Forgets a session, and lets its clients go. */
  remove(id: string): void {
    this.#sessions.get(id)?.hub.close("the session is gone");
    this.#traces.close(id);
    this.#sessions.delete(id);
    this.#meters.get(id)?.end();
    this.#meters.delete(id);
    this.#peers?.announce();
  }

  #meterOf(id: string): HubMeter {
    const meter = this.#meters.get(id) ?? this.#measured.hub(id);
    this.#meters.set(id, meter);
    return meter;
  }

  /** Whom a request comes from. Throws ProtocolError where it may not come, TOKEN_MISSING where it brings no token. */
  async principalOf(context: Context<Env>): Promise<Principal> {
    const { raw } = context.req, address = this.addressOf(context);
    const found = await this.#door.request({ headers: raw.headers, url: raw.url, method: raw.method, address });
    if (found !== undefined) return found;
    throw new ProtocolError("TOKEN_MISSING", "Cannot answer: no token came; send it as Authorization: Bearer …");
  }

  /** Throws ProtocolError where a principal may not do something. */
  permit(principal: Principal, need: Need): void {
    this.#door.permit(principal, need);
  }

  /** The address that a request comes from, as limits and logs count it. */
  addressOf({ req: { raw: { headers } }, env }: Context<Env>): string {
    return this.#doorway.callers.addressOf({ remote: env.incoming.socket.remoteAddress ?? "", headers });
  }

  /** Clients that are here by a link. */
  get clients(): number {
    return this.#connections.open;
  }

  /** Tells clients to come back after so many ms, and takes nobody any more. */
  drain(reconnectMs: number, reason: string): void {
    this.health.state = "draining";
    for (const { hub } of this.#sessions.values()) hub.drain(reconnectMs, reason);
    this.#peers?.drain(reconnectMs);
  }

  /** Tells clients to come back, ends all sessions' hubs once who reads has all, and closes the port; after `graceMs` all is cut. */
  async close(reconnectMs = 1000, graceMs = 500): Promise<void> {
    clearInterval(this.#tightening);
    this.drain(reconnectMs, "the server is stopping");
    await Promise.all([...this.#sessions.values()].map(({ hub }) => hub.delivered(10 * graceMs)));
    for (const id of [...this.#sessions.keys()]) this.remove(id);
    await this.#peers?.close();
    await this.#http.close(graceMs);
    this.#auditFile?.close();
  }

  #routes(): void {
    const { app } = this;
    app.use((context, next) => this.#guard(context, next));
    app.onError((error) =>
      problemResponse(error, (fault) => this.log.error("a request failed", { error: String(fault) }))
    );
    app.route("/", this.health.routes());
    const door = {
      request: (knock: Parameters<Door["request"]>[0]) => this.#door.request(knock),
      permit: (...of: Parameters<Door["permit"]>) => this.#door.permit(...of),
    };
    const addressOf = (context: Context) => this.addressOf(context as Context<Env>);
    app.route("/", metricsRoute({ metrics: this.metrics, door, addressOf }));
    const links = {
      ...this.#frameLimits(),
      check: (...of: Parameters<Doorway["acceptance"]["check"]>) => this.#doorway.acceptance.check(...of),
      addressOf: (...of: Parameters<Doorway["callers"]["addressOf"]>) => this.#doorway.callers.addressOf(...of),
      onLink: (...of: Parameters<Doorway["admit"]>) => void this.#doorway.admit(...of),
    };
    acceptSse(app, { path: "/sse", ...links });
    acceptPolling(app, { path: "/poll", ...links });
    if (this.#options.peers !== false) this.#putUpPeers();
    this.#options.mount?.(this);
    mountPage(app);
  }

  /** Data channels: signalling, tickets to it, and figures of how peers fare. */
  #putUpPeers(): void {
    const peers = this.#peers = new Peers({
      ...this.#options,
      sessions: () => this.#sessions.keys(),
      checkOrigin: (headers) => this.#origins.check(headers),
      principal: (headers) => this.#door.request({ headers, url: "/peer", address: "" }),
      admit: (link, caller) => void this.#doorway.admit(link, caller),
      onTrouble: (what) => this.log.warn("data channels", { what }),
    });
    measurePeers(this.metrics, () => peers.reports);
    this.app.route("/", peers.app);
    const ticketFor = async (context: Context<Env>) => {
      const principal = await this.principalOf(context);
      // Of those that have not called yet so many are remembered: nobody's are to be pushed out by one who asks for thousands.
      const wait = this.#rates.take("connections", { user: personOf(principal) });
      if (wait > 0) {
        throw new ProtocolError("RATE_EXCEEDED", "Cannot give a ticket: too many of this user's came", wait);
      }
      return await peers.ticket(principal, this.addressOf(context), context.req.query("room"));
    };
    this.app.post("/api/tickets", async (context) => context.json(await ticketFor(context), 201));
  }

  /** What every request meets: whoever reaches the port under another's name gets nothing, not even the page. */
  async #guard(context: Context<Env>, next: () => Promise<void>): Promise<Response | void> {
    const { headers, url, method } = context.req.raw, { path } = context.req;
    const listed = this.#origins.corsHeaders(headers);
    try {
      this.#origins.check(headers, method);
      if (method === "OPTIONS") {
        return new Response(null, { status: 204, headers: this.#origins.preflightHeaders(headers) });
      }
      if (!OWN_DOORS.some((each) => path.startsWith(each))) {
        await this.#door.request({ headers, url, method, address: this.addressOf(context) });
      }
      await next();
    } catch (error) {
      context.res = problemResponse(error, (fault) => this.log.error("a request failed", { error: String(fault) }));
    }
    for (const [name, value] of Object.entries({ ...PAGE_HEADERS, ...listed })) context.res.headers.set(name, value);
  }

  /** Rates shrink while the busiest hub has hardly time for what it has. */
  #tighten(): void {
    let most = 0;
    for (const { hub } of this.#sessions.values()) most = Math.max(most, hub.load);
    this.#rates.tighten(most);
  }

  /** The session that a client asks for, or the only one that it may see. */
  #sessionOf(asked: string | undefined, principal: Principal): HostedSession {
    const seen = [...this.#sessions.values()].filter(({ id }) => this.maySee(principal, id));
    const found = asked === undefined ? (seen.length === 1 ? seen[0] : undefined) : seen.find(({ id }) => id === asked);
    if (found) return found;
    const which = asked === undefined ? `there are ${seen.length}; name one` : `there is no ${asked}`;
    throw new ProtocolError("SESSION_UNKNOWN", `Cannot join a session: ${which}`);
  }

  /** Whether a principal has any part in a session. */
  maySee(principal: Principal, id: string): boolean {
    return allows(principal, { action: "read", session: id, anySymbol: true });
  }
}
