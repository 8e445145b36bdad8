import { channelNeed } from "../auth/needs.ts";
import { isSamePerson, type Principal } from "../auth/principal.ts";
import { allows } from "../auth/scopes.ts";
import type { Link } from "../link/link.ts";
import type { Timers } from "../link/timers.ts";
import { type Channel, CHANNELS } from "../protocol/channels.ts";
import { type Codec, PROTOCOL_VERSION } from "../protocol/codec.ts";
import { type ErrorName, ProtocolError } from "../protocol/errors.ts";
import type { ClientMessage, ServerMessage } from "../protocol/messages.ts";
import { systemClock } from "./clock.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import { Counters, type HubMetrics } from "./counters.ts";
import type { Data } from "./entry.ts";
import { DEFAULT_LIMITS, type HubLimits } from "./limits.ts";
import { Pacer } from "./pacer.ts";
import { Intake, type OwnersRequest } from "./intake.ts";
import { type RequestTools, resume } from "./requests.ts";
import { type Reader, Switchboard } from "./switchboard.ts";
import { Wire } from "./wire.ts";

type HelloData = Extract<ServerMessage, { type: "hello" }>["data"];

/** A client's first message. */
export type Hello = Extract<ClientMessage, { type: "hello" }>;

/** What a hub is made of. */
export interface HubOptions {
  /** The session's name. */
  readonly session: string;
  readonly mode: HelloData["mode"];
  /** Orders are real, and so is the money. */
  readonly live: boolean;
  readonly instruments: HelloData["instruments"];
  /** Kinds of command that the session takes. */
  readonly commands: readonly string[];
  /**
   * The state of a topic, after all that was published; undefined where there is none. Of channels whose newest message is their
   * state the hub knows it by itself.
   */
  readonly snapshot?: (channel: Channel, symbol: string) => Data | undefined;
  /** Gets requests that the hub does not answer, in order; answers with `connection.answer` or `connection.refuse`. */
  readonly onRequest?: (connection: Connection, message: OwnersRequest) => void;
  /** Counts a request for history, of all connections of its user and address; the ms to wait where too many came, else 0. */
  readonly historyWait?: (connection: Connection) => number;
  /** A client has come, or has gone for good: its link was lost for longer than the grace. */
  readonly onJoin?: (connection: Connection) => void;
  readonly onLeave?: (connection: Connection) => void;
  /** Whether a principal may read a topic; by its scopes, where absent. */
  readonly mayRead?: (principal: Principal, channel: Channel, symbol: string) => boolean;
  readonly limits?: Partial<HubLimits>;
  readonly clock?: Timers;
  /** Names this run of sequences and its connections; random. */
  readonly newId?: () => string;
  /** Nothing is merged, on any channel, so that every client sees every message: for digests. */
  readonly lossless?: boolean;
  readonly metrics?: HubMetrics;
}

/** How often it looks after its connections, in ms. */
const CHECK_MS = 250;
/** Looks between two clean-ups of what nobody follows any more. */
const TIDY_EVERY = 8;
/** How often it looks whether all have what was published, when somebody waits for that, in ms. */
const LOOK_MS = 10;
/** Names that a message of presence lists at most. */
const NAMES_MOST = 1000;

/**
 * Publishes what happens in one session to its clients, and hands what they ask of the session to its owner.
 *
 * It knows no engine: `publish` gives a topic (a channel and symbol) its next message; snapshots come from a provider. What is
 * published in one turn goes out in few frames, built once for all clients that are in step, at the latest after `flush.ms`, or at
 * `flush()`.
 *
 * | operation | cost |
 * |---|---|
 * | publish | O(1) for each different set of subscriptions; a frame when enough waits |
 * | a frame | one encoding of each message, one build, one `send` for each client |
 * | a client that lags | a number for each topic it follows |
 *
 * @example
 * ```ts
 * import { memoryPair } from "../link/memory.ts";
 * import { codecOf } from "../protocol/codecs.ts";
 * import { Hub } from "./hub.ts";
 *
 * const hub = new Hub({ session: "demo", mode: "backtest", live: false, instruments: [], commands: [] });
 * const [link, client] = memoryPair();
 * const json = codecOf("json");
 * const heard: string[] = [];
 * client.onFrame = (frame) => heard.push(...json.decode(frame, "server").map(({ type }) => type));
 *
 * hub.connect(link, json, { name: "ann", scopes: ["read"] }, { type: "hello", data: { protocol: 1, client: "demo" } });
 * client.send(json.frame([json.encode({ type: "subscribe", id: "1", data: { channel: "progress", symbol: "" } })]));
 * await new Promise((resolve) => setTimeout(resolve, 5));
 * hub.publish("progress", "", { rows: 1, total: 2 }, 0n);
 * hub.flush();
 * await new Promise((resolve) => setTimeout(resolve, 5));
 * if (heard.join() !== "hello,subscribed,update") throw new Error(heard.join());
 * hub.close();
 * ```
 */
export class Hub {
  readonly counters = new Counters();
  readonly limits: HubLimits;
  readonly epoch: string;
  readonly #options: HubOptions;
  readonly #clock: Timers;
  readonly #newId: () => string;
  readonly #switchboard: Switchboard;
  readonly #pacer: Pacer;
  readonly #host: ConnectionHost;
  readonly #tools: RequestTools;
  readonly #connections = new Map<string, Connection>();
  readonly #graces = new Map<Connection, () => void>();
  #readers = new WeakMap<Principal, Reader>();
  #draining = false;
  #closed = false;
  #cancelCheck: (() => void) | undefined;
  #checks = 0;
  #subscriptions = 0;
  /** Session time of what was published last. */
  #time = 0n;

  constructor(options: HubOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#options = options;
    this.limits = limits;
    const clock = this.#clock = options.clock ?? systemClock;
    this.#newId = options.newId ?? (() => crypto.randomUUID().replaceAll("-", "").slice(0, 20));
    this.epoch = this.#newId();
    const metrics = options.metrics ?? {}, { counters } = this;
    this.#pacer = new Pacer(clock);
    this.#switchboard = new Switchboard({
      epoch: this.epoch,
      clock,
      limits,
      counters,
      metrics,
      symbols: options.instruments.map(({ symbol }) => symbol),
      lossless: options.lossless ?? false,
      snapshot: (channel, symbol) => this.#snapshot(channel, symbol),
    });
    this.#host = {
      clock,
      limits,
      counters,
      metrics,
      switchboard: this.#switchboard,
      pacer: this.#pacer,
      readerOf: (principal) => this.#readerOf(principal),
      received: (connection, frame) => intake.take(connection, frame),
      detached: (connection) => this.#detached(connection),
      ended: (connection) => this.#ended(connection),
    };
    const tools: RequestTools = this.#tools = {
      switchboard: this.#switchboard,
      limits,
      readerOf: (connection) => this.#readerOf(connection.principal),
      present: () => this.#names(),
      nextId: () => `s${++this.#subscriptions}`,
    };
    const intake = new Intake({
      clock,
      limits,
      counters,
      load: () => this.load,
      tools,
      historyWait: options.historyWait ?? (() => 0),
      onRequest: (connection, message) => options.onRequest?.(connection, message),
    });
  }

  /** Connections, those that wait for a link among them. */
  get connections(): Iterable<Connection> {
    return this.#connections.values();
  }

  /** How many connections there are, and how many of each thing behind them. */
  get sizes(): { readonly connections: number; readonly topics: number; readonly cohorts: number } {
    return { connections: this.#connections.size, ...this.#switchboard.sizes };
  }

  /** How busy it is with writing, 0 to 1. */
  get load(): number {
    return this.#switchboard.load;
  }

  /**
   * How near the slowest client is to be cut, 0 to 1. Whoever can wait (a backtest can, a market cannot) publishes no more while it
   * is above a quarter, say: then frames are shared still. Cost: O(connections).
   */
  get pressure(): number {
    let most = 0;
    for (const connection of this.#connections.values()) most = Math.max(most, connection.pressure);
    return Math.min(most, 1);
  }

  /** Resolves when all clients have been sent what was published, or after `msMax`: who does not read is not waited for longer. */
  async delivered(msMax: number): Promise<void> {
    this.flush();
    const until = this.#clock.now() + msMax, behind = () => [...this.#connections.values()].some((each) => each.behind);
    while (this.#clock.now() < until && behind()) {
      await new Promise<void>((resolve) => void this.#clock.after(LOOK_MS, resolve));
    }
  }

  /** The sequence of a topic's newest message; 0 before the first. */
  seq(channel: Channel, symbol: string): number {
    return this.#switchboard.find(channel, symbol)?.seq ?? 0;
  }

  /** Publishes a topic's next message, at session time `timestamp` in ns. Returns its sequence. */
  publish(channel: Channel, symbol: string, data: Data, timestamp: bigint): number {
    this.#time = timestamp;
    return this.#switchboard.publish(channel, symbol, data, timestamp);
  }

  /** Writes what was published and waits, at once. */
  flush(): void {
    this.#switchboard.flush();
  }

  /**
   * Takes a client whose hello has come over `link`, or gives a connection that it had before this link. Answers the hello.
   * Throws `ProtocolError` where nobody can be taken; `greet` tells the client.
   */
  connect(link: Link, codec: Codec, principal: Principal, hello: Hello): Connection {
    const { data } = hello;
    if (this.#draining || this.#closed) throw new ProtocolError("DRAINING", "Cannot connect: the server is stopping");
    const known = data.connection === undefined ? undefined : this.#connections.get(data.connection);
    const resumed = known !== undefined && isSamePerson(known.principal, principal);
    if (!resumed && this.#connections.size >= this.limits.connectionsMax) {
      const message = `Cannot connect: there are ${this.#connections.size} connections already`;
      throw new ProtocolError("CONNECTIONS_EXCEEDED", message, 1000);
    }
    const wire = new Wire(link, codec, data, { ...this.#host, compressor: this.#switchboard.compressor });
    if (resumed) {
      this.#graces.get(known)?.();
      this.#graces.delete(known);
      known.move(wire, data.client);
    }
    const connection = resumed ? known : new Connection(this.#newId(), this.#host, principal, wire, data.client);
    connection.positions = positionsOf(data.positions);
    connection.hold(() => {
      // Before the hello, which says what the principal may do now.
      if (resumed) connection.renew(principal);
      connection.answer(hello.id, "hello", this.#helloData(connection, resumed));
      if (resumed) resume(connection, this.#tools);
    });
    if (resumed) this.counters.resumes++;
    else this.#joined(connection);
    return connection;
  }

  /** Ends the connections of principals whose tokens are no good any more, at once; those that wait for a link too. */
  revoke(revoked: (principal: Principal) => boolean, reason = "the token was revoked"): void {
    for (const connection of [...this.#connections.values()]) {
      if (revoked(connection.principal)) connection.close("TOKEN_REVOKED", reason);
    }
  }

  /** Ends one connection. */
  disconnect(id: string, error: ErrorName, reason: string): void {
    this.#connections.get(id)?.close(error, reason);
  }

  /** Takes nobody any more, and tells all who are here to come back after `reconnectMs`. */
  drain(reconnectMs: number, reason: string): void {
    this.#draining = true;
    for (const connection of this.#connections.values()) {
      connection.answer(undefined, "drain", { reconnectMs, reason });
    }
  }

  /** Ends everything, after what waits was written. */
  close(reason = "the session is over"): void {
    if (this.#closed) return;
    this.#closed = true;
    this.flush();
    for (const connection of [...this.#connections.values()]) connection.close(undefined, reason);
    for (const cancel of this.#graces.values()) cancel();
    this.#graces.clear();
    this.#cancelCheck?.();
    this.#pacer.stop();
    this.#switchboard.stop();
  }

  #helloData(connection: Connection, resumed: boolean): HelloData {
    const { session, mode, live, instruments, commands } = this.#options, { limits } = this;
    return {
      protocol: PROTOCOL_VERSION,
      session,
      connection: connection.id,
      mode,
      live,
      commands: [...commands].sort(),
      channels: Object.keys(CHANNELS) as Channel[],
      instruments,
      scopes: [...connection.principal.scopes],
      resumed,
      heartbeatMs: limits.heartbeatMs,
      messageBytesMax: limits.messageBytesMax,
      window: connection.credit.window,
      compression: connection.compression,
    };
  }

  #snapshot(channel: Channel, symbol: string): Data | undefined {
    if (channel !== "presence") return this.#options.snapshot?.(channel, symbol);
    return { joined: this.#names(), left: [], count: this.#connections.size };
  }

  #names(): string[] {
    const names: string[] = [];
    for (const { principal } of this.#connections.values()) {
      if (names.push(principal.name) === NAMES_MOST) break;
    }
    return names;
  }

  #readerOf(principal: Principal): Reader {
    let reader = this.#readers.get(principal);
    if (reader === undefined) {
      const { session, mayRead } = this.#options;
      reader = {
        key: `${mayRead ? principal.name : ""} ${[...principal.scopes].sort().join(" ")}`,
        mayRead: (channel, symbol) =>
          mayRead?.(principal, channel, symbol) ?? allows(principal, channelNeed(channel, symbol, session)),
      };
      this.#readers.set(principal, reader);
    }
    return reader;
  }

  #joined(connection: Connection): void {
    this.#connections.set(connection.id, connection);
    this.counters.joins++;
    this.#cancelCheck ??= this.#clock.after(CHECK_MS, () => this.#check());
    this.#tellPresence([connection.principal.name], []);
    this.#options.onJoin?.(connection);
  }

  #detached(connection: Connection): void {
    if (connection.over) return;
    this.#graces.get(connection)?.();
    this.#graces.set(connection, this.#clock.after(this.limits.graceMs, () => connection.end()));
  }

  #ended(connection: Connection): void {
    this.#graces.get(connection)?.();
    this.#graces.delete(connection);
    if (!this.#connections.delete(connection.id)) return;
    this.#tellPresence([], [connection.principal.name]);
    this.#options.onLeave?.(connection);
  }

  #tellPresence(joined: string[], left: string[]): void {
    if (this.#closed) return;
    this.#switchboard.publish("presence", "", { joined, left, count: this.#connections.size }, this.#time);
  }

  #check(): void {
    const now = this.#clock.now();
    for (const connection of [...this.#connections.values()]) connection.check(now);
    // With the last connection the looks end, and so nothing may be left for a later one.
    const last = this.#closed || this.#connections.size === 0;
    if (++this.#checks % TIDY_EVERY === 0 || last) this.#switchboard.tidy();
    this.#cancelCheck = last ? undefined : this.#clock.after(CHECK_MS, () => this.#check());
  }
}

function positionsOf(list: Hello["data"]["positions"]): Connection["positions"] {
  if (list === undefined || list.length === 0) return undefined;
  return new Map(list.map(({ channel, symbol, epoch, seq }) => [`${channel} ${symbol}`, { epoch, seq }]));
}
