import { refusal } from "./binance_error.ts";
import { type Candle, candleSpan, isInterval } from "./candles.ts";
import { levelTexts } from "./depth_diffs.ts";
import { type Answering, each, type Endpoints, marketOf, marketsOf } from "./endpoint.ts";
import { exchangeInfo } from "./exchange_info.ts";
import type { Params } from "./params.ts";
import type { SpotMarket } from "./spot_market.ts";
import { amountText, type SpotSymbol } from "./spot_symbol.ts";
import type { SpotTrade } from "./spot_trade.ts";
import { averagePrice, bestTexts, dayTicker } from "./ticker.ts";

const DEPTH_MAX = 5000, TRADES_MAX = 1000, CANDLES_MAX = 1000;
/** Weight by the levels that are asked for. */
const DEPTH_WEIGHTS = [[100, 5], [500, 25], [1000, 50], [DEPTH_MAX, 250]];
/** The span of `avgPrice`, in minutes. */
const AVERAGE_MINUTES = 5;

/** What anybody may ask of the exchange and its markets. */
export function marketEndpoints(answering: Answering): Endpoints {
  const { exchange, clock } = answering;
  const one = (params: Params) => (params.has("symbol") ? 2 : 4);
  const open = { security: "none", market: true } as const;
  return {
    ping: { security: "none", weight: 1, params: [], answer: () => ({}) },
    time: { security: "none", weight: 1, params: [], answer: () => ({ serverTime: clock.now() }) },
    exchangeInfo: {
      security: "none",
      weight: 20,
      params: ["symbol", "symbols", "permissions", "showPermissionSets", "symbolStatus"],
      answer: (params) => exchangeInfo(answering, [marketsOf(exchange, params)].flat()),
    },
    depth: {
      ...open,
      weight: (params) => DEPTH_WEIGHTS.find(([levels]) => params.count("limit", 100, DEPTH_MAX) <= levels)![1],
      params: ["symbol", "limit"],
      answer(params) {
        const { symbol, ...market } = depthOf(marketOf(exchange, params), params.count("limit", 100, DEPTH_MAX));
        return { ...market, bids: levelTexts(symbol, market.bids), asks: levelTexts(symbol, market.asks) };
      },
    },
    ...tradeEndpoints(answering),
    klines: {
      ...open,
      weight: 2,
      params: ["symbol", "interval", "startTime", "endTime", "timeZone", "limit"],
      answer: (params) => klines(marketOf(exchange, params), params, clock.market),
    },
    avgPrice: {
      ...open,
      weight: 2,
      params: ["symbol"],
      answer(params) {
        const { symbol, candles, lastPrice, trades } = marketOf(exchange, params);
        const now = clock.market, span = candles.since(now - AVERAGE_MINUTES * 60_000);
        const price = span && span.lots > 0 ? averagePrice(symbol, span) : symbol.price(lastPrice || 0);
        // When it traded last; where a tape has bars alone nobody knows.
        return { mins: AVERAGE_MINUTES, price, closeTime: trades.at(-1)?.time ?? now };
      },
    },
    dayTicker: {
      ...open,
      weight: (params) => params.has("symbol") ? 2 : 80,
      params: ["symbol", "symbols", "type", "symbolStatus"],
      answer: (params) => each(marketsOf(exchange, params), (market) => dayTicker(market, clock.market)),
    },
    price: {
      ...open,
      weight: one,
      params: ["symbol", "symbols", "symbolStatus"],
      answer: (params) =>
        each(marketsOf(exchange, params), ({ symbol, lastPrice, best }) => {
          const price = Number.isNaN(lastPrice) ? best.bid || best.ask || 0 : lastPrice;
          return { symbol: symbol.name, price: symbol.price(price) };
        }),
    },
    bookTicker: {
      ...open,
      weight: one,
      params: ["symbol", "symbols", "symbolStatus"],
      answer: (params) =>
        each(marketsOf(exchange, params), (market) => ({ symbol: market.symbol.name, ...bestTexts(market) })),
    },
  };
}

function depthOf(market: SpotMarket, limit: number) {
  const { lastUpdateId, bids, asks } = market.depth(limit);
  return { symbol: market.symbol, lastUpdateId, bids, asks };
}

function tradeEndpoints({ exchange }: Answering): Endpoints {
  const open = { security: "none", market: true } as const;
  const page = (params: Params, from: string): readonly [SpotMarket, readonly SpotTrade[]] => {
    const market = marketOf(exchange, params),
      limit = params.count("limit", 500, TRADES_MAX),
      first = params.whole(from);
    const { trades } = market;
    if (first >= 0) return [market, trades.filter(({ id }) => id >= first).slice(0, limit)];
    const starts = params.whole("startTime"), ends = params.whole("endTime");
    if (Number.isNaN(starts) && Number.isNaN(ends)) return [market, trades.slice(-limit)];
    const within = trades.filter(({ time }) => !(time < starts) && !(time > ends));
    return [market, Number.isNaN(starts) ? within.slice(-limit) : within.slice(0, limit)];
  };
  const told = (params: Params) => {
    const [{ symbol }, trades] = page(params, "fromId");
    return trades.map(({ id, time, price, lots, buyerIsMaker }) => ({
      id,
      price: symbol.price(price),
      qty: symbol.size(lots),
      quoteQty: amountText(symbol.worth(price, lots)),
      time,
      isBuyerMaker: buyerIsMaker,
      isBestMatch: true,
    }));
  };
  return {
    trades: { ...open, weight: 25, params: ["symbol", "limit"], answer: told },
    historicalTrades: { ...open, weight: 25, params: ["symbol", "limit", "fromId"], answer: told },
    aggTrades: {
      ...open,
      weight: 4,
      params: ["symbol", "limit", "fromId", "startTime", "endTime"],
      // Each trade of a tape is an aggregate of its own.
      answer(params) {
        const [{ symbol }, trades] = page(params, "fromId");
        return trades.map((trade) => aggregate(symbol, trade));
      },
    },
  };
}

/** A trade as an aggregate of one. */
export function aggregate(symbol: SpotSymbol, { id, time, price, lots, buyerIsMaker }: SpotTrade) {
  return { a: id, p: symbol.price(price), q: symbol.size(lots), f: id, l: id, T: time, m: buyerIsMaker, M: true };
}

function klines({ symbol, candles }: SpotMarket, params: Params, now: number) {
  const interval = params.text("interval");
  if (!isInterval(interval)) throw refusal("BAD_INTERVAL");
  const limit = params.count("limit", 500, CANDLES_MAX),
    starts = params.whole("startTime"),
    ends = params.whole("endTime");
  const until = Math.min(Number.isNaN(ends) ? now : ends, now);
  if (Number.isNaN(starts)) return candles.read(interval, 0, until, limit).map((each) => kline(symbol, interval, each));
  // From a start on it is the first so many.
  const first = Math.max(starts, candles.first?.opens ?? 0);
  let last = first;
  for (let i = 0; i < limit; i++) last = candleSpan(interval, last)[1];
  const all = candles.read(interval, starts, Math.min(until, last), limit + 1);
  return all.slice(0, limit).map((each) => kline(symbol, interval, each));
}

function kline(symbol: SpotSymbol, interval: string, candle: Candle) {
  const { opens, open, high, low, close, lots, value, trades, takerLots, takerValue } = candle;
  return [
    opens,
    symbol.price(open),
    symbol.price(high),
    symbol.price(low),
    symbol.price(close),
    symbol.size(lots),
    candleSpan(interval, opens)[1] - 1,
    amountText(symbol.value(value)),
    trades,
    symbol.size(takerLots),
    amountText(symbol.value(takerValue)),
    "0",
  ];
}
