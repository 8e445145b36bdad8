import { closest } from "../core/closest.ts";

/** What one limit allows. */
export type Limit = number | "unlimited";

/** Everything that risk can limit; `unlimited` is stated, never implied by an absent field. */
export interface Limits {
  /** Lots one order may have. */
  readonly orderSize: Limit;
  /** Lots one order must have at least. */
  readonly orderSizeMin: Limit;
  /** Value one order may have, in the instrument's currency. */
  readonly notional: Limit;
  /** Value one order must have at least. */
  readonly notionalMin: Limit;
  /** How far a limit price may lie from the middle of our book, as a fraction of it: 0.1 is 10 %. */
  readonly priceBand: Limit;
  /** The same from the last price. */
  readonly collarLast: Limit;
  /** The same from the reference price: `referencePrice`, else the last price when an order is first judged on a trading day. */
  readonly collarReference: Limit;
  /** Lots the position may reach either way, were all open orders of the side filled. */
  readonly position: Limit;
  /** Lots it may be below zero, so: 0 forbids short sales, more is what was located. */
  readonly shortSelling: Limit;
  /** Lots that a reduce-only order may have beyond the position it reduces: 0 refuses one that could not reduce. */
  readonly reduceOnly: Limit;
  /** Lots of our own resting orders that an order may meet: 0 refuses one that could trade with ourselves. */
  readonly selfTrade: Limit;
  /** Orders open at once. */
  readonly openOrders: Limit;
  /** Orders open at once while trading is halted, as far as we know: 0 sends none into a halt. */
  readonly haltedOrders: Limit;
  /** Milliseconds that our last message of the instrument may be old. */
  readonly dataAgeMs: Limit;
  /** Requests (orders, amends, cancels) in any one second. */
  readonly messageRate: Limit;
  /** Orders and amends in any one second. */
  readonly orderRate: Limit;
  /** Cancels in any one second: when as many were sent, orders and amends wait. Cancels are never refused. */
  readonly cancelRate: Limit;
  /** Orders and amends for each fill, once there were `orderToTradeFrom` of them. */
  readonly orderToTrade: Limit;
  /** Value of all positions of a currency, long or short, were all open orders of their worse side filled. */
  readonly grossExposure: Limit;
  /** Value of long less short positions of a currency either way, were all open orders of the side filled. */
  readonly netExposure: Limit;
  /** Share that one instrument may have in the gross exposure, or in the equity where that is more: 0.5 is half. */
  readonly concentration: Limit;
  /** How many times the equity of a currency its gross exposure may be. */
  readonly leverage: Limit;
  /** Money that cash may be below zero, were all open orders filled that pay: 0 buys only what is paid for. */
  readonly overdraft: Limit;
  /** Milliseconds since the strategy was last called, or called `heartbeat`. */
  readonly heartbeatAgeMs: Limit;
}

/** The name of a limit. */
export type LimitName = keyof Limits;

/** What goes with limits, and is none itself. */
export interface RiskSettings {
  /** Orders and amends from which on `orderToTrade` counts; 100 unless said. */
  readonly orderToTradeFrom: number;
  /** true: no order of the instrument leaves. */
  readonly restricted: boolean;
  /** Whole currency; "unlimited" where it is the day's own. */
  readonly referencePrice: Limit;
}

/** What may be said of one scope: limits, and what goes with them. */
export type ScopeLimits = Partial<Limits> & Partial<RiskSettings>;

/** The limits of a run by scope. An order must pass those of its instrument, strategy, account and session. */
export interface RiskScopes {
  /** Of all that runs in it. */
  readonly session?: ScopeLimits;
  /** Of the account. */
  readonly account?: ScopeLimits;
  /** Of the strategy. */
  readonly strategy?: ScopeLimits;
  /**
   * true: a limit that no scope of an order states, `unlimited` or not, refuses it (LIMIT_MISSING), and so do an account
   * (NO_ACCOUNT) or a price (NO_PRICE) that is not there. false (unless said): what is absent is unlimited.
   */
  readonly failClosed?: boolean;
}

/** Where a limit may stand: with an instrument, with session, account and strategy, or with all of them. */
export type LimitPlace = "instrument" | "wide" | "any";

/** What a limit is. */
export interface LimitSpec {
  /** Of its value, as text behind it: "lots"; empty for a plain number. */
  readonly unit: string;
  readonly place: LimitPlace;
  /** Counts over all instruments unless it stands with one: the session's, where only "all instruments" was said. */
  readonly summed?: true;
}

/** Every limit, in the order of {@linkcode LIMIT_NAMES}. */
export const LIMITS: Readonly<Record<LimitName, LimitSpec>> = {
  orderSize: { unit: "lots", place: "instrument" },
  orderSizeMin: { unit: "lots", place: "instrument" },
  notional: { unit: "currency", place: "any" },
  notionalMin: { unit: "currency", place: "any" },
  priceBand: { unit: "", place: "any" },
  collarLast: { unit: "", place: "any" },
  collarReference: { unit: "", place: "any" },
  position: { unit: "lots", place: "instrument" },
  shortSelling: { unit: "lots", place: "instrument" },
  reduceOnly: { unit: "lots", place: "instrument" },
  selfTrade: { unit: "lots", place: "instrument" },
  openOrders: { unit: "orders", place: "any" },
  haltedOrders: { unit: "orders", place: "instrument" },
  dataAgeMs: { unit: "ms", place: "any" },
  messageRate: { unit: "a second", place: "any" },
  orderRate: { unit: "a second", place: "any" },
  cancelRate: { unit: "a second", place: "any" },
  orderToTrade: { unit: "a fill", place: "any" },
  grossExposure: { unit: "currency", place: "any", summed: true },
  netExposure: { unit: "currency", place: "wide", summed: true },
  concentration: { unit: "", place: "wide", summed: true },
  leverage: { unit: "times the equity", place: "wide", summed: true },
  overdraft: { unit: "currency", place: "wide", summed: true },
  heartbeatAgeMs: { unit: "ms", place: "wide", summed: true },
};

/** Names of all limits. */
export const LIMIT_NAMES = Object.keys(LIMITS) as readonly LimitName[];

/** What a setting's value must be. */
const SETTINGS: Readonly<Record<keyof RiskSettings, readonly [LimitPlace, (value: unknown) => boolean, string]>> = {
  orderToTradeFrom: ["any", (value) => isFrom0(value), "a number of 0 or more"],
  restricted: ["instrument", (value) => typeof value === "boolean", "true or false"],
  referencePrice: [
    "instrument",
    (value) => value === "unlimited" || (isFrom0(value) && value !== 0),
    'a price above 0 or "unlimited"',
  ],
};

/** Names of all settings. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly (keyof RiskSettings)[];

/** Nothing is limited: what a backtest has where nothing is given, and says so. */
export const UNLIMITED: Limits = Object.fromEntries(
  LIMIT_NAMES.map((name) => [name, "unlimited"]),
) as unknown as Limits;

/**
 * Completes limits with `unlimited`, and checks them. Throws RangeError that names the limit and its value.
 *
 * @example
 * ```ts
 * import { limits } from "./limits.ts";
 * const { position, notional } = limits({ position: 500 });
 * if (position !== 500 || notional !== "unlimited") throw new Error("unexpected");
 * ```
 */
export function limits(given: Partial<Limits>): Limits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(UNLIMITED, name)) throw unknownLimit(name, LIMIT_NAMES);
    checkValue(name, value, name);
  }
  return { ...UNLIMITED, ...given };
}

/** Checks what is given for a scope; `place` says which, "session" or "instruments.BTC". Throws RangeError. */
export function checkScope(given: ScopeLimits, place: string): void {
  for (const [name, value] of Object.entries(given)) checkLimit(place, name, value);
}

/**
 * Checks one limit or setting of a scope: its name, whether it may stand there, and its value. `unlimited` may stand
 * anywhere. Throws RangeError.
 */
export function checkLimit(place: string, name: string, value: unknown): void {
  const where = `${place}.${name}`, setting = Object.hasOwn(SETTINGS, name);
  if (!setting && !Object.hasOwn(LIMITS, name)) throw unknownLimit(where, [...LIMIT_NAMES, ...SETTING_NAMES], name);
  const allowed = setting ? SETTINGS[name as keyof RiskSettings][0] : LIMITS[name as LimitName].place;
  const wide = place === "session" || place === "account" || place === "strategy";
  if (wide && allowed === "instrument" && value !== "unlimited") {
    throw new RangeError(
      `Cannot set limit ${where}: ${name} is one of single instruments; set it for all of them at the top, or by symbol`,
    );
  }
  if (!wide && allowed === "wide" && value !== "unlimited") {
    throw new RangeError(
      `Cannot set limit ${where}: ${name} counts over all instruments; set it for session, account or strategy`,
    );
  }
  checkValue(name, value, where);
}

/** Limits as a run is given them, spread over the scopes they are of. */
export interface SpreadLimits {
  /** By instrument, those of all instruments included. */
  readonly instruments: readonly ScopeLimits[];
  readonly scopes: RiskScopes;
}

/**
 * Spreads limits: `all` is said of every instrument, but what counts over all instruments is then the session's; `bySymbol`
 * goes over those. Throws RangeError for a name or value that is none.
 *
 * @example
 * ```ts
 * import { spreadLimits } from "./limits.ts";
 * const spread = spreadLimits(["BTC", "ETH"], { position: 5, leverage: 3 }, { ETH: { position: 9 } }, {});
 * if (spread.instruments[1].position !== 9 || spread.scopes.session?.leverage !== 3) throw new Error("unexpected");
 * ```
 */
export function spreadLimits(
  symbols: readonly string[],
  all: ScopeLimits,
  bySymbol: Readonly<Record<string, ScopeLimits>>,
  scopes: RiskScopes,
): SpreadLimits {
  const single: Record<string, unknown> = {}, session: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(all)) {
    const summed = LIMITS[name as LimitName]?.summed === true;
    if (summed) checkLimit("session", name, value);
    else checkNamed(name, value);
    (summed ? session : single)[name] = value;
  }
  for (const place of ["session", "account", "strategy"] as const) checkScope(scopes[place] ?? {}, place);
  const instruments = symbols.map((symbol) => {
    const own = bySymbol[symbol] ?? {};
    checkScope(own, `instruments.${symbol}`);
    return { ...single, ...own };
  });
  return { instruments, scopes: { ...scopes, session: { ...session, ...scopes.session } } };
}

function checkNamed(name: string, value: unknown): void {
  if (!Object.hasOwn(LIMITS, name) && !Object.hasOwn(SETTINGS, name)) {
    throw unknownLimit(name, [...LIMIT_NAMES, ...SETTING_NAMES]);
  }
  checkValue(name, value, name);
}

function checkValue(name: string, value: unknown, where: string): void {
  if (Object.hasOwn(SETTINGS, name)) {
    const [, fits, wanted] = SETTINGS[name as keyof RiskSettings];
    if (!fits(value)) throw new RangeError(`Cannot set limit ${where}: ${value} is not ${wanted}`);
  } else if (value !== "unlimited" && !isFrom0(value)) {
    throw new RangeError(`Cannot set limit ${where}: ${value} is neither a number of 0 or more nor "unlimited"`);
  }
}

function isFrom0(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value < Infinity;
}

function unknownLimit(where: string, names: readonly string[], name = where): RangeError {
  return new RangeError(`Cannot set limit ${where}: there is none of that name; ${closest(name, names)}`);
}
