import { type Candle, candleSpan, isInterval } from "./candles.ts";
import { DepthDiffs, levelTexts } from "./depth_diffs.ts";
import type { BookLevels } from "../host/book_watch.ts";
import { aggregate } from "./market_endpoints.ts";
import type { BestPrices, SpotMarket } from "./spot_market.ts";
import { amountText } from "./spot_symbol.ts";
import type { SpotTrade } from "./spot_trade.ts";
import { bestTexts, dayTicker } from "./ticker.ts";

/** A message of a stream, plain JSON. */
export type StreamMessage = Readonly<Record<string, unknown>>;

/**
 * What a stream says of one market. What happens is told at once, or, where there is a period, put together and told no more often
 * than that.
 */
export interface StreamFeed {
  readonly market: SpotMarket;
  /** ms of session time between two messages; 0 for those that are told at once. */
  readonly period: number;
  /** A trade: the message that it makes at once. */
  trade?(trade: SpotTrade, now: number): StreamMessage | undefined;
  /** The book changed: likewise. */
  book?(levels: BookLevels, now: number): StreamMessage | undefined;
  /** What there is to say of what has happened since; undefined where there is nothing. */
  due?(now: number): StreamMessage | undefined;
  /** It has changed since it was told last. */
  changed: boolean;
}

/** The feed of a stream's name behind its "@": "depth@100ms", "kline_1m"; undefined where there is none. */
export function feedOf(market: SpotMarket, kind: string): StreamFeed | undefined {
  if (kind === "trade") return tradeFeed(market);
  if (kind === "aggTrade") return aggregateFeed(market);
  if (kind === "bookTicker") return bestFeed(market);
  if (kind === "ticker" || kind === "miniTicker") return tickerFeed(market, kind === "miniTicker");
  const [, levels, fast] = /^depth(5|10|20)?(?:@(100|1000)ms)?$/.exec(kind) ?? [undefined, undefined, undefined];
  if (kind.startsWith("depth")) {
    const [name] = kind.split("@"), period = fast === "100" ? 100 : 1000;
    if (name !== `depth${levels ?? ""}` || (kind.includes("@") && fast === undefined)) return undefined;
    return levels === undefined ? diffFeed(market, period) : levelsFeed(market, Number(levels), period);
  }
  const [, interval] = /^kline_(\d+[smhdwM])$/.exec(kind) ?? [];
  return interval !== undefined && isInterval(interval) ? klineFeed(market, interval) : undefined;
}

function tradeFeed(market: SpotMarket): StreamFeed {
  const { symbol } = market;
  return {
    market,
    period: 0,
    changed: false,
    trade: ({ id, time, price, lots, buyerIsMaker }, now) => ({
      e: "trade",
      E: now,
      s: symbol.name,
      t: id,
      p: symbol.price(price),
      q: symbol.size(lots),
      T: time,
      m: buyerIsMaker,
      M: true,
    }),
  };
}

function aggregateFeed(market: SpotMarket): StreamFeed {
  const { symbol } = market;
  return {
    market,
    period: 0,
    changed: false,
    trade: (trade, now) => ({ e: "aggTrade", E: now, s: symbol.name, ...aggregate(symbol, trade) }),
  };
}

function bestFeed(market: SpotMarket): StreamFeed {
  let told: BestPrices | undefined;
  return {
    market,
    period: 0,
    changed: false,
    book() {
      const { best, symbol, lastUpdateId } = market;
      if (told && SAME.every((field) => Object.is(told![field], best[field]))) return undefined;
      told = best;
      const { bidPrice, bidQty, askPrice, askQty } = bestTexts(market);
      return { u: lastUpdateId, s: symbol.name, b: bidPrice, B: bidQty, a: askPrice, A: askQty };
    },
  };
}

const SAME = ["bid", "bidLots", "ask", "askLots"] as const;

/** The chain of changes: each message begins with the update behind the last of the one before. */
function diffFeed(market: SpotMarket, period: number): StreamFeed {
  const diffs = new DepthDiffs(market.lastUpdateId), { symbol } = market;
  return {
    market,
    period,
    changed: false,
    book(levels) {
      diffs.add(market.lastUpdateId, levels);
      this.changed = true;
      return undefined;
    },
    due(now) {
      const diff = diffs.take(symbol);
      return diff && { e: "depthUpdate", E: now, s: symbol.name, ...diff };
    },
  };
}

function levelsFeed(market: SpotMarket, levels: number, period: number): StreamFeed {
  const { symbol } = market;
  return {
    market,
    period,
    changed: true,
    book() {
      this.changed = true;
      return undefined;
    },
    due() {
      const { lastUpdateId, bids, asks } = market.depth(levels);
      return { lastUpdateId, bids: levelTexts(symbol, bids), asks: levelTexts(symbol, asks) };
    },
  };
}

function tickerFeed(market: SpotMarket, mini: boolean): StreamFeed {
  return {
    market,
    period: 1000,
    changed: true,
    trade() {
      this.changed = true;
      return undefined;
    },
    book() {
      this.changed = true;
      return undefined;
    },
    due: (now) => mini ? miniTicker(market, now) : fullTicker(market, now),
  };
}

function miniTicker(market: SpotMarket, now: number): StreamMessage {
  const day = dayTicker(market, now);
  return {
    e: "24hrMiniTicker",
    E: now,
    s: day.symbol,
    c: day.lastPrice,
    o: day.openPrice,
    h: day.highPrice,
    l: day.lowPrice,
    v: day.volume,
    q: day.quoteVolume,
  };
}

function fullTicker(market: SpotMarket, now: number): StreamMessage {
  const day = dayTicker(market, now);
  return {
    e: "24hrTicker",
    E: now,
    s: day.symbol,
    p: day.priceChange,
    P: day.priceChangePercent,
    w: day.weightedAvgPrice,
    x: day.prevClosePrice,
    c: day.lastPrice,
    Q: day.lastQty,
    b: day.bidPrice,
    B: day.bidQty,
    a: day.askPrice,
    A: day.askQty,
    o: day.openPrice,
    h: day.highPrice,
    l: day.lowPrice,
    v: day.volume,
    q: day.quoteVolume,
    O: day.openTime,
    C: day.closeTime,
    F: day.firstId,
    L: day.lastId,
    n: day.count,
  };
}

/** The candle of an interval as it grows, each closed one last with `x`. */
function klineFeed(market: SpotMarket, interval: string): StreamFeed {
  const { candles } = market;
  let opens: number | undefined;
  return {
    market,
    period: 1000,
    changed: candles.last !== undefined,
    trade() {
      this.changed = true;
      return undefined;
    },
    due(now) {
      const [current, next] = candleSpan(interval, now);
      const at = opens ?? current, [candle] = candles.read(interval, at, at, 1);
      if (candle === undefined) {
        opens = current;
        return undefined;
      }
      const closed = at < current;
      opens = closed ? candleSpan(interval, at)[1] : at;
      // Behind a closed candle comes the next, and it closes by itself where nothing trades.
      this.changed = opens <= current && (closed || now >= next);
      return klineMessage(market, interval, candle, now, closed);
    },
  };
}

function klineMessage({ symbol }: SpotMarket, interval: string, candle: Candle, now: number, closed: boolean) {
  return {
    e: "kline",
    E: now,
    s: symbol.name,
    k: {
      t: candle.opens,
      T: candleSpan(interval, candle.opens)[1] - 1,
      s: symbol.name,
      i: interval,
      f: candle.firstId,
      L: candle.lastId,
      o: symbol.price(candle.open),
      c: symbol.price(candle.close),
      h: symbol.price(candle.high),
      l: symbol.price(candle.low),
      v: symbol.size(candle.lots),
      n: candle.trades,
      x: closed,
      q: amountText(symbol.value(candle.value)),
      V: symbol.size(candle.takerLots),
      Q: amountText(symbol.value(candle.takerValue)),
      B: "0",
    },
  };
}
