import { filterFailure } from "./binance_error.ts";
import type { Answering } from "./endpoint.ts";
import type { SpotMarket } from "./spot_market.ts";
import type { SpotSymbol } from "./spot_symbol.ts";

/** The most ticks a price may have, the most lots an order, and the most orders that may be open of a symbol. */
const TICKS_MAX = 1e10, LOTS_MAX = 1e10, OPEN_MAX = 200;

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
export function exchangeInfo({ clock, weights }: Answering, markets: readonly SpotMarket[]) {
  return {
    timezone: "UTC",
    serverTime: clock.now(),
    rateLimits: weights.limits,
    exchangeFilters: [],
    symbols: markets.map(({ symbol }) => symbolInfo(symbol)),
  };
}

function symbolInfo(symbol: SpotSymbol) {
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
    filters: [
      {
        filterType: "PRICE_FILTER",
        minPrice: symbol.price(1),
        maxPrice: symbol.price(TICKS_MAX),
        tickSize: symbol.price(1),
      },
      { filterType: "LOT_SIZE", minQty: symbol.size(1), maxQty: symbol.size(LOTS_MAX), stepSize: symbol.size(1) },
      {
        filterType: "MARKET_LOT_SIZE",
        minQty: symbol.size(1),
        maxQty: symbol.size(LOTS_MAX),
        stepSize: symbol.size(1),
      },
      { filterType: "MAX_NUM_ORDERS", maxNumOrders: OPEN_MAX },
    ],
    permissions: [],
    permissionSets: [["SPOT"]],
    defaultSelfTradePreventionMode: "NONE",
    allowedSelfTradePreventionModes: ["NONE"],
  };
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
