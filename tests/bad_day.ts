/** A day on which things go wrong: a live session at Binance spot, by its own adapter, over a network in a test's hands. */
import { assertEquals } from "@std/assert";
import remote from "../strategies/remote.ts";
import { codeName } from "../engine/core/codes.ts";
import type { StrategyDefinition } from "../engine/core/strategy.ts";
import type { InstrumentSpec } from "../engine/core/instrument.ts";
import { Rng } from "../engine/core/rng.ts";
import { ScriptedBinance as ScriptedMarket } from "../engine/live/binance/_scripted_market.ts";
import { ScriptedBinance } from "../engine/live/binance/_scripted_binance.ts";
import { FarSocket, type Traded } from "../engine/live/_scripted_exchange.ts";
import type { LiveEvent } from "../engine/live/live_event.ts";
import { readClientName } from "../engine/live/client_names.ts";
import { minus, plus } from "../engine/live/decimals.ts";
import type { MarketFeed } from "../engine/live/exchange.ts";
import { exchange } from "../engine/live/exchanges.ts";
import { sizeText } from "../engine/live/grid_text.ts";
import {
  type HttpRequest,
  type HttpResponse,
  type Network,
  NetworkError,
  type Socket,
} from "../engine/live/network.ts";
import { OrderBooks } from "../engine/live/order_books.ts";
import { OrderLog } from "../engine/live/order_log.ts";
import { RunError } from "../engine/run/backtest.ts";
import { DiskFile } from "../engine/run/disk_file.ts";
import { journalFile } from "../engine/run/journal_file.ts";
import { LiveSession } from "../engine/run/live.ts";
import { SinceSnapshot } from "../engine/run/since_snapshot.ts";
import { verify } from "../engine/run/verify.ts";

const SPEC: InstrumentSpec = { symbol: "BTCUSDT", venue: "binance-spot", tick: "0.1", lot: "0.001", currency: "USDT" };
const ENDPOINTS = { rest: "https://rest.test", market: "wss://stream.test", orders: "wss://orders.test" };
/** What the account holds when the day begins. */
const BEGAN = "1.5";
/** Between two changes of the market, in ms. */
const TICK_MS = 100;

/** The exchange's end of orders, whose account holds what was traded. */
class Far extends ScriptedBinance {
  override readonly instrument = SPEC;

  protected override asked(request: HttpRequest): HttpResponse {
    const response = super.asked(request);
    if (response.status !== 200 || !new URL(request.url).pathname.endsWith("/account")) return response;
    const balances = [{ asset: "BTC", free: plus(BEGAN, this.held), locked: "0" }];
    return this.response(200, { canTrade: true, balances });
  }

  /** Bought less sold, by whoever. */
  get held(): string {
    return sumOf(this.trades);
  }

  /** The same, by us. */
  get ours(): string {
    return sumOf(this.trades.filter(({ order }) => readClientName(order.clientId) !== undefined));
  }
}

/** One such day. */
export class BadDay implements Network {
  readonly far = new Far("spot", "hmac");
  readonly market: ScriptedMarket;
  live!: LiveSession;
  /** Why nothing is reached; undefined while everything is. */
  unreachable: string | undefined;
  /** Answers a request of the market in the exchange's place; undefined where it does not. */
  answer: (request: HttpRequest) => { readonly status: number; readonly text: string } | undefined = () => undefined;
  /** Changes what the market's stream brings. */
  edit: (text: string) => string = (text) => text;
  /** What the disk says, of the order log and of the journal. */
  logFull = false;
  journalFull = false;
  log = "";
  readonly #folder: string;
  readonly #strategy: StrategyDefinition;
  readonly #streams = new Map<FarSocket, ReturnType<ScriptedMarket["connect"]>>();
  #feed: MarketFeed | undefined;
  #file: DiskFile | undefined;

  constructor(folder: string, strategy: StrategyDefinition = remote) {
    this.#folder = folder;
    this.#strategy = strategy;
    this.market = new ScriptedMarket("spot", [SPEC.symbol], { rng: new Rng(1), nowNs: () => this.far.tools.wall() });
  }

  /** What was told since the day began. */
  get told(): readonly LiveEvent[] {
    return this.far.events;
  }

  get session() {
    return this.live.session.run.session;
  }

  /** Lots held, as the session has it. */
  get position(): string {
    return sizeText(this.session.context.instruments[0], this.session.core.position(0));
  }

  /** The same, as the next run will read it from the order log. */
  get logged(): string {
    return Number(OrderBooks.read(this.log).positionOf(SPEC.symbol).size).toFixed(3);
  }

  /** Opens the session, with a book that is whole. */
  async open(): Promise<this> {
    const { far } = this, path = `${this.#folder}/BTCUSDT.arrow`, binance = exchange("binance-spot");
    const tools = { ...far.tools, network: this };
    const journal = journalFile(`${this.#folder}/journal`, { strategy: "strategies/remote.ts" });
    const sink = {
      write: (bytes: Uint8Array) => {
        if (this.journalFull) throw full();
        journal.sink.write(bytes);
      },
      close: () => journal.close(),
    };
    const opened = LiveSession.open({
      instruments: [SPEC],
      entry: binance.orders!({ endpoints: ENDPOINTS, keys: far.keys, instruments: [SPEC] }, tools),
      books: OrderBooks.read(this.log),
      log: new OrderLog({ line: (text) => this.#write(text) }),
      tools,
    });
    opened.catch(() => {});
    await far.timers.advance(60_000);
    this.live = await opened;
    this.live.begin({
      strategy: this.#strategy,
      feeds: [{ instrument: SPEC, file: this.#file = new DiskFile(path), path }],
      journal: { ...journal, sink },
      wall: tools.wall,
    });
    const [tape] = this.live.session.feeds.values();
    const into = new Map([[SPEC.symbol, { instrument: SPEC, sink: new SinceSnapshot(tape) }]]);
    const feed = this.#feed = binance.market({ endpoints: ENDPOINTS, into }, tools), whole = feed.open();
    whole.catch(() => {});
    await this.pass(10_000);
    await whole;
    this.far.events.length = 0;
    return this;
  }

  /** Lets time pass, and the market go on in it. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      const change = this.market.change();
      for (const [socket, end] of this.#streams) {
        for (const text of end.deliver(change)) this.say(this.edit(text), socket);
      }
      await this.far.timers.advance(TICK_MS);
      this.live.session.advance();
    }
  }

  /** Commands an order of ten lots at a price that rests: the exchange's name of it, why risk refused it, or "" where none arrived. */
  async submit(): Promise<string> {
    const before = new Set(this.far.orders.keys());
    const { code } = this.live.session.command({ kind: "submit", side: "buy", size: 10, price: 8000 });
    if (code !== 0) return codeName(code);
    await this.pass(1000);
    return [...this.far.orders.keys()].find((name) => !before.has(name)) ?? "";
  }

  /** Sends such an order, and has all connections end when it has arrived and before anything was said of it; its name. */
  async submitAndCut(): Promise<string> {
    const sent = this.submit();
    await this.far.timers.advance(1);
    this.cut();
    return await sent;
  }

  /** A frame of the market's stream. */
  say(text: string, to?: FarSocket): void {
    for (const socket of to ? [to] : this.#streams.keys()) socket.onFrame(text, this.far.tools.wall());
  }

  /** Ends all connections. */
  cut(): void {
    this.far.cut();
    for (const socket of [...this.#streams.keys()]) socket.end(1006);
  }

  /** All is well again: what was lost is found, and nothing is open when it is over. Books are equal, and the journal makes the same. */
  async end(): Promise<void> {
    const { far } = this;
    await this.pass(120_000);
    const held = Number(far.ours).toFixed(3), broken = this.live.session.run.loop.incomplete !== undefined;
    if (!broken) assertEquals(this.position, held, "the position is the exchange's");
    if (!this.logFull) assertEquals(this.logged, held, "the next run begins with the exchange's position");
    const sent = far.arrived.filter((what) => what.startsWith("submit"));
    assertEquals(sent.length, new Set(sent).size, "an order was sent twice");
    const quiet = this.live.quiet("the day is over");
    await this.pass(30_000);
    assertEquals(await quiet, []);
    const ours = [...far.orders.values()].filter(({ clientId }) => readClientName(clientId) !== undefined);
    assertEquals(ours.filter(({ state }) => state === "open").map(({ clientId }) => clientId), []);
    const { digest } = await this.close();
    if (broken) return;
    const report = await verify(this.#folder);
    assertEquals([report.equal, report.digest], [true, digest], "the journal makes the same decisions again");
  }

  /** Closes everything; the result of the session. */
  async close(): Promise<{ readonly digest: string; readonly incomplete: string }> {
    this.#feed?.close();
    try {
      await this.live.close();
      this.live.session.stop(new Error("the day is over"));
      this.live.session.finish();
      throw new Error("it ended by itself");
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      return { digest: error.result.digest, incomplete: error.message };
    } finally {
      this.#file?.close();
    }
  }

  socket(url: string): Socket {
    if (this.unreachable !== undefined) {
      const socket = new FarSocket(url, { heard: () => {} }), reason = this.unreachable;
      this.far.timers.after(20, () => socket.onClose(1006, reason));
      return socket;
    }
    if (!url.startsWith(ENDPOINTS.market)) return this.far.socket(url);
    const end = this.market.connect(url);
    const socket = new FarSocket(url, {
      heard: (_, text) =>
        void this.far.timers.after(1, () => end.receive(text).forEach((answer) => this.say(answer, socket))),
    });
    const close = socket.end.bind(socket);
    socket.end = (code) => {
      this.#streams.delete(socket);
      close(code);
    };
    this.far.timers.after(1, () => {
      this.#streams.set(socket, end);
      socket.onOpen();
    });
    return socket;
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    if (this.unreachable !== undefined) {
      throw new NetworkError(`Cannot ask ${request.url.replace(/\?.*/, "")}: ${this.unreachable}`);
    }
    const at = this.far.tools.wall(), given = this.answer(request);
    if (given) return { ...given, headers: {}, at };
    const { pathname } = new URL(request.url);
    if (!/\/(depth|exchangeInfo)$/.test(pathname)) return await this.far.request(request);
    return { ...this.market.request(request), headers: {}, at };
  }

  #write(text: string): void {
    if (this.logFull) throw full();
    this.log += `${text}\n`;
  }
}

function full(): Error {
  return new Error("No space left on device (os error 28)");
}

function sumOf(trades: readonly Traded[]): string {
  return trades.reduce((sum, { order, size }) => (order.side === "buy" ? plus : minus)(sum, size), "0");
}
