import { type Instrument, instrument as makeInstrument, type InstrumentSpec } from "../../core/instrument.ts";
import type { Endpoints } from "../../live/exchange.ts";
import type { ReconcileRow } from "../../live/reconcile.ts";
import { LIMIT_NAMES, type LimitName, LIMITS } from "../../risk/limits.ts";
import { type LimitOptions, runLimits } from "../run_limits.ts";
import { aligned } from "./aligned.ts";

/**
 * The limits that keep a run from going live: every one must be a number for each instrument, with the instrument, or with session,
 * account or strategy.
 *
 * @example
 * ```ts
 * import { instrument } from "../../core/instrument.ts";
 * import { unlimited } from "./live_terms.ts";
 * const btc = instrument({ symbol: "BTCUSDT", venue: "binance-spot", tick: "0.01", lot: "0.00001" });
 * const missing = unlimited({ limits: { position: 5 } }, [btc]);
 * if (!missing.includes("orderSize") || missing.includes("position")) throw new Error("unexpected");
 * ```
 */
export function unlimited(options: LimitOptions, instruments: readonly Instrument[]): readonly LimitName[] {
  const { instruments: own, scopes } = runLimits(options, instruments);
  const wide = [scopes.session, scopes.account, scopes.strategy];
  const limited = (name: LimitName, scope: typeof own[number] | undefined) => typeof scope?.[name] === "number";
  return LIMIT_NAMES.filter((name) =>
    !wide.some((scope) => limited(name, scope)) && !own.every((scope) => limited(name, scope))
  );
}

/** A file for `--risk` that sets some limits, to be filled in. */
export function limitsToFill(names: readonly LimitName[]): string {
  const lines = names.map((name, i) => {
    const { unit } = LIMITS[name], comma = i < names.length - 1 ? "," : "";
    return `  "${name}": …${comma}${unit === "" ? "" : ` // ${unit}`}`;
  });
  return ["{", ...lines, "}"].join("\n");
}

/**
 * Refuses a live run whose orders go to one exchange, and whose books are asked for at another: one is on this machine, a stand-in,
 * and the other is not. Throws RangeError that names both.
 */
export function checkOnePlace({ rest, orders }: Endpoints): void {
  if (isHere(rest) === isHere(orders)) return;
  const missing = isHere(rest) ? "orders" : "rest";
  throw new RangeError(
    `Cannot go live: orders go to ${orders}, and are asked for at ${rest}; give --endpoint ${missing}=URL, too`,
  );
}

function isHere(url: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}

/** What a live run is about to do, for people. */
export function termsText(terms: {
  readonly venue: string;
  /** Where orders go, where they are asked for, and where the market comes from. */
  readonly endpoints: Endpoints;
  /** The public part of the key. */
  readonly account: string;
  readonly testnet: boolean;
  readonly strategy: string;
  /** The folder of the run that rehearsed it. */
  readonly rehearsed: string;
  readonly instruments: readonly InstrumentSpec[];
  readonly limits: LimitOptions;
}): string {
  const { venue, endpoints, account, testnet, strategy, rehearsed, instruments, limits } = terms;
  const { shown } = runLimits(limits, instruments.map(makeInstrument));
  const rows = LIMIT_NAMES.map((name) => [name, `${shown[name]}`, LIMITS[name].unit]);
  return [
    testnet ? "TEST NETWORK: this run trades with test money." : "LIVE: this run trades with REAL MONEY.",
    `  strategy     ${strategy}, rehearsed as ${rehearsed}`,
    `  venue        ${venue} at ${endpoints.orders}`,
    `  asked at     ${endpoints.rest}`,
    `  market from  ${endpoints.market}`,
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
