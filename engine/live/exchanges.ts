import { closest } from "../core/closest.ts";
import { binanceSpot, binanceUsdm } from "./binance/market.ts";
import { binanceOrders } from "./binance/orders.ts";
import { ccxtExchange } from "./ccxt/exchange.ts";
import { coinbase } from "./coinbase/market.ts";
import { coinbaseOrders } from "./coinbase/orders.ts";
import type { Exchange } from "./exchange.ts";
import { kraken } from "./kraken/market.ts";
import { krakenOrders } from "./kraken/orders.ts";
import { LiveMarket } from "./live_market.ts";
import type { MarketDialect } from "./market_dialect.ts";
import { RestClient } from "./rest_client.ts";

/** An exchange whose market is spoken in a dialect. */
function exchangeOf(dialect: MarketDialect, orders?: Exchange["orders"]): Exchange {
  const { venue, endpoints, testnet, format, limits: { weightPerMinute } } = dialect;
  return {
    name: venue,
    endpoints,
    testnet,
    format,
    async instruments(symbols, at, tools) {
      const rest = new RestClient({ venue, weightPerMinute, weightUsed: dialect.weightUsed }, tools);
      try {
        return await dialect.instruments(symbols, at, rest);
      } finally {
        rest.close();
      }
    },
    market: (options, tools) => new LiveMarket(dialect, options, tools),
    ...orders && { orders },
  };
}

const EXCHANGES: readonly Exchange[] = [
  exchangeOf(binanceSpot, (options, tools) => binanceOrders("spot", options, tools)),
  exchangeOf(binanceUsdm, (options, tools) => binanceOrders("usdm", options, tools)),
  exchangeOf(kraken, krakenOrders),
  exchangeOf(coinbase, coinbaseOrders),
];

/** The names of all exchanges that are spoken here. */
export const EXCHANGE_NAMES: readonly string[] = EXCHANGES.map(({ name }) => name);

/**
 * The exchange of that name; "ccxt:bybit" is one that ccxt speaks. Throws RangeError that names the nearest one.
 *
 * @example
 * ```ts
 * import { exchange } from "./exchanges.ts";
 * if (exchange("binance-spot").format !== "binance") throw new Error("unexpected");
 * ```
 */
export function exchange(name: string): Exchange {
  const found = EXCHANGES.find((each) => each.name === name);
  if (found) return found;
  if (/^ccxt:./.test(name)) return ccxtExchange(name.slice("ccxt:".length));
  const near = closest(name, EXCHANGE_NAMES);
  throw new RangeError(`Cannot connect to ${name}: there is no such exchange; ${near}, or ccxt:NAME for any other`);
}
