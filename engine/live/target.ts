import { closest } from "../core/closest.ts";
import type { Endpoints, Exchange } from "./exchange.ts";

/** Instruments of one exchange, as a command line names them. */
export interface Target {
  readonly exchange: string;
  readonly symbols: readonly string[];
}

/**
 * Reads "binance-spot:BTCUSDT,ETHUSDT" or "ccxt:bybit:BTC/USDT". Throws RangeError for what is no such thing.
 *
 * @example
 * ```ts
 * import { parseTarget } from "./target.ts";
 * const { exchange, symbols } = parseTarget("binance-spot:BTCUSDT,ETHUSDT");
 * if (exchange !== "binance-spot" || symbols.length !== 2) throw new Error("unexpected");
 * ```
 */
export function parseTarget(text: string): Target {
  // An exchange that ccxt speaks has a colon in its name, and so may its symbols.
  const at = text.indexOf(":", text.startsWith("ccxt:") ? "ccxt:".length : 0),
    symbols = text.slice(at + 1).split(",").map((symbol) => symbol.trim());
  if (at < 1 || symbols.includes("")) {
    throw new RangeError(`Cannot connect to ${text}: it names no exchange and instruments; write binance-spot:BTCUSDT`);
  }
  const twice = symbols.find((symbol, i) => symbols.indexOf(symbol) !== i);
  if (twice !== undefined) {
    throw new RangeError(`Cannot connect to ${text}: ${twice} is there twice; name each instrument once`);
  }
  return { exchange: text.slice(0, at), symbols };
}

const NAMES = ["rest", "market", "orders"] as const;

/**
 * Where an exchange is to be found: its own hosts or those of its test network, but for what is given by name ("rest",
 * "market", "orders"). Throws RangeError for other names, for addresses that are none, and where there is no test network.
 */
export function endpointsOf(
  { name, endpoints, testnet }: Pick<Exchange, "name" | "endpoints" | "testnet">,
  given: { readonly testnet?: boolean; readonly endpoint?: Readonly<Record<string, string>> } = {},
): Endpoints {
  if (given.testnet && testnet === undefined) {
    throw new RangeError(
      `Cannot connect to the test network of ${name}: it has none; leave --testnet out, or use --paper`,
    );
  }
  const found = { ...(given.testnet ? testnet! : endpoints) };
  for (const [key, url] of Object.entries(given.endpoint ?? {})) {
    const which = NAMES.find((each) => each === key);
    if (which === undefined) throw new RangeError(`Cannot set endpoint ${key}: it is none; ${closest(key, NAMES)}`);
    const schemes = which === "rest" ? "https?" : which === "market" ? "wss?" : "(https?|wss?)";
    if (!new RegExp(`^${schemes}://[^/\\s]`).test(url)) {
      const example = which === "rest" ? "http://127.0.0.1:8888" : "ws://127.0.0.1:8888";
      throw new RangeError(`Cannot set endpoint ${key}: ${url} is no address for it; write one as ${example}`);
    }
    found[which] = url.replace(/\/+$/, "");
  }
  return found;
}
