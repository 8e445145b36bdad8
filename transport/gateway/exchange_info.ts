import type { LimitName } from "../../engine/risk/limits.ts";
import { filterFailure } from "./binance_error.ts";
import type { Answering } from "./endpoint.ts";
import type { SpotExchange } from "./spot_exchange.ts";
import type { SpotMarket } from "./spot_market.ts";
import type { SpotSymbol } from "./spot_symbol.ts";

/** The most ticks a price may have, the most lots an order, and the most orders that may be open of a symbol. */
const TICKS_MAX = 1e10, LOTS_MAX = 1e10, OPEN_MAX = 200;
/** What is told where an order may have any value. */
const MONEY_MAX = 1e15;

/** Types of order that the exchange takes. */
export const ORDER_TYPES: readonly string[] = [
  "LIMIT",
  "LIMIT_MAKER",
  "MARKET",
  "STOP_LOSS",
  "STOP_LOSS_LIMIT",
  "TAKE_PROFIT",
];

/** The exchange's limits and symbols, as `exchangeInfo` tells them. */
export function exchangeInfo({ clock, exchange, weights }: Answering, markets: readonly SpotMarket[]) {
  return {
    timezone: "UTC",
    serverTime: clock.now(),
    rateLimits: weights.limits,
    exchangeFilters: [],
    symbols: markets.map(({ symbol }) => symbolInfo(exchange, symbol)),
  };
}

function symbolInfo(exchange: SpotExchange, symbol: SpotSymbol) {
  return {
    symbol: symbol.name,
    status: "TRADING",
    baseAsset: symbol.base,
    baseAssetPrecision: 8,
    quoteAsset: symbol.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ORDER_TYPES,
    icebergAllowed: true,
    ocoAllowed: false,
    otoAllowed: false,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: false,
    cancelReplaceAllowed: true,
    amendAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: filters(exchange, symbol),
    permissions: [],
    permissionSets: [["SPOT"]],
    defaultSelfTradePreventionMode: "NONE",
    allowedSelfTradePreventionModes: ["NONE"],
  };
}

/** What orders of a symbol must be: its grid, and the limits of the session's risk, which refuses by the filters' names. */
function filters(exchange: SpotExchange, symbol: SpotSymbol) {
  const limit = (name: LimitName) => exchange.limit(symbol, name);
  const size = {
    minQty: symbol.size(Math.max(1, limit("orderSizeMin") ?? 1)),
    maxQty: symbol.size(Math.min(LOTS_MAX, limit("orderSize") ?? LOTS_MAX)),
    stepSize: symbol.size(1),
  };
  const band = least(limit("priceBand"), limit("collarLast")), most = limit("notional"), fewest = limit("notionalMin");
  const position = limit("position");
  return [
    {
      filterType: "PRICE_FILTER",
      minPrice: symbol.price(1),
      maxPrice: symbol.price(TICKS_MAX),
      tickSize: symbol.price(1),
    },
    { filterType: "LOT_SIZE", ...size },
    { filterType: "MARKET_LOT_SIZE", ...size },
    ...(most === undefined && fewest === undefined ? [] : [{
      filterType: "NOTIONAL",
      minNotional: money(fewest ?? 0),
      applyMinToMarket: true,
      maxNotional: money(most ?? MONEY_MAX),
      applyMaxToMarket: true,
      avgPriceMins: 0,
    }]),
    ...(band === undefined ? [] : [{
      filterType: "PERCENT_PRICE",
      multiplierUp: (1 + band).toFixed(8),
      multiplierDown: Math.max(0, 1 - band).toFixed(8),
      avgPriceMins: 0,
    }]),
    ...(position === undefined ? [] : [{
      filterType: "MAX_POSITION",
      maxPosition: symbol.size(Math.min(LOTS_MAX, position)),
    }]),
    { filterType: "MAX_NUM_ORDERS", maxNumOrders: Math.min(OPEN_MAX, limit("openOrders") ?? OPEN_MAX) },
  ];
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? a ?? b : Math.min(a, b);
}

function money(amount: number): string {
  return Math.min(amount, MONEY_MAX).toFixed(8);
}

/** The ticks of a price. Throws BinanceError where the filter does not let it through. */
export function filteredPrice(symbol: SpotSymbol, text: string): number {
  const ticks = symbol.ticks(text);
  if (ticks >= 1 && ticks <= TICKS_MAX) return ticks;
  throw filterFailure("PRICE_FILTER");
}

/** The lots of a size, likewise. */
export function filteredSize(symbol: SpotSymbol, text: string): number {
  const lots = symbol.lots(text);
  if (lots >= 1 && lots <= LOTS_MAX) return lots;
  throw filterFailure("LOT_SIZE");
}

/** Throws BinanceError where so many orders of a symbol are open that there may be no more. */
export function filterOpen(open: number): void {
  if (open >= OPEN_MAX) throw filterFailure("MAX_NUM_ORDERS");
}
