import type { InstrumentSpec } from "../../core/instrument.ts";

const QUOTES = [
  "USDT",
  "USDC",
  "FDUSD",
  "BUSD",
  "TUSD",
  "USD1",
  "BTC",
  "ETH",
  "BNB",
  "EUR",
  "TRY",
  "BRL",
  "JPY",
  "USD",
];

/**
 * What a Binance symbol says of its instrument, on "spot" or "futures": venue, kind, currency, and the expiry that quarterly
 * contracts have in their name (at 08:00 UTC).
 *
 * @example
 * ```ts
 * import { binanceFacts } from "./binance_symbol.ts";
 * const { venue, kind, currency } = binanceFacts("BTCUSD_PERP", "futures");
 * if (venue !== "binance-coinm" || kind !== "inverse" || currency !== "BTC") throw new Error("unexpected");
 * ```
 */
export function binanceFacts(symbol: string, market: string): Partial<InstrumentSpec> {
  const [pair, contract = ""] = symbol.split("_");
  const date = /^(\d\d)(\d\d)(\d\d)$/.exec(contract);
  const expiry = date ? { expiry: `20${date[1]}-${date[2]}-${date[3]}T08:00:00Z` } : {};
  const quote = QUOTES.find((currency) => pair.endsWith(currency) && pair !== currency);
  if (contract !== "" && quote === "USD") {
    return { venue: "binance-coinm", kind: "inverse", currency: pair.slice(0, -3), ...expiry };
  }
  const currency = quote === undefined ? {} : { currency: quote };
  return { venue: market === "spot" ? "binance-spot" : "binance-usdm", kind: "linear", ...currency, ...expiry };
}
