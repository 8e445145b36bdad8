import { SELL } from "../../engine/core/event.ts";
import type { Feed } from "../../engine/core/feed.ts";
import { type BookLevels, BookWatch } from "../host/book_watch.ts";
import { Candles, type Traded, tradeOf } from "./candles.ts";
import type { SpotSymbol } from "./spot_symbol.ts";
import type { SpotTrade } from "./spot_trade.ts";

/** The best bid and ask: ticks and lots, NaN and 0 where there is none. */
export interface BestPrices {
  readonly bid: number;
  readonly bidLots: number;
  readonly ask: number;
  readonly askLots: number;
}

/** What a message of the market came to. */
export interface MarketMove {
  readonly trades: readonly SpotTrade[];
  /** Levels that it changed; undefined where it changed none. */
  readonly levels: BookLevels | undefined;
}

/** Trades that are kept of a symbol. */
const TRADES_MAX = 10_000;

/** What is known of one symbol's market: its book and the number of its last update, its last trades, its candles. */
export class SpotMarket {
  readonly candles: Candles = new Candles();
  readonly #book = new BookWatch();
  #trades: SpotTrade[] = [];
  /** What traded before the tape's time was known to be now's: a message or two. */
  #early: (readonly [time: number, traded: Traded])[] | undefined = [];
  #lastTrade = 0;
  #update = 0;
  #best: BestPrices = { bid: NaN, bidLots: 0, ask: NaN, askLots: 0 };

  constructor(readonly symbol: SpotSymbol) {}

  /** The number of the book's last update; each message that changes the book is one. */
  get lastUpdateId(): number {
    return this.#update;
  }

  /** The best prices now. */
  get best(): BestPrices {
    return this.#best;
  }

  /** The last price; NaN before the first trade. */
  get lastPrice(): number {
    return this.candles.last?.close ?? NaN;
  }

  /** The last trades, oldest first. */
  get trades(): readonly SpotTrade[] {
    return this.#trades;
  }

  /** The best levels of either side, and the update up to which they are so. */
  depth(limit: number): BookLevels & { readonly lastUpdateId: number } {
    const { bids, asks } = this.#book.all();
    return { lastUpdateId: this.#update, bids: bids.slice(0, limit), asks: asks.slice(0, limit) };
  }

  /** From now on times are right; those of what was heard before are so many ms too early. */
  restamp(by: number): void {
    if (this.#early === undefined) return;
    this.candles.replace(this.#early.map(([time, traded]) => [time + by, traded]));
    this.#trades = this.#trades.map((trade) => ({ ...trade, time: trade.time + by }));
    this.#early = undefined;
  }

  /** A message of the market was applied, at a time as clients see it. */
  heard(feed: Feed, time: number): MarketMove {
    const { view: { pending, book } } = feed, trades: SpotTrade[] = [];
    if (pending.bar) {
      const { open, high, low, close, volume } = pending.bar, value = BigInt(volume) * BigInt(close);
      const taken = { takerLots: 0, takerValue: 0n, trades: 1, firstId: -1, lastId: -1 };
      this.#add(time, { open, high, low, close, lots: volume, value, ...taken });
      return { trades, levels: undefined };
    }
    for (let i = 0; i < pending.trades; i++) {
      const price = pending.prices[i], lots = pending.sizes[i], buyerIsMaker = pending.sides[i] === SELL;
      const trade = { id: ++this.#lastTrade, time, price, lots, buyerIsMaker };
      trades.push(trade);
      this.#add(time, tradeOf(trade));
    }
    this.#trades.push(...trades);
    if (this.#trades.length > TRADES_MAX) this.#trades.splice(0, TRADES_MAX / 4);
    const levels = pending.touched ? this.#book.update(feed) : undefined;
    if (levels === undefined) return { trades, levels };
    this.#update++;
    const bid = Number.isFinite(book.bestBid), ask = Number.isFinite(book.bestAsk);
    this.#best = {
      bid: bid ? book.bestBid : NaN,
      bidLots: bid ? book.bestBidSize : 0,
      ask: ask ? book.bestAsk : NaN,
      askLots: ask ? book.bestAskSize : 0,
    };
    return { trades, levels };
  }

  #add(time: number, traded: Traded): void {
    this.candles.add(time, traded);
    this.#early?.push([time, traded]);
  }
}
