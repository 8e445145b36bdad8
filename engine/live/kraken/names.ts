/**
 * Kraken's older names of what trades, which its requests over HTTP still speak: XXBTZUSD and XBTUSD for BTC/USD.
 *
 * @module
 */
const RENAMED: Readonly<Record<string, string>> = { XBT: "BTC", XDG: "DOGE" };

/**
 * A currency by its name of today: XXBT, XBT and XBT.F (what earns interest and can be spent all the same) are BTC.
 *
 * @example
 * ```ts
 * import { currency } from "./names.ts";
 * if (`${["XXBT", "ZUSD", "XBT.F", "USDT"].map(currency)}` !== "BTC,USD,BTC,USDT") throw new Error("unexpected");
 * ```
 */
export function currency(name: string): string {
  const plain = name.replace(/\.F$/, "");
  const short = /^[XZ][A-Z]{3}$/.test(plain) ? plain.slice(1) : plain;
  return RENAMED[short] ?? short;
}

/**
 * Which of our symbols an older name of a pair is of; undefined where it is none of them.
 *
 * @example
 * ```ts
 * import { symbolOf } from "./names.ts";
 * const found = ["XXBTZUSD", "XBTUSD", "BTC/USD", "ETHUSD"].map((pair) => symbolOf(pair, ["BTC/USD"]) ?? "none");
 * if (`${found}` !== "BTC/USD,BTC/USD,BTC/USD,none") throw new Error(`${found}`);
 * ```
 */
export function symbolOf(pair: string, symbols: readonly string[]): string | undefined {
  return symbols.find((symbol) => pairNames(symbol).has(pair));
}

/** The name of a pair that requests take: "XBTUSD". */
export function pairOf(symbol: string): string {
  return symbol.split("/").map((one) => OLDER[one] ?? one).join("");
}

const OLDER = Object.fromEntries(Object.entries(RENAMED).map(([older, today]) => [today, older]));

function pairNames(symbol: string): ReadonlySet<string> {
  const [base, quote] = symbol.split("/"), older = OLDER[base] ?? base;
  return new Set([
    symbol,
    `${base}${quote}`,
    `${older}${quote}`,
    `X${older}Z${quote}`,
    `X${older}X${OLDER[quote] ?? quote}`,
  ]);
}
