import { BookResync } from "./book_resync.ts";
import type { MarketFeed, MarketFigures, MarketOptions } from "./exchange.ts";
import { ExchangeClock } from "./exchange_clock.ts";
import { FedBook } from "./fed_book.ts";
import { InstrumentWatch } from "./instrument_watch.ts";
import type { LiveEventName } from "./live_event.ts";
import type { LiveTools } from "./live_tools.ts";
import type { FrameNews, MarketDialect } from "./market_dialect.ts";
import { KeptLane } from "./market_lane.ts";
import { NetworkError } from "./network.ts";
import { plainLine } from "./plain_line.ts";
import { RestClient } from "./rest_client.ts";

/** How long updates are waited for before a snapshot is asked for without them: a quiet instrument has none. */
const QUIET_MS = 2000;
/** How long a snapshot that was subscribed to may take. */
const SUBSCRIBED_MS = 10_000;
/** Attempts by frames before the connection itself is made anew. */
const ATTEMPTS_MAX = 3;

interface Instrument {
  readonly book: FedBook;
  readonly resync: BookResync;
  /** What it is has changed: it is not read any more. */
  changed: boolean;
  /** Whether the exchange is being asked what it is. */
  doubted: boolean;
}

/**
 * The market data of some instruments of one exchange, kept whole.
 *
 * Frames become lines, lines rows (see {@linkcode MarketDialect}). A book is stale from the moment that its connection is lost, or
 * that its decoder misses an update: there is a GAP row first, then it is brought back, by a snapshot over HTTP or by
 * another subscription, as often as it takes.
 */
export class LiveMarket implements MarketFeed {
  readonly #dialect: MarketDialect;
  readonly #options: MarketOptions;
  readonly #tools: LiveTools;
  readonly #rest: RestClient;
  readonly #clock: ExchangeClock | undefined;
  readonly #watch: InstrumentWatch;
  readonly #instruments = new Map<string, Instrument>();
  readonly #lanes: readonly KeptLane[];
  #opening: { readonly done: () => void; readonly fail: (error: Error) => void } | undefined;
  #closed = false;

  constructor(dialect: MarketDialect, options: MarketOptions, tools: LiveTools) {
    const { endpoints, into } = options, { venue, limits: { weightPerMinute } } = dialect;
    this.#dialect = dialect;
    this.#options = options;
    this.#tools = tools;
    this.#rest = new RestClient({ venue, weightPerMinute, weightUsed: dialect.weightUsed?.bind(dialect) }, tools);
    this.#clock = dialect.time && new ExchangeClock(venue, () => dialect.time!(endpoints, this.#rest), tools);
    for (const symbol of into.keys()) this.#instruments.set(symbol, this.#instrument(symbol));
    const known = new Map([...into].map(([symbol, { instrument }]) => [symbol, instrument]));
    this.#watch = new InstrumentWatch(known, {
      ask: async (symbol) => (await dialect.instruments([symbol], endpoints, this.#rest))[0],
      changed: (symbol, what) => this.#changed(symbol, what),
    }, tools);
    this.#lanes = this.#carriers();
  }

  get figures(): MarketFigures {
    const all = [...this.#instruments.values()], { used, perMinute } = this.#rest.limiter;
    return {
      whole: all.filter(({ book }) => book.whole).length,
      instruments: all.length,
      gaps: all.reduce((sum, { book }) => sum + book.gaps, 0),
      weightUsed: used,
      weightPerMinute: perMinute,
      clockOffsetMs: this.#clock?.offsetMs,
    };
  }

  open(): Promise<void> {
    return new Promise((done, fail) => {
      this.#opening = { done, fail };
      for (const lane of this.#lanes) lane.open();
      void this.#clock?.start();
      this.#watch.start();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const lane of this.#lanes) lane.close();
    for (const { resync } of this.#instruments.values()) resync.close();
    this.#clock?.stop();
    this.#watch.stop();
    this.#rest.close();
    this.#opening?.fail(
      new Error(`Cannot open ${this.#dialect.venue}: it was closed before its books were whole; start it again`),
    );
    this.#opening = undefined;
  }

  /** The connections that all instruments need. */
  #carriers(): KeptLane[] {
    const dialect = this.#dialect, symbols = [...this.#instruments.keys()], most = dialect.limits.instrumentsMax;
    return Array.from({ length: Math.ceil(symbols.length / most) }, (_, i) => symbols.slice(i * most, (i + 1) * most))
      .flatMap((some) => dialect.lanes.map((lane) => this.#carrier(lane, some)));
  }

  #carrier(lane: MarketDialect["lanes"][number], symbols: readonly string[]): KeptLane {
    const { endpoints } = this.#options;
    const kept = new KeptLane({ dialect: this.#dialect, lane, endpoints, symbols }, {
      news: (news, text, at) => this.#news(kept, news, text, at),
      refused: (error, text, at) => this.#refused(kept, error, text, at),
      down: (reason) => this.#down(kept, reason),
      taken: () => this.#taken(kept),
      failed: (error) => this.#fail(error),
    }, this.#tools);
    return kept;
  }

  #instrument(symbol: string): Instrument {
    const { record, into } = this.#options, { instrument, sink } = into.get(symbol)!;
    const { by } = this.#dialect.resync;
    const book = new FedBook({ dialect: this.#dialect, symbol, instrument, sink, record }, {
      changed: (whole) => this.#turned(symbol, whole),
      offGrid: () => void this.#offGrid(symbol),
      doubted: () => this.#lose(symbol, "its updates make no sense"),
      refused: (error) => this.#fail(error),
    }, this.#tools);
    const resync = new BookResync({
      attempt: (attempts) => this.#resync(symbol, attempts),
      patienceMs: by === "frames" ? SUBSCRIBED_MS : 0,
    }, this.#tools);
    return { book, resync, changed: false, doubted: false };
  }

  #news(lane: KeptLane, news: FrameNews, text: string, at: bigint): void {
    if ((news.kind === "data" || news.kind === "other") && news.hole) {
      this.#stale(lane, at, `frames are missing: expected ${news.hole.expected}, found ${news.hole.found}`);
    }
    if (news.kind === "data") {
      const line = this.#dialect.line(oneLine(text), at);
      for (const symbol of news.symbols) this.#data(symbol, line, at);
      return;
    }
    this.#options.record?.line("", this.#dialect.line(oneLine(text), at), at);
    if (news.kind === "ending") lane.renew(news.message);
    else if (news.kind === "refused") this.#refusal(news.message, news.symbols);
  }

  #data(symbol: string, line: string, at: bigint): void {
    const one = this.#instruments.get(symbol);
    if (one === undefined || one.changed) return;
    one.book.push(line, at);
    if (!one.book.whole && !one.changed && this.#dialect.resync.by === "request") one.resync.need();
  }

  #refused(lane: KeptLane, error: Error, text: string, at: bigint): void {
    this.#options.record?.line("", this.#dialect.line(oneLine(text), at), at);
    this.#tell("FRAME_REFUSED", `the ${lane.lane.name} stream brought ${start(text)}: ${error.message}`);
  }

  /** The exchange will not give what was asked for: before all is open that is an error, later it is told. */
  #refusal(message: string, symbols: readonly string[] = []): void {
    const { venue } = this.#dialect,
      says = plainLine(message),
      of = symbols.length === 0 ? "" : ` ${symbols.join(", ")} of`;
    if (this.#opening) this.#fail(new RangeError(`Cannot subscribe to${of} ${venue}: it says ${says}`));
    else this.#tell("REQUEST_REFUSED", message, symbols[0]);
  }

  #down(lane: KeptLane, reason: string): void {
    for (const symbol of lane.lane.books ? lane.symbols : []) this.#instruments.get(symbol)!.resync.pause();
    this.#stale(lane, this.#tools.wall(), `the ${lane.lane.name} stream ended (${reason})`);
  }

  #taken(lane: KeptLane): void {
    if (!lane.lane.books) return;
    const grace = this.#dialect.resync.by === "frames" ? SUBSCRIBED_MS : QUIET_MS;
    for (const symbol of lane.symbols) {
      const one = this.#instruments.get(symbol)!;
      if (!one.book.whole && !one.changed) one.resync.need(grace);
    }
  }

  /** Books that a lane carries are stale from here on; that trades are lost is told, and no more can be done. */
  #stale(lane: KeptLane, at: bigint, why: string): void {
    if (!lane.lane.books) return this.#tell("MARKET_GAP", `${why}; trades may be missing`);
    for (const symbol of lane.symbols) {
      this.#instruments.get(symbol)!.book.lost(at, lane.url, why);
    }
  }

  #turned(symbol: string, whole: boolean): void {
    const { resync, changed } = this.#instruments.get(symbol)!;
    if (!whole) {
      if (!changed && this.#laneOf(symbol).link > 0) resync.need();
      return;
    }
    resync.done();
    if (this.#opening === undefined || this.figures.whole < this.#instruments.size) return;
    this.#opening.done();
    this.#opening = undefined;
  }

  /** One attempt to have a book whole again. */
  async #resync(symbol: string, attempts: number): Promise<void> {
    const { resync } = this.#dialect, lane = this.#laneOf(symbol);
    const { link } = lane, one = this.#instruments.get(symbol)!;
    if (link === 0 || one.doubted) return;
    if (resync.by === "frames") {
      if (attempts > ATTEMPTS_MAX) lane.renew(`the book of ${symbol} does not become whole`);
      else for (const frame of resync.frames(symbol)) lane.send(frame);
      return;
    }
    const { request, weight } = resync.request(symbol, this.#options.endpoints, this.#instruments.size);
    try {
      const { status, text, at } = await this.#rest.send(request, weight);
      // What another connection goes on with is another book, and what is another instrument has none.
      if (this.#closed || lane.link !== link || one.changed || one.doubted) return;
      if (status === 200) one.book.push(this.#dialect.line(oneLine(text), at), at);
      else this.#tell("REQUEST_REFUSED", `a snapshot was answered ${status} ${start(text)}`, symbol);
    } catch (error) {
      if (this.#closed) return;
      if (!(error instanceof NetworkError)) throw error;
      this.#tell("UNANSWERED", `a snapshot was asked for: ${error.message}`, symbol);
    }
  }

  /** A value does not fit the instrument: either it is another by now, or the value is wrong. */
  async #offGrid(symbol: string): Promise<void> {
    const one = this.#instruments.get(symbol)!;
    if (one.book.whole) this.#lose(symbol, "a value is off the instrument's grid");
    if (one.doubted) return;
    one.doubted = true;
    const answer = await this.#watch.look(symbol);
    one.doubted = false;
    if (answer === "same") one.book.trust();
  }

  #changed(symbol: string, what: string): void {
    const one = this.#instruments.get(symbol)!;
    one.changed = true;
    one.resync.close();
    this.#tell("INSTRUMENT_CHANGED", `${what}; its book stays stale, start again with what it is now`, symbol);
    if (one.book.whole) this.#lose(symbol, "the instrument is another now");
  }

  #lose(symbol: string, why: string): void {
    this.#instruments.get(symbol)!.book.lost(this.#tools.wall(), this.#laneOf(symbol).url, why);
  }

  #laneOf(symbol: string): KeptLane {
    return this.#lanes.find(({ lane, symbols }) => lane.books && symbols.includes(symbol))!;
  }

  /** It is over: whoever waits for it to open hears it there, others by `failed`. */
  #fail(error: Error): void {
    if (this.#closed) return;
    const opening = this.#opening;
    this.#opening = undefined;
    this.close();
    if (error instanceof NetworkError) this.#tell("NOT_REACHED", error.message);
    if (opening) opening.fail(error);
    else this.#options.failed?.(error);
  }

  #tell(name: LiveEventName, message: string, symbol?: string): void {
    this.#tools.tell({ name, venue: this.#dialect.venue, message, ...symbol !== undefined && { symbol } });
  }
}

/** JSON has no line breaks within its strings, so that those between them may be spaces. */
function oneLine(text: string): string {
  return text.includes("\n") || text.includes("\r") ? text.replace(/[\r\n]+/g, " ") : text;
}

function start(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
