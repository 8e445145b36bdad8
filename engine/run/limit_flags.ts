import { closest } from "../core/closest.ts";
import type { GuardOptions } from "../risk/guard_options.ts";
import {
  checkLimit,
  LIMIT_NAMES,
  type LimitName,
  LIMITS,
  type RiskScopes,
  type ScopeLimits,
  SETTING_NAMES,
} from "../risk/limits.ts";

/** Limits for all instruments, by symbol over those, and of session, account and strategy. */
export interface RiskLimits {
  readonly limits: ScopeLimits;
  readonly limitsOf: Readonly<Record<string, ScopeLimits>>;
  readonly risk: RiskScopes;
  readonly guards?: GuardOptions;
}

/** All that a scope may state. */
export const STATED_NAMES: readonly string[] = [...LIMIT_NAMES, ...SETTING_NAMES];
/** Scopes beside those of single instruments. */
export const LIMIT_SCOPES = ["session", "account", "strategy"] as const;

/**
 * Reads the values of `--limit NAME=VALUE`, where a name may say whose it is: `session.openOrders=20`, `BTCUSDT.position=5`;
 * they go over `before`. Throws RangeError that suggests the nearest name.
 */
export function readLimitFlags(
  given: Readonly<Record<string, string>>,
  symbols: readonly string[],
  before: RiskLimits = { limits: {}, limitsOf: {}, risk: {} },
): RiskLimits {
  const limits: Record<string, unknown> = { ...before.limits };
  const limitsOf: Record<string, ScopeLimits> = { ...before.limitsOf };
  const risk: Record<string, unknown> = { ...before.risk };
  for (const [path, text] of Object.entries(given)) {
    // A symbol may have points of its own.
    const at = path.lastIndexOf("."), place = path.slice(0, Math.max(0, at)), name = path.slice(at + 1);
    const symbol = place.replace(/^instruments\./, ""), isWide = (LIMIT_SCOPES as readonly string[]).includes(place);
    if (place !== "" && !isWide && !symbols.includes(symbol)) {
      throw new RangeError(
        `Cannot set limit ${path}: ${place} is no scope; ${closest(place, [...LIMIT_SCOPES, ...symbols])}`,
      );
    }
    const value = readValue(path, name, text);
    const scope = place === "" ? placeOf(name) : isWide ? place : `instruments.${symbol}`;
    checkLimit(scope, name, value);
    if (place === "") limits[name] = value;
    else if (isWide) risk[place] = { ...(risk[place] ?? {}), [name]: value };
    else limitsOf[symbol] = { ...limitsOf[symbol], [name]: value };
  }
  return { limits: limits as ScopeLimits, limitsOf, risk: risk as RiskScopes };
}

function readValue(path: string, name: string, text: string): number | boolean | "unlimited" {
  if (!STATED_NAMES.includes(name)) {
    throw new RangeError(`Cannot set limit ${path}: there is none of that name; ${closest(name, STATED_NAMES)}`);
  }
  if (text === "unlimited") return text;
  if (name === "restricted") return text === "true" || (text === "false" ? false : NaN);
  // An empty text would be 0, which forbids everything.
  const value = text === "" ? NaN : Number(text);
  if (value >= 0) return value;
  throw new RangeError(
    `Cannot set limit ${path}: ${text || "nothing"} is neither a number of 0 or more nor "unlimited"`,
  );
}

/** Where a limit belongs that is said of no scope: "session" where it counts over all instruments. */
export function placeOf(name: string): string {
  return LIMITS[name as LimitName]?.summed ? "session" : "instruments";
}
