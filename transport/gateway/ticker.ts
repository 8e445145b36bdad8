import { AMOUNT_DECIMALS, amountText, type SpotSymbol } from "./spot_symbol.ts";
import type { Candle } from "./candles.ts";
import type { SpotMarket } from "./spot_market.ts";

/** The span of a ticker, in ms. */
const DAY = 86_400_000;

/** What a symbol's last 24 hours came to, in the fields of `ticker/24hr`; `now` in ms as clients see it. */
export function dayTicker(market: SpotMarket, now: number): Readonly<Record<string, string | number>> {
  const { symbol, trades } = market, day = market.candles.since(now - DAY) ?? NOTHING;
  const change = day.close - day.open, last = trades.at(-1);
  return {
    symbol: symbol.name,
    priceChange: signed(symbol, change),
    priceChangePercent: (day.open > 0 ? 100 * change / day.open : 0).toFixed(3),
    weightedAvgPrice: averagePrice(symbol, day),
    prevClosePrice: symbol.price(day.open),
    lastPrice: symbol.price(day.close),
    lastQty: symbol.size(last?.lots ?? 0),
    ...bestTexts(market),
    openPrice: symbol.price(day.open),
    highPrice: symbol.price(day.high),
    lowPrice: symbol.price(day.low),
    volume: symbol.size(day.lots),
    quoteVolume: amountText(symbol.value(day.value)),
    openTime: now - DAY,
    closeTime: now,
    firstId: day.firstId,
    lastId: day.lastId,
    count: day.trades,
  };
}

/** The best prices as they are sent. */
export function bestTexts({ symbol, best: { bid, bidLots, ask, askLots } }: SpotMarket): {
  readonly bidPrice: string;
  readonly bidQty: string;
  readonly askPrice: string;
  readonly askQty: string;
} {
  return {
    bidPrice: symbol.price(Number.isNaN(bid) ? 0 : bid),
    bidQty: symbol.size(bidLots),
    askPrice: symbol.price(Number.isNaN(ask) ? 0 : ask),
    askQty: symbol.size(askLots),
  };
}

/** What a unit cost on average; 0 where nothing traded. */
export function averagePrice(symbol: SpotSymbol, { value, lots }: Pick<Candle, "value" | "lots">): string {
  if (lots === 0) return symbol.price(0);
  return amountText(symbol.value(value) * 10n ** BigInt(AMOUNT_DECIMALS) / symbol.amount(lots));
}

const NOTHING: Candle = {
  opens: 0,
  open: 0,
  high: 0,
  low: 0,
  close: 0,
  lots: 0,
  value: 0n,
  trades: 0,
  takerLots: 0,
  takerValue: 0n,
  firstId: -1,
  lastId: -1,
};

function signed(symbol: SpotSymbol, ticks: number): string {
  return ticks < 0 ? `-${symbol.price(-ticks)}` : symbol.price(ticks);
}
