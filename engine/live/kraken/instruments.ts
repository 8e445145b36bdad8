import { closest } from "../../core/closest.ts";
import { formatDecimal } from "../../core/decimal.ts";
import type { InstrumentSpec } from "../../core/instrument.ts";
import type { RestClient } from "../rest_client.ts";

/** What Kraken says of one pair, as far as it is read. */
interface AssetPair {
  /** As version 1 names it: "XBT/USD". */
  readonly wsname?: string;
  readonly status?: string;
  readonly tick_size?: string;
  readonly pair_decimals: number;
  readonly lot_decimals: number;
}

/** Currencies that version 2 names otherwise than version 1. */
const RENAMED: Readonly<Record<string, string>> = { XBT: "BTC", XDG: "DOGE" };

/**
 * What of Kraken is traded, from its AssetPairs, by the names of version 2. Rejects with RangeError for a pair that it does not
 * list, with the nearest one that it does, or that is not traded now.
 */
export async function krakenInstruments(
  symbols: readonly string[],
  url: string,
  client: RestClient,
): Promise<InstrumentSpec[]> {
  const all = `${url}/0/public/AssetPairs`, asked = await pairsOf(`${all}?pair=${symbols.join(",")}`, client);
  // One name that is wrong refuses all: which one, and what is near it, the whole list says.
  const listed = asked ?? await pairsOf(all, client) ?? new Map<string, AssetPair>();
  return symbols.map((symbol) => {
    const found = listed.get(symbol);
    if (found === undefined) {
      const near = closest(symbol, [...listed.keys()]);
      const remedy = near.startsWith("did") ? near : `it has ${listed.size} others, named as BTC/USD`;
      throw new RangeError(`Cannot trade ${symbol}: kraken does not list it; ${remedy}`);
    }
    const { status = "online", tick_size, pair_decimals, lot_decimals } = found;
    if (status !== "online") {
      throw new RangeError(`Cannot trade ${symbol}: at kraken its status is ${status}; wait, or choose another`);
    }
    return {
      symbol,
      venue: "kraken",
      tick: tick_size ?? formatDecimal(1, pair_decimals),
      lot: formatDecimal(1, lot_decimals),
      kind: "linear",
      currency: symbol.slice(symbol.indexOf("/") + 1),
    };
  });
}

/** By name; undefined where Kraken does not know one that was asked for. */
async function pairsOf(url: string, client: RestClient): Promise<Map<string, AssetPair> | undefined> {
  const { error, result } = await client.json({ method: "GET", url }, 1) as {
    error?: readonly string[];
    result?: Readonly<Record<string, AssetPair>>;
  };
  if (error?.some((each) => each.startsWith("EQuery"))) return undefined;
  if (result === undefined) {
    throw new TypeError(`Cannot read AssetPairs: it says ${JSON.stringify(error)}; is the endpoint Kraken's?`);
  }
  const names = Object.values(result).flatMap((pair) =>
    pair.wsname === undefined ? [] : [[nameOf(pair.wsname), pair] as const]
  );
  return new Map(names);
}

function nameOf(wsname: string): string {
  return wsname.split("/").map((currency) => RENAMED[currency] ?? currency).join("/");
}
