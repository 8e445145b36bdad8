import type { IncomingMessage } from "node:http";
import { type Context, Hono } from "hono";
import {
  type Access,
  allows,
  Audit,
  AuditFile,
  Door,
  makeAccess,
  Origins,
  pageHeaders,
  type Principal,
  RateLimits,
  readTls,
  startUrl,
  type TokenOptions,
} from "../auth/mod.ts";
import { greet } from "../hub/mod.ts";
import type { Caller, Refusal } from "../link/caller.ts";
import { type HttpServer, serveHttp } from "../link/http_server.ts";
import type { Link } from "../link/link.ts";
import { acceptPolling } from "../link/polling.ts";
import { acceptSse } from "../link/sse.ts";
import { acceptWebSockets } from "../link/websocket_server.ts";
import { Health, type HubMeter, Log, Metrics, metricsRoute, problemResponse, TransportMetrics } from "../ops/mod.ts";
import { loadCodec } from "../protocol/codecs.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { mountPage } from "../web/mod.ts";
import type { HostedSession, HostOptions } from "./hosted_session.ts";

/** How a server is put up. */
export interface ServerOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  /** 127.0.0.1 unless told. */
  readonly hostname?: string;
  /** Certificate and key, PEM files. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Who makes tokens; on loopback, where there is none, a token is made for this start. */
  readonly issuers?: TokenOptions["issuers"];
  /** What tokens name as their audience; "lockstep" unless said. */
  readonly audience?: string;
  /** Names under which it may be asked for, beside those of loopback; pages that may use it. */
  readonly hosts?: readonly string[];
  readonly origins?: readonly string[];
  /** Trading over plain text off loopback is wanted. */
  readonly plainTextTrade?: boolean;
  /** Where who did what is written; nowhere where absent. */
  readonly auditFile?: string;
  /** Takes lines of the log; nobody where absent. */
  readonly log?: (line: string) => void;
}

const PAGE_HEADERS = pageHeaders();

type Env = { Bindings: { incoming: IncomingMessage } };

/**
 * One port for everything: the page, WebSockets at /ws, event streams at /sse, long polling at /poll, /healthz, /readyz and
 * /metrics; for as many sessions as are put into it.
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
  /** Whom a caller's token named, before its first message. */
  readonly #known = new WeakMap<Caller, Principal>();
  #door!: Door;
  #http!: HttpServer;

  private constructor(options: ServerOptions, access: Access) {
    this.#options = options;
    this.#access = access;
    const { auditFile, log = () => {} } = options;
    this.log = new Log({ write: log, now: () => Date.now() });
    this.health = new Health((name, error) => this.log.error("a check threw", { name, error: String(error) }));
    this.#audit = auditFile === undefined
      ? undefined
      : new Audit({ sink: new AuditFile({ path: auditFile }), now: () => Date.now() });
  }

  /** Puts one up. Throws RangeError for what would not be safe, and what the system says where the port cannot be had. */
  static async start(options: ServerOptions): Promise<Server> {
    const { hostname = "127.0.0.1", certFile, keyFile, audience = "lockstep", issuers = [], plainTextTrade } = options;
    const tls = readTls({ certFile, keyFile }),
      exposure = { host: hostname, encrypted: tls !== undefined, plainTextTrade };
    const access = await makeAccess({ audience, issuers, now: () => Date.now() }, exposure);
    const server = new Server(options, access), { app } = server;
    server.#routes();
    server.#http = await serveHttp({ app, port: options.port, hostname, tls });
    const hosts = options.hosts && ["localhost", "127.0.0.1", "[::1]", ...options.hosts];
    server.#door = new Door({
      tokens: access.tokens,
      origins: new Origins({ port: server.#http.port, hosts, tls: tls !== undefined, origins: options.origins }),
      rates: new RateLimits({ now: () => performance.now() }),
      now: () => Date.now(),
      encrypted: tls !== undefined,
      plainTextTrade,
      audit: server.#audit,
    });
    acceptWebSockets(server.#http, { path: "/ws", ...server.#acceptance() });
    server.health.state = "ready";
    return server;
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

  /** How a session is to be made that will be put in here: what it measures, audits, and asks about tokens. */
  hostOptions(id: string): HostOptions {
    return {
      id,
      metrics: this.#meterOf(id),
      refresh: (connection, token) => {
        return this.#door.refresh(connection.principal, token, connection.link?.remote ?? "");
      },
      onCommand: ({ principal, link }, { command }, outcome) => {
        const refused = outcome instanceof ProtocolError ? outcome.data.code : outcome.code;
        this.#audit?.record({
          principal,
          address: link?.remote,
          session: id,
          action: "command",
          outcome: refused === 0 ? "done" : "refused",
          code: refused,
          detail: command,
        });
      },
    };
  }

  /** Lets clients join a session. Throws RangeError for a name that is taken. */
  add(session: HostedSession): void {
    if (this.#sessions.has(session.id)) {
      throw new RangeError(`Cannot serve session ${session.id}: there is one of that name`);
    }
    this.#sessions.set(session.id, session);
    this.#meterOf(session.id).follow(session.hub);
  }

  /** Forgets a session, and lets its clients go. */
  remove(id: string): void {
    this.#sessions.get(id)?.hub.close("the session is gone");
    this.#sessions.delete(id);
    this.#meters.get(id)?.end();
    this.#meters.delete(id);
  }

  #meterOf(id: string): HubMeter {
    const meter = this.#meters.get(id) ?? this.#measured.hub(id);
    this.#meters.set(id, meter);
    return meter;
  }

  /** Whom a request comes from. Throws ProtocolError where it may not come, TOKEN_MISSING where it brings no token. */
  async principalOf({ req: { raw }, env }: Context<Env>): Promise<Principal> {
    const address = env.incoming.socket.remoteAddress ?? "";
    const found = await this.#door.request({ headers: raw.headers, url: raw.url, method: raw.method, address });
    if (found !== undefined) return found;
    throw new ProtocolError("TOKEN_MISSING", "Cannot answer: no token came; send it as Authorization: Bearer …");
  }

  /** Tells clients to come back, ends all sessions' hubs, and closes the port. */
  async close(reconnectMs = 1000): Promise<void> {
    this.health.state = "draining";
    for (const { hub } of this.#sessions.values()) hub.drain(reconnectMs, "the server is stopping");
    for (const id of [...this.#sessions.keys()]) this.remove(id);
    await this.#http.close(500);
  }

  #routes(): void {
    const { app } = this;
    app.use(async (context, next) => {
      try {
        // Whoever reaches the port under another's name gets nothing, not even the page.
        const address = context.env.incoming.socket.remoteAddress ?? "", { raw } = context.req;
        if (!context.req.path.startsWith("/api/")) {
          await this.#door.request({ headers: raw.headers, url: raw.url, method: raw.method, address });
        }
      } catch (error) {
        return problemResponse(error);
      }
      await next();
      for (const [name, value] of Object.entries(PAGE_HEADERS)) context.res.headers.set(name, value);
    });
    app.onError((error) =>
      problemResponse(error, (fault) => this.log.error("a request failed", { error: String(fault) }))
    );
    app.route("/", this.health.routes());
    const door = {
      request: (knock: Parameters<Door["request"]>[0]) => this.#door.request(knock),
      permit: (...of: Parameters<Door["permit"]>) => this.#door.permit(...of),
    };
    const addressOf = (context: Context) => (context as Context<Env>).env.incoming.socket.remoteAddress ?? "";
    app.route("/", metricsRoute({ metrics: this.metrics, door, addressOf }));
    acceptSse(app, { path: "/sse", ...this.#acceptance() });
    acceptPolling(app, { path: "/poll", ...this.#acceptance() });
    mountPage(app);
  }

  /** What all carriers do with a caller, and with its link. */
  #acceptance() {
    return {
      check: (caller: Caller) => this.#check(caller),
      onLink: (link: Link, caller: Caller) => void this.#greet(link, caller),
    };
  }

  async #check(caller: Caller): Promise<Refusal | undefined> {
    const { headers, url, remote } = caller;
    try {
      const principal = await this.#door.request({ headers, url: url.href, address: remote });
      if (principal) this.#known.set(caller, principal);
      return undefined;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const { code, name } = error.data;
      // Other pages hear nothing but that they may not; a client hears the code.
      return { code, reason: error.message, ...(name === "ORIGIN_REFUSED" ? { status: 403 } : {}) };
    }
  }

  async #greet(link: Link, caller: Caller): Promise<void> {
    try {
      await greet(link, await loadCodec(caller.codec), {
        authenticate: ({ token }) => {
          if (token !== undefined) return this.#door.token(token, caller.remote);
          const known = this.#known.get(caller);
          if (known) return known;
          throw new ProtocolError("TOKEN_MISSING", "Cannot connect: no token came");
        },
        hubOf: (asked, principal) => this.#sessionOf(asked, principal).hub,
      });
    } catch (error) {
      this.log.error("a client could not be greeted", { error: String(error) });
    }
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
