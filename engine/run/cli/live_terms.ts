import { type Instrument, instrument as makeInstrument, type InstrumentSpec } from "../../core/instrument.ts";
import type { ReconcileRow } from "../../live/reconcile.ts";
import { LIMIT_NAMES, type LimitName, LIMITS } from "../../risk/limits.ts";
import { type LimitOptions, runLimits } from "../run_limits.ts";
import { aligned } from "./aligned.ts";

/**
 * Refuses a live run that is not limited in everything: every limit must be a number for each instrument, with the instrument, or with
 * session, account or strategy. Throws RangeError with what is missing, as a file to fill in.
 *
 * @example
 * ```ts
 * import { instrument } from "../../core/instrument.ts";
 * import { checkAllLimited } from "./live_terms.ts";
 * const btc = instrument({ symbol: "BTCUSDT", venue: "binance-spot", tick: "0.01", lot: "0.00001" });
 * let message = "";
 * try {
 *   checkAllLimited({ limits: { position: 5 } }, [btc]);
 * } catch (error) {
 *   message = (error as Error).message;
 * }
 * if (!message.includes('"orderSize": …')) throw new Error("unexpected");
 * ```
 */
export function checkAllLimited(options: LimitOptions, instruments: readonly Instrument[]): void {
  const { instruments: own, scopes } = runLimits(options, instruments);
  const wide = [scopes.session, scopes.account, scopes.strategy];
  const limited = (name: LimitName, scope: typeof own[number] | undefined) => typeof scope?.[name] === "number";
  const missing = LIMIT_NAMES.filter((name) =>
    !wide.some((scope) => limited(name, scope)) && !own.every((scope) => limited(name, scope))
  );
  if (missing.length === 0) return;
  const lines = missing.map((name) => `  "${name}": …${LIMITS[name].unit === "" ? "" : ` (${LIMITS[name].unit})`}`);
  throw new RangeError(
    `Cannot go live: ${missing.length} limits are unlimited; give each as a number, in a file for --risk:\n` +
      `{\n${lines.join(",\n")}\n}`,
  );
}

/** What a live run is about to do, for people. */
export function termsText(terms: {
  readonly venue: string;
  /** Where orders go. */
  readonly address: string;
  /** The public part of the key. */
  readonly account: string;
  readonly testnet: boolean;
  readonly strategy: string;
  readonly instruments: readonly InstrumentSpec[];
  readonly limits: LimitOptions;
}): string {
  const { venue, address, account, testnet, strategy, instruments, limits } = terms;
  const { shown } = runLimits(limits, instruments.map(makeInstrument));
  const rows = LIMIT_NAMES.map((name) => [name, `${shown[name]}`, LIMITS[name].unit]);
  return [
    testnet ? "TEST NETWORK: this run trades with test money." : "LIVE: this run trades with REAL MONEY.",
    `  strategy     ${strategy}`,
    `  venue        ${venue} at ${address}`,
    `  account      key ${account}`,
    ...instruments.map(({ symbol, tick, lot, currency = "USD" }) =>
      `  instrument   ${symbol}: tick ${tick}, lot ${lot}, settled in ${currency}`
    ),
    "",
    ...aligned([["limit", "value", "unit"], ...rows]),
  ].join("\n");
}

/** What was found when the exchange was held against our log, for people; "" where all agrees. */
export function reconcileText(rows: readonly ReconcileRow[]): string {
  if (rows.length === 0) return "";
  const cells = rows.map((
    { what, symbol, exchange, ours, rule, remedy = "" },
  ) => [what, symbol, exchange, ours, rule, remedy]);
  return aligned([["what", "instrument", "at the exchange", "in our log", "rule", "remedy"], ...cells]).join("\n");
}
