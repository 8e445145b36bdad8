import type { Instrument } from "../core/instrument.ts";
import { instrumentNames } from "../core/instrument_names.ts";
import { type Limit, LIMIT_NAMES, LIMITS, type RiskScopes, type ScopeLimits, spreadLimits } from "../risk/limits.ts";

/** What a run says of limits. */
export interface LimitOptions {
  readonly limits?: ScopeLimits;
  readonly limitsOf?: Readonly<Record<string, ScopeLimits>>;
  readonly risk?: RiskScopes;
}

/** The limits of a run, spread over their scopes, and what its result says of them. */
export interface RunLimits {
  readonly instruments: readonly ScopeLimits[];
  readonly scopes: RiskScopes;
  /** All limits of the first instrument and of the session by name; what else session, account and strategy have by "session.name". */
  readonly shown: Readonly<Record<string, Limit>>;
  readonly notes: readonly string[];
}

/**
 * Works out the limits of a run over these instruments; `limitsOf` goes by their names, or by symbol for those of all venues.
 * Throws RangeError for what cannot be.
 */
export function runLimits(
  { limits = {}, limitsOf = {}, risk = {} }: LimitOptions,
  traded: readonly Instrument[],
): RunLimits {
  const names = instrumentNames(traded);
  const byName = names.map((name, i) => [name, { ...limitsOf[traded[i].symbol], ...limitsOf[name] }] as const);
  const { instruments, scopes } = spreadLimits(names, limits, Object.fromEntries(byName), risk);
  const shown: Record<string, Limit> = {}, absent: string[] = [];
  for (const name of LIMIT_NAMES) {
    const given = LIMITS[name].summed ? scopes.session?.[name] : instruments[0]?.[name];
    shown[name] = given ?? "unlimited";
    const wide = [scopes.session, scopes.account, scopes.strategy];
    if (wide.every((scope) => scope?.[name] === undefined) && instruments.some((each) => each[name] === undefined)) {
      absent.push(name);
    }
  }
  for (const place of ["session", "account", "strategy"] as const) {
    for (const name of LIMIT_NAMES) {
      const value = scopes[place]?.[name];
      const told = place === "session" && LIMITS[name].summed;
      if (value !== undefined && !told) shown[`${place}.${name}`] = value;
    }
  }
  const notes: string[] = [];
  if (scopes.failClosed) notes.push("Limits not given refuse every order: the run fails closed");
  else if (absent.length > 0) notes.push(`Limits not given are unlimited: ${absent.join(", ")}`);
  const restricted = names.filter((_, i) => instruments[i].restricted);
  if (restricted.length > 0) notes.push(`Restricted, not traded: ${restricted.join(", ")}`);
  return { instruments, scopes, shown, notes };
}
