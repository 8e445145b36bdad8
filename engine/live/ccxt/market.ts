import { coinbaseDecoder } from "../../feed/decode/coinbase.ts";
import { connectLine, receivedLine } from "../../feed/decode/session_text.ts";
import type { MarketFeed, MarketFigures, MarketOptions } from "../exchange.ts";
import { FedBook } from "../fed_book.ts";
import type { LiveTools } from "../live_tools.ts";
import { BookLines } from "./book_lines.ts";
import type { CcxtBook, CcxtClient, CcxtTrade } from "./client.ts";
import { WatchLoop } from "./watch_loop.ts";

/** Between two questions, where an exchange has no stream for what is asked. */
const POLL_MS = 1000;
/** Trades that are remembered, so that those that come again are told apart. */
const SEEN_MAX = 5000;

/**
 * The market of any exchange that ccxt knows, at what depth and speed ccxt gives.
 *
 * - ccxt opens its own connections, not those that are handed in. It keeps the book and hands it out whole whenever it has changed: what
 *   happened between two of these is one change here, and times are those that ccxt passes on, in ms, or our own where it has none.
 * - Books are as deep as the exchange's default stream: 20 to 1,000 levels, at some exchanges fewer. What ccxt missed without saying so
 *   is not known here: there is no chain of numbers and no checksum to look at.
 * - Where an exchange has no streams, book and trades are asked for each second, and what happened between is not seen.
 * - After an error of a stream the book is stale until the next one comes.
 * - A recording is of what ccxt said, in the format of `coinbase`; the exchange's own frames are not seen.
 */
export class CcxtMarket implements MarketFeed {
  readonly #venue: string;
  readonly #make: () => Promise<CcxtClient>;
  readonly #options: MarketOptions;
  readonly #tools: LiveTools;
  readonly #books: readonly FedBook[];
  readonly #loops: WatchLoop<unknown>[] = [];
  /** By symbol: has its book begin anew, for a reason. */
  readonly #lost = new Map<string, (why: string) => void>();
  #client: CcxtClient | undefined;
  #opening: PromiseWithResolvers<void> | undefined;
  #closed = false;

  constructor(id: string, client: () => Promise<CcxtClient>, options: MarketOptions, tools: LiveTools) {
    this.#venue = `ccxt:${id}`;
    this.#make = client;
    this.#options = options;
    this.#tools = tools;
    const dialect = {
      venue: this.#venue,
      decoder: coinbaseDecoder,
      lost: (at: bigint, url: string) => connectLine(url, at),
    };
    const listener = {
      changed: () => this.#settle(),
      offGrid: () => {},
      refused: (error: Error) => {
        this.close();
        options.failed?.(error);
      },
    };
    this.#books = [...options.into].map(([symbol, { instrument, sink }]) =>
      new FedBook(
        { dialect, symbol, instrument, sink, ...options.record && { record: options.record } },
        { ...listener, doubted: () => this.#lost.get(symbol)?.("its updates make no sense") },
        tools,
      )
    );
  }

  get figures(): MarketFigures {
    return {
      whole: this.#books.filter(({ whole }) => whole).length,
      instruments: this.#books.length,
      gaps: this.#books.reduce((sum, { gaps }) => sum + gaps, 0),
      weightUsed: 0,
      weightPerMinute: 0,
      clockOffsetMs: undefined,
    };
  }

  async open(): Promise<void> {
    const opening = this.#opening = Promise.withResolvers();
    opening.promise.catch(() => {}); // it is awaited below, once there is a client
    const client = this.#client = await this.#make(), markets = await client.loadMarkets();
    for (const { symbol } of this.#books) {
      if (markets[symbol] === undefined) {
        throw new RangeError(
          `Cannot follow ${symbol}: ${this.#venue} does not list it; name it as ccxt does, like BTC/USDT`,
        );
      }
    }
    for (const book of this.#books) this.#follow(client, book);
    await opening.promise;
  }

  close(): void {
    this.#closed = true;
    for (const loop of this.#loops) loop.close();
    this.#client?.close().catch(() => {});
    this.#opening?.reject(
      new Error(`Cannot follow ${this.#venue}: it was closed before its books were whole; start it again`),
    );
  }

  #follow(client: CcxtClient, fed: FedBook): void {
    const { symbol } = fed, lines = new BookLines(symbol), began = this.#nowMs(), fresh = new Fresh(began);
    const push = (line: string | undefined) => {
      const at = this.#tools.wall();
      if (line !== undefined && !this.#closed) fed.push(receivedLine(line, at), at);
    };
    const lost = (why: string) => {
      lines.lost();
      fed.lost(this.#tools.wall(), this.#venue, why);
    };
    this.#lost.set(symbol, lost);
    const book = client.has.watchOrderBook === true
      ? { next: () => client.watchOrderBook(symbol) }
      : { next: () => client.fetchOrderBook(symbol), everyMs: POLL_MS };
    const trades = client.has.watchTrades === true
      ? { next: () => client.watchTrades(symbol) }
      : { next: () => client.fetchTrades(symbol), everyMs: POLL_MS };
    const venue = this.#venue, missed = () => {};
    const takeBook = (value: CcxtBook) => push(lines.book(value, this.#nowMs()));
    const takeTrades = (list: readonly CcxtTrade[]) => push(lines.trades(fresh.of(list), this.#nowMs()));
    this.#loops.push(
      new WatchLoop({ ...book, venue, name: `book of ${symbol}`, take: takeBook, lost, missed }, this.#tools),
      new WatchLoop({ ...trades, venue, name: `trades of ${symbol}`, take: takeTrades, missed }, this.#tools),
    );
  }

  #settle(): void {
    if (this.#books.every(({ whole }) => whole)) this.#opening?.resolve();
  }

  #nowMs(): number {
    return Number(this.#tools.wall() / 1000n) / 1000;
  }
}

/** Tells trades that are new from those that come again, and from those that happened before we looked. */
class Fresh {
  readonly #seen = new Set<string>();

  constructor(private readonly sinceMs: number) {}

  of(trades: readonly CcxtTrade[]): CcxtTrade[] {
    return trades.filter((trade) => {
      const { id, timestamp = Infinity, price, amount } = trade, name = id ?? `${timestamp} ${price} ${amount}`;
      if (timestamp < this.sinceMs || this.#seen.has(name)) return false;
      this.#seen.add(name);
      if (this.#seen.size > SEEN_MAX) this.#seen.delete(this.#seen.keys().next().value!);
      return true;
    });
  }
}
