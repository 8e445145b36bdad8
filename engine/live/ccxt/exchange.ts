import { closest } from "../../core/closest.ts";
import type { InstrumentSpec } from "../../core/instrument.ts";
import { plain } from "../decimals.ts";
import type { Endpoints, Exchange } from "../exchange.ts";
import { type CcxtClient, ccxtClient, type CcxtMarket as MarketFacts, type CcxtOptions } from "./client.ts";
import { CcxtMarket } from "./market.ts";
import { ccxtOrders } from "./orders.ts";

/** ccxt knows where exchanges are; only which of their two networks is told. */
const REAL: Endpoints = { rest: "ccxt", market: "ccxt", orders: "ccxt" };
const SANDBOX: Endpoints = { rest: "ccxt-sandbox", market: "ccxt-sandbox", orders: "ccxt-sandbox" };

/** What precisions are, by ccxt's number of it. */
const DECIMALS = 2, STEPS = 4;

/**
 * An exchange that ccxt speaks, by ccxt's name of it: over a hundred, at what depth and speed ccxt gives (see {@linkcode CcxtMarket} and
 * {@linkcode ccxtOrders} for what that is). Symbols are ccxt's: "BTC/USDT", "BTC/USDT:USDT". Nothing is loaded before it is used.
 */
export function ccxtExchange(
  id: string,
  make: (id: string, options: CcxtOptions) => Promise<CcxtClient> = ccxtClient,
): Exchange {
  const name = `ccxt:${id}`;
  return {
    name,
    endpoints: REAL,
    testnet: SANDBOX,
    format: "coinbase",
    async instruments(symbols, at) {
      const client = await make(id, networkOf(name, at));
      try {
        const markets = await client.loadMarkets();
        return symbols.map((symbol) => specOf(name, symbol, markets, client.precisionMode));
      } finally {
        await client.close();
      }
    },
    market: (options, tools) => new CcxtMarket(id, () => make(id, networkOf(name, options.endpoints)), options, tools),
    orders: (options, tools) => {
      const { keys, endpoints } = options;
      return ccxtOrders(id, () => make(id, { keys, ...networkOf(name, endpoints) }), options, tools);
    },
  };
}

function networkOf(name: string, { rest, market, orders }: Endpoints): { readonly testnet: boolean } {
  const other = [rest, market, orders].find((url) => url !== REAL.rest && url !== SANDBOX.rest);
  if (other === undefined) return { testnet: rest === SANDBOX.rest };
  throw new RangeError(`Cannot connect to ${name} at ${other}: ccxt has its own addresses; leave --endpoint out`);
}

function specOf(
  venue: string,
  symbol: string,
  markets: Readonly<Record<string, MarketFacts | undefined>>,
  mode: number | undefined,
): InstrumentSpec {
  const found = markets[symbol];
  if (found === undefined) {
    throw new RangeError(`Cannot trade ${symbol}: ${venue} does not list it; ${closest(symbol, Object.keys(markets))}`);
  }
  const { quote, settle, contract, inverse, contractSize, precision = {} } = found;
  const step = (value: number | undefined, what: string): string => {
    if (value !== undefined && mode === STEPS) return plain(value);
    if (value !== undefined && mode === DECIMALS) return plain(`1e${-value}`);
    throw new RangeError(`Cannot trade ${symbol}: ${venue} states no step of ${what}; choose another exchange`);
  };
  return {
    symbol,
    venue,
    tick: step(precision.price, "price"),
    lot: step(precision.amount, "size"),
    kind: inverse === true ? "inverse" : "linear",
    currency: settle ?? quote,
    ...(contract === true && contractSize !== undefined ? { multiplier: plain(contractSize) } : {}),
  };
}
