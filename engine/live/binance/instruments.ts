import { closest } from "../../core/closest.ts";
import type { InstrumentSpec } from "../../core/instrument.ts";
import { type RestClient, RestError } from "../rest_client.ts";

/** What Binance says of one instrument, as far as it is read. */
interface ExchangeSymbol {
  readonly symbol: string;
  readonly status: string;
  readonly quoteAsset: string;
  /** Of futures: what they settle in. */
  readonly marginAsset?: string;
  readonly contractType?: string;
  /** Of contracts that end, ms since 1970-01-01 UTC. */
  readonly deliveryDate?: number;
  readonly filters: readonly { readonly filterType: string; readonly tickSize?: string; readonly stepSize?: string }[];
}

/** Symbols that are named all where none is near. */
const NAMED_MOST = 10;

/** Codes of "there is no such symbol", of requests that name some. */
const NO_SYMBOL = -1121, BAD_SYMBOL = -1100;

/**
 * What of Binance is traded, from its exchangeInfo. Rejects with RangeError for a symbol that it does not list, with the nearest
 * one that it does, or that is not traded now.
 */
export async function binanceInstruments(
  symbols: readonly string[],
  { venue, url }: { readonly venue: string; readonly url: string },
  client: RestClient,
): Promise<InstrumentSpec[]> {
  const listed = await exchangeInfo(symbols, venue, url, client);
  return symbols.map((symbol) => {
    const found = listed.find((each) => each.symbol === symbol);
    if (found === undefined) {
      const near = closest(symbol, listed.map((each) => each.symbol));
      // It names all there are where none is near: here those are thousands, at a stand-in a few.
      const few = near.startsWith("did") || listed.length <= NAMED_MOST;
      const remedy = few ? near : `it has ${listed.length} others, named as BTCUSDT`;
      throw new RangeError(`Cannot trade ${symbol}: ${venue} does not list it; ${remedy}`);
    }
    if (found.status !== "TRADING") {
      throw new RangeError(
        `Cannot trade ${symbol}: at ${venue} its status is ${found.status}; wait, or choose another`,
      );
    }
    return specOf(found, venue);
  });
}

async function exchangeInfo(
  symbols: readonly string[],
  venue: string,
  url: string,
  client: RestClient,
): Promise<readonly ExchangeSymbol[]> {
  const all = `${url}/exchangeInfo`, spot = venue === "binance-spot", weight = spot ? 20 : 1;
  // Futures are all told at once; of spot they are thousands.
  const some = spot ? `${all}?symbols=${encodeURIComponent(JSON.stringify(symbols))}` : all;
  try {
    return symbolsOf(await client.json({ method: "GET", url: some }, weight));
  } catch (error) {
    if (!(error instanceof RestError) || !isNoSymbol(error.response.text)) throw error;
    // Which one, and what is near it, the whole list says.
    return symbolsOf(await client.json({ method: "GET", url: all }, weight));
  }
}

function isNoSymbol(text: string): boolean {
  const code = /"code"\s*:\s*(-\d+)/.exec(text);
  return code !== null && (Number(code[1]) === NO_SYMBOL || Number(code[1]) === BAD_SYMBOL);
}

function symbolsOf(json: unknown): readonly ExchangeSymbol[] {
  const { symbols } = (json ?? {}) as { symbols?: unknown };
  if (Array.isArray(symbols)) return symbols.filter((each) => typeof each?.symbol === "string");
  throw new TypeError("Cannot read exchangeInfo: it has no symbols; is the endpoint Binance's?");
}

function specOf(found: ExchangeSymbol, venue: string): InstrumentSpec {
  const { symbol, filters, quoteAsset, marginAsset = quoteAsset, contractType = "PERPETUAL", deliveryDate } = found;
  const filter = (type: string) =>
    Array.isArray(filters) ? filters.find((each) => each?.filterType === type) : undefined;
  const tick = filter("PRICE_FILTER")?.tickSize, lot = filter("LOT_SIZE")?.stepSize;
  if (typeof tick !== "string" || typeof lot !== "string") {
    throw new TypeError(`Cannot trade ${symbol}: ${venue} tells no tick or no lot of it; choose another`);
  }
  return {
    symbol,
    venue,
    tick: plain(tick),
    lot: plain(lot),
    kind: "linear",
    currency: marginAsset,
    ...contractType.startsWith("PERPETUAL") || deliveryDate === undefined
      ? {}
      : { expiry: new Date(deliveryDate).toISOString().replace(".000Z", "Z") },
  };
}

/** A decimal without the zeros at its end: "0.10000000" is "0.1". */
function plain(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}
