import type { Instrument } from "../core/instrument.ts";
import { minus, plus } from "./decimals.ts";
import { baseOf } from "./fill_report.ts";
import { priceText, ticksOf } from "./grid_text.ts";
import type { ExchangeAccount } from "./order_entry.ts";
import type { LoggedPosition } from "./order_log.ts";

/** On spot what is held is a balance, and not a position. */
export function isSpot({ positions }: ExchangeAccount): boolean {
  return positions === undefined;
}

/**
 * What an account holds of an instrument for us, signed. On spot that is the balance of its base currency without what was there
 * before us (`before`), and with the fees that we paid out of what we bought (`paid`).
 *
 * @example
 * ```ts
 * import { instrument } from "../core/instrument.ts";
 * import { heldAt } from "./holdings.ts";
 * const btc = instrument({ symbol: "BTCUSDT", venue: "v", tick: "0.1", lot: "0.001", currency: "USDT" });
 * const spot = heldAt({ balances: { BTC: "1.499" } }, btc, { before: "1", paid: "0.001" });
 * const flat = heldAt({ balances: { BTC: "1.499" }, positions: {} }, btc, { before: "1", paid: "0" });
 * if (spot !== "0.5" || flat !== "0") throw new Error(`${spot} ${flat}`);
 * ```
 */
export function heldAt(
  account: ExchangeAccount,
  instrument: Pick<Instrument, "symbol" | "currency">,
  { before = "0", paid = "0" }: { readonly before?: string; readonly paid?: string },
): string {
  const { balances, positions } = account;
  if (positions !== undefined) return positions[instrument.symbol]?.size ?? "0";
  return minus(plus(balances[baseOf(instrument)] ?? "0", paid), before);
}

/** The price at which a session begins with a position: what it cost on average, on the instrument's grid, as it has no other. */
export function openingPrice({ size, cost }: LoggedPosition, instrument: Instrument): string {
  return priceText(instrument, ticksOf(instrument, (Number(cost) / Number(size)).toFixed(12)).steps);
}

/**
 * Throws RangeError where two instruments of spot have a currency in common that one of them is of: its balance would be of both, and
 * what is held of either could not be told.
 *
 * @example
 * ```ts
 * import { instrument } from "../core/instrument.ts";
 * import { checkApart } from "./holdings.ts";
 * const of = (symbol: string, currency: string) => instrument({ symbol, venue: "v", tick: "1", lot: "1", currency });
 * checkApart([of("BTCUSDT", "USDT"), of("ETHUSDT", "USDT")]);
 * let refused = "";
 * try {
 *   checkApart([of("BTCUSDT", "USDT"), of("ETHBTC", "BTC")]);
 * } catch (error) {
 *   refused = (error as Error).message;
 * }
 * if (!refused.startsWith("Cannot trade BTCUSDT beside ETHBTC: both move the balance of BTC")) throw new Error(refused);
 * ```
 */
export function checkApart(instruments: readonly Pick<Instrument, "symbol" | "currency">[]): void {
  for (const one of instruments) {
    const base = baseOf(one);
    const other = instruments.find((each) => each !== one && (each.currency === base || baseOf(each) === base));
    if (other === undefined) continue;
    throw new RangeError(
      `Cannot trade ${one.symbol} beside ${other.symbol}: both move the balance of ${base}, by which it is known what is held; ` +
        "leave one of them out",
    );
  }
}
