import { loadCodec } from "../protocol/codecs.ts";
import { type Timers, wallTimers } from "../link/timers.ts";
import { systemRandom } from "./random.ts";
import { ERRORS, type ProtocolError } from "../protocol/errors.ts";
import { ServerError } from "./server_error.ts";
import { Feeds } from "./feeds.ts";
import { TokenKeeper } from "./token.ts";
import { type Command, type CommandOptions, Commands } from "./commands.ts";
import { Connector, type ConnectorHost } from "./connector.ts";
import { type ClientEvents, EventHub } from "./events.ts";
import { type ClientStats, Counters } from "./stats.ts";
import { awaitHello, closed } from "./await_hello.ts";
import { helloOf } from "./hello.ts";
import { type PageLike, watchPage } from "./page_events.ts";
import { Subscription } from "./subscription.ts";
import { Faults } from "./faults.ts";
import { type ClientOptions, codecsOf, dialsOf } from "./options.ts";
import { Requests } from "./requests.ts";
import { Pulse } from "./pulse.ts";
import { checkChannel, type Intake, Listener } from "./intake.ts";
import { BookSubscription } from "./book_subscription.ts";
import { defined } from "./defined.ts";
import type { Channel } from "../protocol/channels.ts";
import type { Book } from "./book.ts";
import type { Dial } from "./dial.ts";
import type { FallbackKeeper } from "./fallback_keeper.ts";
import type { FeedsHost } from "./followed.ts";
import type { ClientState } from "./state.ts";
import type { StateKeeper } from "./state_keeper.ts";
import type { CommandAnswer, HistoryAnswer, ServerHello, Update, Wishes } from "./update.ts";
import type { Incoming } from "./wire.ts";

/**
 * A connection to a session, begun at once; it returns before the server has answered, and what is asked for in between is asked
 * when it has.
 *
 * @example
 * ```ts
 * import { connect } from "./mod.ts";
 *
 * async function trade(token: string) {
 *   const client = connect({ url: "ws://127.0.0.1:8787/ws", token });
 *   const { code, reason } = await client.command({ kind: "submit", side: "buy", size: 1 });
 *   if (code !== 0) console.log(`refused: ${reason}`);
 *   for await (const book of client.book("BTCUSDT")) console.log(book.bids[0], book.asks[0]);
 * }
 * ```
 */
export function connect(options: ClientOptions): Client {
  const client = new Client(options);
  client.reconnect();
  return client;
}

/**
 * One logical connection to a session's hub, over one link after another.
 *
 * - Lossless channels: every message once and in order, over any number of links; what cannot be had any more is told (`lost` on
 *   the next message, and the event).
 * - Conflated channels: the newest state, never a wrong one; books are compared with the server's checksum.
 * - Commands: at most once each, never late; see commands.ts.
 *
 * Throws TypeError where neither `url` nor `dial` is given.
 */
export class Client {
  readonly #clock: Timers;
  readonly #requestMs: number;
  readonly #options: ClientOptions;
  readonly #counters = new Counters();
  readonly #faults: Faults;
  readonly #events: EventHub;
  readonly #requests: Requests;
  readonly #commands: Commands;
  readonly #feeds: Feeds;
  readonly #pulse: Pulse;
  readonly #connector: Connector;
  readonly #tokens: TokenKeeper;
  readonly #states: StateKeeper | undefined;
  readonly #fallback: FallbackKeeper | undefined;
  #hello: ServerHello | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(options: ClientOptions) {
    const clock = this.#clock = options.clock ?? wallTimers;
    const random = options.random ?? systemRandom;
    this.#requestMs = options.requestMs ?? 10_000;
    this.#options = options;
    this.#events = new EventHub((error) => this.#faults.threw(error));
    this.#faults = new Faults(options, () => clock.now(), this.#counters, () => this);
    const requests = this.#requests = new Requests(clock, (...messages) => this.#connector.wire?.send(...messages));
    const { queue = {}, breaker = {}, backoff = {}, cache, token, heartbeat = {}, codec = "json" } = options;
    const { offset } = this.#pulse = new Pulse(heartbeat, clock, this.#counters, {
      wire: () => this.#connector.wire,
      dead: (error) => this.#connector.lose(error),
    });
    this.#commands = new Commands({ clock, random, requests, offset, queue, breaker });
    this.#states = cache?.({ clock, options, threw: (error) => this.#faults.threw(error) });
    this.#tokens = new TokenKeeper(token, {
      clock,
      offset,
      send: async (token) =>
        (await requests.askFor("token", { type: "token", data: { token } }, this.#requestMs)).expires,
      failed: (error) => this.#failed(error),
    });
    this.#feeds = new Feeds(this.#feedsHost());
    const dials = dialsOf(options);
    this.#fallback = options.fallback?.({
      ...{ clock, codec, dials, log: this.#faults.log },
      connector: () => this.#connector,
    });
    this.#connector = new Connector({
      dials: this.#fallback?.dials ?? dials,
      ...{ clock, random, backoff, breaker, codec },
      loadCodec: codecsOf(loadCodec, options),
      timeoutMs: options.connectMs ?? 10_000,
      traffic: this.#counters,
    }, this.#connectorHost());
  }

  /** disconnected, connecting, connected, reconnecting or error. */
  get state(): ClientState {
    return this.#connector.state;
  }

  /** The server's hello: mode, instruments, what can be commanded; the last one where there is no link. */
  get hello(): ServerHello | undefined {
    return this.#hello;
  }

  /** What carries the messages now; "" where nothing does. */
  get carrier(): string {
    return this.#connector.wire?.link.carrier ?? "";
  }

  /** The last error that no caller waited for; undefined once a connection stands. */
  get error(): ProtocolError | undefined {
    return this.#faults.last;
  }

  /** The last 200 lines of the debug log. */
  get log(): readonly string[] {
    return this.#faults.log.lines;
  }

  /** Counts and times so far. */
  get stats(): ClientStats {
    return this.#counters.view(this.#clock.now(), {
      quality: this.#fallback?.quality ?? null,
      clockOffsetMs: this.#pulse.offset.ms,
      clockErrorMs: this.#pulse.offset.errorMs,
      queued: this.#commands.queued,
      waiting: this.#requests.waiting,
      subscriptions: this.#feeds.size,
    });
  }

  /** Hears an event; returns what ends that. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    return this.#events.on(name, listener);
  }

  /** Resolves with the server's hello when there is a connection; rejects when the client gives up, or is closed. */
  ready(): Promise<ServerHello> {
    if (this.state === "connected" && this.#hello) return Promise.resolve(this.#hello);
    return awaitHello(this);
  }

  /** Messages of a channel, for `for await`; see subscription.ts. `symbol`: an instrument, a strategy's signal, "" or "*". */
  subscribe<C extends Channel>(channel: C, symbol = "", wishes: Wishes = {}): Subscription<C> {
    checkChannel(channel);
    return this.#add(new Subscription(channel, symbol, wishes, (self) => this.#feeds.remove(self)));
  }

  /** Calls `heard` with each message, in the turn in which it comes; returns what ends it. */
  listen<C extends Channel>(
    channel: C,
    symbol: string,
    heard: (update: Update<C>) => void,
    wishes: Wishes = {},
    failed: (error: Error) => void = (error) => this.#faults.threw(error),
  ): () => void {
    checkChannel(channel);
    // The codec checked each message against the schema of its channel.
    const listener = new Listener(channel, symbol, wishes, (message) => heard(message as unknown as Update<C>), failed);
    this.#add(listener);
    return () => this.#feeds.remove(listener);
  }

  /** Whole books of an instrument, or of all with "*", for `for await`: each time the newest; see book_subscription.ts. */
  book(symbol: string, wishes: Wishes = {}): BookSubscription {
    return this.#add(new BookSubscription(symbol, wishes, (self) => this.#feeds.remove(self)));
  }

  /** The book of an instrument that somebody follows, as it is now; it changes with each update. */
  bookNow(symbol: string): Book | undefined {
    return this.#feeds.fold("book", symbol)?.book;
  }

  /** Sends a command; resolves with how it was taken. See commands.ts for what happens when the link is lost. */
  command(command: Command, options: CommandOptions = {}): Promise<CommandAnswer> {
    if (this.state === "disconnected" || this.state === "error") return Promise.reject(this.#faults.last ?? closed());
    return this.#commands.send(command, options);
  }

  /** Messages of a channel's past, from sequence `from`, at most `most` (1000); `sparse`: a few of all there ever were. */
  history(channel: Channel, symbol: string, from: number, most = 1000, sparse?: boolean): Promise<HistoryAnswer> {
    checkChannel(channel);
    return this.#requests.askFor(
      "history",
      { type: "history", data: defined({ channel, symbol, from, most, sparse }) },
      this.#requestMs,
    );
  }

  /** Names of the clients that are there. */
  async presence(): Promise<readonly string[]> {
    return (await this.#requests.askFor("present", { type: "presence", data: {} }, this.#requestMs)).clients;
  }

  /** A remote strategy has answered all that came up to this step. */
  done(step: number): void {
    this.#connector.wire?.send({ type: "done", data: { step } });
  }

  /** Gives the server another token without a reconnect; from the token source where none is given. */
  refreshToken(token?: string): Promise<void> {
    return this.#tokens.refresh(token);
  }

  /** Connects where it is not; tries at once where it waits; with a link, drops it and makes another. */
  reconnect(): void {
    this.#stopWatching ??= watchPage(this.#options.page ?? (globalThis as PageLike), {
      online: () => this.#connector.online(),
      offline: () => this.#connector.offline(),
      woke: () => this.#woke(),
    });
    this.#connector.reopen();
  }

  /** Goes on over another link, by sequence and without loss; rejects, and stays where it is, where that cannot be had. */
  move(dial: Dial): Promise<void> {
    return this.#connector.move(dial);
  }

  /** Ends it: loops over subscriptions end, commands that wait are rejected. */
  close(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.#pulse.stop();
    this.#tokens.stop();
    this.#states?.stop();
    this.#fallback?.stop();
    if (this.state !== "disconnected") this.#connector.close();
    this.#commands.shut();
    this.#endAll(closed());
  }

  #add<I extends Intake>(intake: I): I {
    this.#feeds.add(intake);
    if (!this.#connector.wire) this.#states?.tell(intake, () => this.#connector.wire === undefined);
    return intake;
  }

  #feedsHost(): FeedsHost {
    const counters = this.#counters;
    return {
      clock: this.#clock,
      requests: this.#requests,
      timeoutMs: this.#requestMs,
      window: this.#options.window ?? {},
      send: (message) => this.#connector.wire?.send(message),
      connected: () => this.#connector.wire !== undefined,
      duplicate: () => counters.duplicates++,
      resync: (channel, symbol, why) => {
        counters.resyncs++;
        this.#faults.log.note(`resync ${channel} ${symbol}: ${why}`);
        this.#events.tell("resync", { channel, symbol, why });
      },
      lost: (channel, symbol, count) => {
        if (Number.isFinite(count)) counters.lost += count;
        this.#faults.log.note(`lost ${count} of ${channel} ${symbol}`);
        this.#events.tell("lost", { channel, symbol, count });
      },
      folded: (channel, symbol, fold) => this.#states?.keep(channel, symbol, fold),
      threw: (error) => this.#faults.threw(error),
    };
  }

  #connectorHost(): ConnectorHost {
    return {
      hello: (renew) => this.#sayHello(renew),
      canRenew: () => this.#tokens.renewable,
      changed: (state, from) => {
        this.#faults.log.note(`${from} → ${state}`);
        this.#events.tell("state", { state, from });
      },
      welcome: (hello, moved) => this.#welcome(hello, moved),
      message: (message) => this.#take(message),
      lost: (error, final) => this.#lost(error, final),
      note: (text) => this.#faults.log.note(text),
    };
  }

  async #sayHello(renew: boolean) {
    const token = await this.#tokens.current(renew);
    return () => helloOf(this.#options, token, this.#feeds.positions());
  }

  #welcome(hello: ServerHello, moved: boolean): void {
    this.#hello = hello;
    this.#faults.last = undefined;
    const counters = this.#counters;
    if (moved) counters.moves++;
    else {
      counters.links++;
      counters.since = this.#clock.now();
    }
    this.#faults.log.note(
      `hello from ${hello.session}, ${hello.mode}${hello.live ? ", LIVE" : ""}${hello.resumed ? ", resumed" : ""}`,
    );
    if (moved) this.#requests.lost();
    this.#feeds.lost();
    this.#feeds.welcome(hello.resumed);
    this.#requests.again();
    this.#pulse.start(hello.heartbeatMs);
    this.#tokens.start();
    this.#commands.open();
    if (this.#connector.wire) this.#fallback?.linked(this.#connector.wire.link);
    this.#events.tell("hello", hello);
  }

  #endAll(error: ProtocolError, why?: ProtocolError): void {
    this.#requests.failAll(error);
    this.#commands.failAll(error);
    this.#feeds.endAll(why);
  }

  #failed(error: ProtocolError): void {
    this.#faults.failed(error);
    this.#events.tell("error", error);
  }

  #lost(error: ProtocolError, final: boolean): void {
    this.#counters.since = undefined;
    this.#fallback?.lost();
    this.#pulse.stop(true);
    this.#tokens.stop();
    this.#commands.shut();
    this.#requests.lost();
    this.#feeds.lost();
    this.#failed(error);
    if (final) this.#endAll(error, error);
  }

  #take(message: Incoming): void {
    switch (message.type) {
      case "update":
      case "snapshot":
        return this.#feeds.take(message);
      case "pong":
        return this.#pulse.pong(message.data);
      case "turn":
        return this.#events.tell("turn", message.data);
      case "frame":
        return this.#pulse.frame(message.data);
      case "drain":
        this.#connector.drain(message.data.reconnectMs);
        return this.#events.tell("drain", message.data);
      case "error":
        if (this.#requests.answer(message)) return;
        return this.#serverError(new ServerError(message.data), message.id);
      case "hello":
        return;
      case "subscribed":
        if (!this.#requests.answer(message)) this.#feeds.resubscribed(message.data);
        return;
      default:
        this.#requests.answer(message);
    }
  }

  #serverError(error: ServerError, id: string | undefined): void {
    // Of a request that nobody waits for any more; and a hole in a channel is told where the channel finds it.
    if (id !== undefined || error.data.code === ERRORS.UNRECOVERABLE[0]) return this.#faults.log.note(error.message);
    if (this.#connector.said(error)) this.#failed(error);
  }

  #woke(): void {
    if (this.state === "reconnecting") this.#connector.open();
    else this.#pulse.probe();
  }
}
