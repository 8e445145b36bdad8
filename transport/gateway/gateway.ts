import { Origins } from "../auth/mod.ts";
import { type HttpServer, serveHttp } from "../link/http_server.ts";
import { systemTimers, type Timers } from "../link/timers.ts";
import type { HostOptions } from "../host/host_options.ts";
import type { HostedSession } from "../host/hosted_session.ts";
import { type ApiKey, ApiKeys } from "./api_keys.ts";
import { type CommissionMode, COMMISSIONS } from "./commissions.ts";
import { Desk } from "./desk.ts";
import { Dispatcher } from "./dispatcher.ts";
import { GatewayClock } from "./gateway_clock.ts";
import { acceptSockets, type GatewaySockets, type SocketTaker } from "./gateway_socket.ts";
import { MarketStreams } from "./market_streams.ts";
import { Pacing } from "./pacing.ts";
import { restApp } from "./rest.ts";
import { routes } from "./routes.ts";
import { SpotExchange } from "./spot_exchange.ts";
import { StreamSocket } from "./stream_socket.ts";
import { UserStreams } from "./user_streams.ts";
import { type GatewayRates, Weights } from "./weights.ts";
import { WsApi } from "./ws_api.ts";

/** How a gateway is put up. */
export interface GatewayOptions {
  /** 0 lets the system choose. It listens on 127.0.0.1 alone. */
  readonly port: number;
  /** Whose signatures are good; one is made where absent. */
  readonly key?: ApiKey;
  /** Time waits for clients; see `Pacing`. */
  readonly quiet?: boolean;
  /** How long nothing may be asked or told before it goes on, ms of wall time; 20. */
  readonly quietMs?: number;
  /** Quiet: how far time goes on for who asks of the market and listens to no stream, ns; a second. */
  readonly stepNs?: bigint;
  /** Clients see the tape's own times. */
  readonly tapeTime?: boolean;
  /**
   * What clients pay commissions in: the quote asset (unless said), or what they receive, as on Binance without BNB: of a buy the base
   * asset. The session pays in money either way.
   */
  readonly commission?: CommissionMode;
  /** Binance's unless said. */
  readonly rates?: GatewayRates;
  /** Wall time, ms since 1970; the machine's unless said. */
  readonly wall?: () => number;
  readonly timers?: Timers;
  /** Hears of what is no fault of a client's. */
  readonly onFault?: (error: unknown) => void;
}

/** Texts a second that a client of streams may send, as Binance has it; of the WebSocket API weights are the bound. */
const STREAM_TEXTS = 5, API_TEXTS = 200;

/**
 * A session as Binance's spot exchange: REST under /api/v3, streams at /ws and /stream, the WebSocket API at /ws-api/v3. What
 * speaks Binance trades on it, unaltered.
 *
 * It is made before its session, of which it is a recorder, and started with it: orders go by the session's commands alone, through
 * risk and its journal.
 *
 * @example
 * ```ts
 * import { HostedSession } from "../host/mod.ts";
 * import { Gateway } from "./gateway.ts";
 * const gateway = new Gateway({ port: 0 }), strategy = { name: "still", about: "", create: () => ({}) };
 * const options = { strategy, tape: "fixtures/data/market_l2.arrow", recorders: [gateway.recorder] };
 * const session = new HostedSession(options, { id: "one", ...gateway.hostOptions });
 * await gateway.start(session);
 * const running = session.run().catch(() => {});
 * const { symbols } = await (await fetch(`${gateway.url}/api/v3/exchangeInfo`)).json();
 * if (symbols[0].symbol !== "ZEROUSD") throw new Error("unexpected");
 * session.stop(new Error("enough"));
 * await running;
 * await gateway.close();
 * ```
 */
export class Gateway {
  /** What the session is to be recorded by. */
  readonly recorder: SpotExchange;
  /** The key by which clients are known, with its secret. */
  readonly key: ApiKey;
  readonly #options: GatewayOptions;
  readonly #timers: Timers;
  readonly #clock: GatewayClock;
  readonly #streams: MarketStreams;
  readonly #users: UserStreams;
  readonly #pacing: Pacing;
  #desk: Desk | undefined;
  #session: HostedSession | undefined;
  #http: HttpServer | undefined;
  #sockets: GatewaySockets | undefined;
  /** Whose pages may ask; known once the port is. */
  #origins: Origins | undefined;

  /** Throws RangeError for options that are none. */
  constructor(options: GatewayOptions) {
    const { commission = "quote" } = options;
    if (!COMMISSIONS.includes(commission)) {
      throw new RangeError(
        `Cannot put a gateway up: commission is ${commission}; it is one of ${COMMISSIONS.join(", ")}`,
      );
    }
    this.#options = options;
    this.recorder = new SpotExchange(commission);
    this.key = options.key ?? ApiKeys.make();
    const exchange = this.recorder, wall = options.wall ?? (() => Date.now());
    this.#timers = options.timers ?? systemTimers;
    const clock = this.#clock = new GatewayClock({ wall, session: () => exchange.time, tapeTime: options.tapeTime });
    exchange.clock = clock;
    const streams = this.#streams = new MarketStreams(exchange, clock),
      users = this.#users = new UserStreams(exchange, clock);
    exchange.audience = {
      book: (market, levels) => streams.book(market, levels),
      trade: (market, trade) => streams.trade(market, trade),
      bar: (market) => streams.bar(market),
      execution: (execution) => users.execution(execution),
      transfer: (asset, amount, time) => users.transfer(asset, amount, time),
    };
    this.#pacing = new Pacing({
      quiet: options.quiet,
      quietMs: options.quietMs,
      stepNs: options.stepNs,
      timers: this.#timers,
      time: () => exchange.time,
      heard: () => exchange.heardOf,
      ordered: () => this.#desk?.waits === true,
      behind: () => this.#sockets?.behind === true,
      listeners: () => streams.listeners + users.listeners,
      begin: () => this.#anchor(),
      turn: () => this.#session?.driver.turn(),
    });
  }

  /** How the session is to be hosted, beside what its host says. */
  get hostOptions(): Pick<HostOptions, "waits"> {
    return { waits: (next) => this.#moved(next) };
  }

  /** Whether the session's time is the world's, and stands for nobody. */
  get #world(): boolean {
    return this.#session?.driver.tape === undefined;
  }

  /** "http://127.0.0.1:8888". */
  get url(): string {
    return this.#http?.url ?? "";
  }

  /** Puts it up for its session. Throws what the system says where the port cannot be had. */
  async start(session: HostedSession): Promise<void> {
    const clock = this.#clock, exchange = this.recorder, users = this.#users, pacing = this.#pacing;
    const { rates, onFault = () => {} } = this.#options;
    this.#session = session;
    if (this.#world) {
      this.#anchor();
      pacing.free();
    }
    const weights = new Weights(rates), keys = new ApiKeys([this.key]);
    const desk = this.#desk = new Desk(session, exchange, this.#timers);
    desk.onWait = () => pacing.ordered();
    const { rest, methods } = routes({ exchange, clock, weights }, desk, users);
    const dispatcher = new Dispatcher({ keys, weights, clock, pacing });
    const check = (headers: Headers, method = "GET") => refusalOf(() => this.#origins?.check(headers, method));
    const http = this.#http = await serveHttp({
      app: restApp({ endpoints: rest, dispatcher, weights, clock, check, onFault }),
      port: this.#options.port,
    });
    this.#origins = new Origins({ port: http.port });
    const told = () => pacing.told();
    const api: SocketTaker = {
      textsPerSecond: API_TEXTS,
      take: (socket) =>
        void new WsApi(socket, { endpoints: methods, dispatcher, keys, users, weights, clock, told, onFault }),
    };
    this.#sockets = acceptSockets({
      server: http,
      now: () => this.#timers.now(),
      check: ({ headers: { host, origin } }) => check(new Headers({ host: host ?? "", ...(origin ? { origin } : {}) })),
      onSocket: (url) => url.pathname === "/ws-api/v3" ? api : this.#streamsAt(url),
    });
  }

  /** Closes the port and all that is open. */
  async close(): Promise<void> {
    this.ended();
    this.#sockets?.close();
    await this.#http?.close(0);
  }

  /** The session has ended: nobody waits for it any more. */
  ended(): void {
    this.#pacing.close();
    this.#desk?.close();
  }

  /** Time begins to go on: it is now. */
  #anchor(): void {
    const by = this.#clock.anchor(this.#world);
    for (const market of this.recorder.markets) market.restamp(by);
  }

  /** After each move: who has waited is answered, and what is due is told. */
  #moved(next: number): boolean {
    this.#desk?.moved();
    const { nowNs } = this.recorder;
    this.#streams.flush(this.#clock.market + Math.min((next - nowNs) / 1e6, Number.MAX_SAFE_INTEGER));
    return this.#pacing.waits();
  }

  /** Streams by their address: /ws/a/b, /stream?streams=a/b, and /stream/ws for clients that look for the word in it. */
  #streamsAt(url: URL): SocketTaker | undefined {
    const [, root, rest = ""] = /^(\/ws|\/stream\/ws|\/stream)(?:\/(.*))?$/.exec(url.pathname) ?? [];
    if (root === undefined) return undefined;
    const listed = root === "/stream" ? url.searchParams.get("streams") ?? "" : rest;
    const names = listed.split("/").filter((name) => name !== "");
    return {
      textsPerSecond: STREAM_TEXTS,
      take: (socket) => {
        void new StreamSocket({
          socket,
          streams: this.#streams,
          users: this.#users,
          combined: root === "/stream",
          names,
          told: () => this.#pacing.told(),
          asked: () => void this.#pacing.asked(false).then((done) => done()),
          onFault: this.#options.onFault ?? (() => {}),
        });
      },
    };
  }
}

/** What `check` throws, in words. */
function refusalOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
