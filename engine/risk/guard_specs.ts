import { closest } from "../core/closest.ts";
import { parseDecimal } from "../core/decimal.ts";
import { parseDuration } from "../venue/latency.ts";
import type { GuardOptions, KillState, Then } from "./guard_options.ts";
import { CHECK_NAMES, type CheckName } from "./refusal.ts";

/** What a guard does when it trips, complete. */
export interface Action {
  readonly then: Then;
  readonly cancel: boolean;
  readonly back: "automatic" | "manual";
  /** ns; 0 where there is none. */
  readonly pause: number;
}

/** A limit of money as decimal text, and its currency; "" for the only one. */
interface MoneySpec extends Action {
  readonly limit: string;
  readonly currency: string;
}

/** Post-trade limits, complete; times in ns. */
export interface PostTradeSpecs {
  readonly every: number;
  readonly dailyLoss?: MoneySpec & { readonly day: "utc" | "calendar" };
  readonly drawdown?: Action & { readonly limit?: string; readonly currency: string; readonly rate?: number };
  readonly lossStreak?: Action & { readonly count: number };
  readonly positionAge?: Action & { readonly limit: number };
  readonly pnlJump?: MoneySpec & { readonly window: number };
  readonly slippage?: Action & { readonly rate: number; readonly fills: number; readonly of: "taker" | "all" };
}

/** Breakers of one instrument, complete; times in ns. */
export interface BreakerSpecs {
  readonly bands?: Action & { readonly band: number; readonly window: number; readonly limitState: number };
  readonly jump?: Action & { readonly rate: number; readonly window: number };
  readonly spread?: Action & { readonly ticks?: number; readonly rate?: number; readonly lasts: number };
  readonly silence?: Action & { readonly after: number };
  readonly gap?: Action;
  readonly crossed?: Action & { readonly lasts: number };
}

/** Compliance, complete; times in ns. */
export interface ComplianceSpecs {
  readonly washTrades?: Action & { readonly window: number };
  readonly layering?: Action & { readonly orders: number; readonly window: number };
  readonly momentum?: Action & {
    readonly trades: number;
    readonly window: number;
    readonly move: number;
    readonly reversal: number;
  };
}

/** One guard on refusals, complete; the window in ns, absent where it is the whole session. */
export interface RefusalSpec extends Action {
  readonly count: number;
  readonly window?: number;
}

/** Guards on refusals by the check that refuses, or "any". */
export type RefusalSpecs = Readonly<Partial<Record<CheckName | "any", RefusalSpec>>>;

/** All guards of a session, checked and complete. */
export interface GuardSpecs {
  readonly postTrade?: PostTradeSpecs;
  readonly breakers?: BreakerSpecs;
  readonly compliance?: ComplianceSpecs;
  readonly refusals?: RefusalSpecs;
  readonly kill: { readonly flatten: string; readonly state?: KillState };
  /** By symbol, over those of all. */
  readonly instruments: Readonly<
    Record<string, { readonly postTrade: PostTradeSpecs; readonly breakers: BreakerSpecs }>
  >;
}

type Kind = "duration" | "some time" | "money" | "share" | "count" | "text" | "flag" | readonly string[];
/** A kind, and what holds where the field is absent; a field that must be there has no second part. */
type Fields = Readonly<Record<string, readonly [Kind, unknown?]>>;

const ABSENT = undefined;

/** The fields of an action; `back` and `pause` only where they mean something. */
function acts(then: Then, back?: "automatic" | "manual", pause?: number): Fields {
  return {
    then: [["alert", "reduce", "halt", "kill"], then],
    cancel: ["flag", true],
    ...back === undefined ? {} : { back: [["automatic", "manual"], back] },
    ...pause === undefined ? {} : { pause: ["duration", pause] },
  };
}

const SECOND = 1e9, MINUTE = 60 * SECOND;

const POST_TRADE: Readonly<Record<string, Fields>> = {
  dailyLoss: {
    limit: ["money"],
    currency: ["text", ""],
    day: [["utc", "calendar"], "utc"],
    ...acts("halt", "automatic"),
  },
  drawdown: { limit: ["money", ABSENT], rate: ["share", ABSENT], currency: ["text", ""], ...acts("halt") },
  lossStreak: { count: ["count"], ...acts("halt", "manual", 0) },
  positionAge: { limit: ["some time"], ...acts("alert", "automatic") },
  pnlJump: { limit: ["money"], currency: ["text", ""], window: ["some time"], ...acts("halt", "automatic", MINUTE) },
  slippage: { rate: ["share"], fills: ["count", 1], of: [["taker", "all"], "taker"], ...acts("alert", "manual", 0) },
};

const BREAKERS: Readonly<Record<string, Fields>> = {
  bands: {
    band: ["share"],
    window: ["some time", 5 * MINUTE],
    limitState: ["duration", 15 * SECOND],
    ...acts("halt", "automatic", 5 * MINUTE),
  },
  jump: { rate: ["share"], window: ["some time"], ...acts("halt", "automatic", MINUTE) },
  spread: {
    ticks: ["count", ABSENT],
    rate: ["share", ABSENT],
    lasts: ["duration", 0],
    ...acts("halt", "automatic", 10 * SECOND),
  },
  silence: { after: ["some time"], ...acts("halt", "automatic", 0) },
  gap: acts("halt", "automatic", 0),
  crossed: { lasts: ["duration", 0], ...acts("halt", "automatic", 0) },
};

const COMPLIANCE: Readonly<Record<string, Fields>> = {
  washTrades: { window: ["some time", SECOND], ...acts("alert") },
  layering: { orders: ["count", 3], window: ["some time", 5 * SECOND], ...acts("alert") },
  momentum: {
    trades: ["count", 5],
    window: ["some time", SECOND],
    move: ["share", 0.001],
    reversal: ["some time", 10 * SECOND],
    ...acts("alert"),
  },
};

const REFUSALS: Readonly<Record<string, Fields>> = Object.fromEntries(
  [...CHECK_NAMES, "any"].map((name) => {
    return [name, { count: ["count", 1], window: ["some time", ABSENT], ...acts("halt", "manual", 0) }];
  }),
);

const KILL: Fields = { flatten: ["text", "none"], state: ["text", ABSENT] };
const STATE: Fields = {
  killed: ["flag"],
  paused: ["flag", false],
  cause: ["text", ""],
  at: ["text", ABSENT],
  flatten: ["text", "none"],
};
/** Guards of the account, which are not of one instrument. */
const OF_ACCOUNT = ["dailyLoss", "drawdown", "pnlJump"];

/**
 * Checks guards as a run or a file states them, and completes them.
 *
 * Throws RangeError that names what is wrong and where ("guards.breakers.bands.band"), with the nearest name there is.
 *
 * @example
 * ```ts
 * import { guardSpecs } from "./guard_specs.ts";
 * const { breakers } = guardSpecs({ breakers: { bands: { band: 0.05 } } }, ["BTCUSDT"]);
 * if (breakers?.bands?.pause !== 300e9 || breakers.bands.then !== "halt") throw new Error("unexpected");
 * ```
 */
export function guardSpecs(options: GuardOptions, symbols: readonly string[]): GuardSpecs {
  const given = objectAt("guards", options);
  checkNames("guards", given, ["postTrade", "breakers", "compliance", "refusals", "kill", "instruments"]);
  const postTrade = given.postTrade === undefined ? undefined : postTradeOf("guards.postTrade", given.postTrade);
  const breakers = given.breakers === undefined ? undefined : breakersOf("guards.breakers", given.breakers);
  const compliance = given.compliance === undefined
    ? undefined
    : sections("guards.compliance", given.compliance, COMPLIANCE) as ComplianceSpecs;
  const refusals = given.refusals === undefined
    ? undefined
    : sections("guards.refusals", given.refusals, REFUSALS) as RefusalSpecs;
  const instruments: Record<string, { postTrade: PostTradeSpecs; breakers: BreakerSpecs }> = {};
  for (const [symbol, own] of Object.entries(objectAt("guards.instruments", given.instruments ?? {}))) {
    const at = `guards.instruments.${symbol}`;
    if (!symbols.includes(symbol)) {
      throw new RangeError(`Cannot set ${at}: no tape has that instrument; ${closest(symbol, symbols)}`);
    }
    const parts = objectAt(at, own);
    checkNames(at, parts, ["postTrade", "breakers"]);
    instruments[symbol] = {
      postTrade: { ...postTradeOf(`${at}.postTrade`, parts.postTrade ?? {}, OF_ACCOUNT) },
      breakers: breakersOf(`${at}.breakers`, parts.breakers ?? {}),
    };
  }
  return { postTrade, breakers, compliance, refusals, kill: killOf(given.kill), instruments };
}

function postTradeOf(at: string, given: unknown, without: readonly string[] = []): PostTradeSpecs {
  const { every, ...limits } = objectAt(at, given);
  const known = Object.fromEntries(Object.entries(POST_TRADE).filter(([name]) => !without.includes(name)));
  const specs = sections(at, limits, known, without.length > 0 ? [] : ["every"]) as Omit<PostTradeSpecs, "every">;
  if (without.length > 0 && every !== undefined) {
    throw new RangeError(`Cannot set ${at}.every: it is of the session, not of one instrument`);
  }
  if (specs.drawdown) oneOf(`${at}.drawdown`, specs.drawdown, ["limit", "rate"]);
  return { every: every === undefined ? SECOND : valueOf(`${at}.every`, "some time", every) as number, ...specs };
}

function breakersOf(at: string, given: unknown): BreakerSpecs {
  const specs = sections(at, given, BREAKERS) as BreakerSpecs;
  if (specs.spread) oneOf(`${at}.spread`, specs.spread, ["ticks", "rate"]);
  return specs;
}

function killOf(given: unknown): GuardSpecs["kill"] {
  const { state, ...rest } = objectAt("guards.kill", given ?? {});
  const { flatten } = fieldsOf("guards.kill", rest, KILL) as { flatten: string };
  if (state === undefined) return { flatten };
  const found = fieldsOf("guards.kill.state", { ...objectAt("guards.kill.state", state) }, STATE, true);
  return { flatten, state: { at: null, ...found } as unknown as KillState };
}

function sections(
  at: string,
  given: unknown,
  known: Readonly<Record<string, Fields>>,
  others: readonly string[] = [],
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const parts = objectAt(at, given);
  checkNames(at, parts, [...Object.keys(known), ...others]);
  for (const [name, fields] of Object.entries(parts)) {
    if (fields !== undefined) {
      const found = fieldsOf(`${at}.${name}`, objectAt(`${at}.${name}`, fields), known[name]);
      // Who gives a pause wants it to end with that.
      const { back } = fields as { readonly back?: string }, paused = known[name].back?.[1] === "manual" && found.pause;
      result[name] = {
        back: "manual",
        pause: 0,
        ...found,
        ...(paused && back === undefined ? { back: "automatic" } : {}),
      };
    }
  }
  return result;
}

function fieldsOf(
  at: string,
  given: Readonly<Record<string, unknown>>,
  fields: Fields,
  nulls = false,
): Record<string, unknown> {
  checkNames(at, given, Object.keys(fields));
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = nulls && given[name] === null ? undefined : given[name];
    if (value === undefined) {
      if (field.length === 1) throw new RangeError(`Cannot set ${at}: ${name} is missing; give ${wanted(field[0])}`);
      if (field[1] !== undefined) result[name] = field[1];
    } else result[name] = valueOf(`${at}.${name}`, field[0], value);
  }
  return result;
}

function valueOf(at: string, kind: Kind, value: unknown): unknown {
  const right = read(kind, value);
  if (right !== undefined) return right;
  const near = typeof kind !== "string" && typeof value === "string" ? `; ${closest(value, kind)}` : "";
  throw new RangeError(`Cannot set ${at}: ${JSON.stringify(value)} is not ${wanted(kind)}${near}`);
}

/** The value as the engine takes it; undefined where it is none of the kind. */
function read(kind: Kind, value: unknown): unknown {
  if (typeof kind !== "string") return typeof value === "string" && kind.includes(value) ? value : undefined;
  switch (kind) {
    case "flag":
      return typeof value === "boolean" ? value : undefined;
    case "text":
      return typeof value === "string" ? value : undefined;
    case "count":
      return Number.isSafeInteger(value) && (value as number) > 0 ? value : undefined;
    case "share":
      return typeof value === "number" && value > 0 && value < Infinity ? value : undefined;
    case "money":
      return moneyText(value);
    default: {
      const ns = typeof value === "string" ? durationNs(value) : NaN;
      return ns > 0 || (ns === 0 && kind === "duration") ? ns : undefined;
    }
  }
}

function moneyText(value: unknown): string | undefined {
  if (typeof value !== "string" && !(typeof value === "number" && Number.isFinite(value))) return undefined;
  try {
    return parseDecimal(`${value}`).mantissa >= 0 ? `${value}` : undefined;
  } catch {
    return undefined;
  }
}

function durationNs(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    return NaN;
  }
}

function wanted(kind: Kind): string {
  if (typeof kind !== "string") return `one of ${kind.join(", ")}`;
  return {
    duration: "a duration such as 15s",
    "some time": "a duration above 0, such as 15s",
    money: 'an amount of 0 or more, such as "250.50"',
    share: "a number above 0, such as 0.05 for 5 %",
    count: "a whole number above 0",
    text: "a text",
    flag: "true or false",
  }[kind];
}

function oneOf(at: string, spec: object, names: readonly string[]): void {
  const there = names.filter((name) => name in spec);
  if (there.length === 1) return;
  throw new RangeError(`Cannot set ${at}: it has ${there.join(" and ") || "neither"}; give ${names.join(" or ")}`);
}

function objectAt(at: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new RangeError(`Cannot set ${at}: ${JSON.stringify(value)} is no object; write { … }`);
}

function checkNames(at: string, given: object, names: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) throw new RangeError(`Cannot set ${at}: there is no ${name}; ${closest(name, names)}`);
  }
}
