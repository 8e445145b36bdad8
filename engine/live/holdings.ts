import type { Instrument } from "../core/instrument.ts";
import { minus, plus } from "./decimals.ts";
import { baseOf } from "./fill_report.ts";
import type { ExchangeAccount } from "./order_entry.ts";

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
