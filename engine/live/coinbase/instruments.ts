import { closest } from "../../core/closest.ts";
import type { InstrumentSpec } from "../../core/instrument.ts";
import { plain } from "../decimals.ts";
import type { RestClient } from "../rest_client.ts";

/** What Coinbase says of one product, as far as it is read. */
interface Product {
  readonly product_id: string;
  readonly price_increment?: string;
  readonly quote_increment: string;
  readonly base_increment: string;
  readonly quote_currency_id: string;
  readonly trading_disabled?: boolean;
  readonly status?: string;
  /** The product whose book it is traded in, where that is another: BTC-USDC in that of BTC-USD. */
  readonly alias?: string;
}

/**
 * What of Coinbase is traded, from its list of products. Rejects with RangeError for one that it does not list, with the nearest one
 * that it does, that is not traded now, or whose market data come under another name.
 */
export async function coinbaseInstruments(
  symbols: readonly string[],
  url: string,
  client: RestClient,
): Promise<InstrumentSpec[]> {
  const all = `${url}/api/v3/brokerage/market/products`,
    query = symbols.map((symbol) => `product_ids=${symbol}`).join("&");
  let listed = await productsOf(`${all}?${query}`, client);
  const missing = symbols.find((symbol) => !listed.some(({ product_id }) => product_id === symbol));
  // What is near it the whole list says.
  if (missing !== undefined) listed = await productsOf(all, client);
  return symbols.map((symbol) => {
    const found = listed.find(({ product_id }) => product_id === symbol);
    if (found === undefined) {
      const near = closest(symbol, listed.map(({ product_id }) => product_id));
      const remedy = near.startsWith("did") ? near : `it has ${listed.length} others, named as BTC-USD`;
      throw new RangeError(`Cannot trade ${symbol}: coinbase does not list it; ${remedy}`);
    }
    const { trading_disabled, status = "online", alias = "" } = found;
    if (trading_disabled || (status !== "online" && status !== "")) {
      const is = trading_disabled ? "trading is disabled" : `its status is ${status}`;
      throw new RangeError(`Cannot trade ${symbol}: at coinbase ${is}; wait, or choose another`);
    }
    if (alias !== "") {
      throw new RangeError(`Cannot trade ${symbol}: coinbase trades it in the book of ${alias}; give that`);
    }
    return specOf(found);
  });
}

async function productsOf(url: string, client: RestClient): Promise<readonly Product[]> {
  const { products } = await client.json({ method: "GET", url }, 1) as { products?: unknown };
  if (Array.isArray(products)) return products;
  throw new TypeError("Cannot read products: there are none in the answer; is the endpoint Coinbase's?");
}

function specOf(found: Product): InstrumentSpec {
  const { product_id, price_increment, quote_increment, base_increment, quote_currency_id } = found;
  return {
    symbol: product_id,
    venue: "coinbase",
    tick: plain(price_increment ?? quote_increment),
    lot: plain(base_increment),
    kind: "linear",
    currency: quote_currency_id,
  };
}
