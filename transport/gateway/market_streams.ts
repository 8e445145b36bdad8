import type { BookLevels } from "../host/book_watch.ts";
import type { GatewayClock } from "./gateway_clock.ts";
import type { SpotExchange } from "./spot_exchange.ts";
import type { SpotMarket } from "./spot_market.ts";
import type { SpotTrade } from "./spot_trade.ts";
import { feedOf, type StreamFeed, type StreamMessage } from "./stream_feed.ts";

/** Who hears a stream: the name, and a message as JSON text, made once for all. */
export type StreamListener = (name: string, text: string) => void;

/** One stream that somebody hears. */
interface Stream {
  readonly name: string;
  readonly feeds: readonly StreamFeed[];
  /** Its messages are arrays of those of all feeds. */
  readonly list: boolean;
  readonly listeners: Set<StreamListener>;
  told: number;
}

/** "btcusdt@depth@100ms", "!miniTicker@arr". */
const NAME = /^([a-z0-9]{2,20})@(\w+(?:@\d+ms)?)$/;
/** Streams over all markets. */
const ALL: ReadonlyMap<string, string> = new Map([["!ticker@arr", "ticker"], ["!miniTicker@arr", "miniTicker"]]);

/**
 * The market's streams, each made once for all who hear it, and only while somebody does.
 *
 * What is put together over a period of session time is told with the first change behind the period; and at once where nothing
 * happens before the period is over, so that nobody waits for a quiet market.
 */
export class MarketStreams {
  readonly #exchange: SpotExchange;
  readonly #clock: GatewayClock;
  readonly #streams = new Map<string, Stream>();
  readonly #byMarket = new Map<SpotMarket, Set<Stream>>();

  constructor(exchange: SpotExchange, clock: GatewayClock) {
    this.#exchange = exchange;
    this.#clock = clock;
  }

  /** Subscriptions in all. */
  get listeners(): number {
    return this.#streams.values().reduce((sum, { listeners }) => sum + listeners.size, 0);
  }

  /** Whether there is a stream of that name. */
  has(name: string): boolean {
    return this.#streams.has(name) || this.#feedsOf(name).length > 0;
  }

  /** Has somebody hear a stream. Nothing comes of one that there is not. */
  add(name: string, listener: StreamListener): void {
    const known = this.#streams.get(name);
    if (known) return void known.listeners.add(listener);
    const feeds = this.#feedsOf(name);
    if (feeds.length === 0) return;
    const stream = { name, feeds, list: ALL.has(name), listeners: new Set([listener]), told: -Infinity };
    this.#streams.set(name, stream);
    for (const { market } of feeds) {
      const of = this.#byMarket.get(market) ?? new Set();
      this.#byMarket.set(market, of.add(stream));
    }
  }

  /** Somebody hears it no more. */
  remove(name: string, listener: StreamListener): void {
    const stream = this.#streams.get(name);
    if (!stream?.listeners.delete(listener) || stream.listeners.size > 0) return;
    this.#streams.delete(name);
    for (const { market } of stream.feeds) this.#byMarket.get(market)?.delete(stream);
  }

  /** A trade of a market. */
  trade(market: SpotMarket, trade: SpotTrade): void {
    this.#each(market, (feed, now) => feed.trade?.(trade, now));
  }

  /** A book changed. */
  book(market: SpotMarket, levels: BookLevels): void {
    this.#each(market, (feed, now) => feed.book?.(levels, now));
  }

  /** Candles changed by a bar. */
  bar(market: SpotMarket): void {
    for (const { feeds } of this.#byMarket.get(market) ?? []) {
      for (const feed of feeds) feed.changed ||= feed.due !== undefined;
    }
  }

  /** After each move: tells what is due. `next` is when the next move is, ms as clients see it. */
  flush(next: number): void {
    const now = this.#clock.market;
    for (const stream of this.#streams.values()) {
      const { feeds, list } = stream, { period } = feeds[0];
      if (period === 0 || Math.max(now, next) - stream.told < period) continue;
      const said: StreamMessage[] = [];
      for (const feed of feeds) {
        if (!feed.changed) continue;
        feed.changed = false;
        const message = feed.due?.(now);
        if (message) said.push(message);
      }
      if (said.length === 0) continue;
      // Told a little early, it counts as told when it was due.
      stream.told = Math.max(now, stream.told + period);
      this.#tell(stream, list ? said : said[0]);
    }
  }

  #each(market: SpotMarket, say: (feed: StreamFeed, now: number) => StreamMessage | undefined): void {
    const streams = this.#byMarket.get(market);
    if (streams === undefined || streams.size === 0) return;
    const now = this.#clock.market;
    for (const stream of streams) {
      for (const feed of stream.feeds) {
        const message = feed.market === market ? say(feed, now) : undefined;
        if (message) this.#tell(stream, message);
      }
    }
  }

  #tell({ name, listeners }: Stream, message: StreamMessage | readonly StreamMessage[]): void {
    const text = JSON.stringify(message);
    for (const listener of listeners) listener(name, text);
  }

  #feedsOf(name: string): readonly StreamFeed[] {
    const { markets } = this.#exchange, ofAll = ALL.get(name);
    if (ofAll !== undefined) return markets.map((market) => feedOf(market, ofAll)!);
    const [, symbol, kind] = NAME.exec(name) ?? [], market = symbol && this.#exchange.market(symbol.toUpperCase());
    const feed = market ? feedOf(market, kind) : undefined;
    return feed ? [feed] : [];
  }
}
