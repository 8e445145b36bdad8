import { closest } from "../../core/closest.ts";
import { type Decimal, parseDecimal, POWERS_OF_TEN } from "../../core/decimal.ts";
import { BUY, SELL } from "../../core/event.ts";
import { parseDuration } from "../../venue/latency.ts";

/** How a route is spread over venues; see {@linkcode Router}. */
export type RoutePolicy = "sweep" | "pro_rata" | "best_price" | "explicit";

/** What `ctx.router.route` takes. Sizes and prices are those of what is traded, as decimals: venues have grids of their own. */
export interface RouteRequest {
  /** What every instrument of this symbol trades, or a name of the router's `symbols`. */
  readonly symbol: string;
  /** BUY or SELL. */
  readonly side: number;
  /** Units of what is traded: "0.25" of BTCUSDT is a quarter of a bitcoin, whatever lots are. */
  readonly size: number | string;
  /** No child has a worse price, fees apart: "61659.7". */
  readonly limit?: number | string;
  /** "sweep" unless said. */
  readonly policy?: RoutePolicy;
  /** explicit: each venue's part, as numbers above 0 of which the sum counts as all. */
  readonly weights?: Readonly<Record<string, number>>;
  /** The venues that may be used, "okx" or "BTCUSDT@okx"; all unless said. */
  readonly venues?: readonly string[];
  /**
   * "ioc" (unless said): what cannot be filled at once is given up. "gtc" and "day" need a limit: what is left rests at it.
   */
  readonly tif?: "ioc" | "gtc" | "day";
  /** One child for each level that is taken (unless said), or one for each venue, at the worst level's price. */
  readonly children?: "level" | "venue";
}

/** What the router knows of a venue beside what the session does. */
export interface VenueSettings {
  /** Fee of resting orders as a rate of value, "0.0004", in place of the fee model's. */
  readonly maker?: string;
  /** Fee of taking orders, likewise. */
  readonly taker?: string;
  /** What an order takes to arrive, "5ms", in place of what the latency model expects. */
  readonly latency?: string;
  /** Units of what is traded that an order must have; none unless said. */
  readonly minSize?: string;
  /** Value in the settlement currency that an order must have; none unless said. */
  readonly minNotional?: string;
}

/** What `ctx.router.use` takes; what is not named stays as it is. */
export interface RouterSettings {
  /** A venue that has sent nothing for longer is left out until it does; "10s" at first. */
  readonly silence?: string;
  /** So many rejections in a row leave a venue out; 3 at first. */
  readonly rejections?: number;
  /** For so long; "1s" at first. */
  readonly pause?: string;
  /** Times that children are sent at once for one route, and that its rest is put to rest; 8 at first, 1 to 64. */
  readonly rounds?: number;
  /** A level whose size has not changed since it was sent to is taken to be filled up again after this; "1s" at first. */
  readonly settle?: string;
  /** Time between two looks at where remainders rest, while some do; "1s" at first. */
  readonly watch?: string;
  /** By venue, "okx"; or by instrument, "BTCUSDT@okx", which goes before. */
  readonly venues?: Readonly<Record<string, VenueSettings>>;
  /** Names of one's own for what venues call differently: { BTC: ["BTCUSDT@okx", "XBTUSDT@kraken"] }. */
  readonly symbols?: Readonly<Record<string, readonly string[]>>;
}

/** Settings that are checked and complete. */
export interface CompleteSettings {
  readonly silence: number;
  readonly rejections: number;
  readonly pause: number;
  readonly rounds: number;
  readonly settle: number;
  readonly watch: number;
  readonly venues: Readonly<Record<string, VenueSettings>>;
  readonly symbols: Readonly<Record<string, readonly string[]>>;
}

/** Rounds that a route can have at most. */
const ROUNDS_MAX = 64;

/** What holds before anything is said. */
export const DEFAULTS: CompleteSettings = {
  silence: 10e9,
  rejections: 3,
  pause: 1e9,
  rounds: 8,
  settle: 1e9,
  watch: 1e9,
  venues: {},
  symbols: {},
};

const SETTINGS = Object.keys(DEFAULTS);
const OF_VENUE = ["maker", "taker", "latency", "minSize", "minNotional"] as const;
const POLICIES: readonly RoutePolicy[] = ["sweep", "pro_rata", "best_price", "explicit"];
const TIFS = ["ioc", "gtc", "day"] as const;
const CHILDREN = ["level", "venue"] as const;
const FIELDS = ["symbol", "side", "size", "limit", "policy", "weights", "venues", "tif", "children"] as const;

/** Settings with `given` in place of what held. Throws TypeError or RangeError for what is none. */
export function completeSettings(before: CompleteSettings, given: RouterSettings): CompleteSettings {
  checkNames("set the router's", given, SETTINGS);
  const whole = (name: "rejections" | "rounds", most: number) => {
    const value = given[name] ?? before[name];
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new RangeError(`Cannot set the router's ${name}: ${value} is no integer of 1 to ${most}`);
  };
  const time = (name: "silence" | "pause" | "settle" | "watch") => {
    const text = given[name];
    if (text === undefined) return before[name];
    const ns = parseDuration(text);
    if (ns > 0) return ns;
    throw new RangeError(`Cannot set the router's ${name}: it is ${text}; it must be above 0`);
  };
  const venues = { ...before.venues };
  for (const [name, settings] of Object.entries(given.venues ?? {})) {
    checkNames(`set ${name}'s`, settings, OF_VENUE);
    checkVenue(name, settings);
    venues[name] = { ...venues[name], ...settings };
  }
  const symbols = { ...before.symbols };
  for (const [name, all] of Object.entries(given.symbols ?? {})) symbols[name] = [...all];
  return {
    silence: time("silence"),
    rejections: whole("rejections", 1e6),
    pause: time("pause"),
    rounds: whole("rounds", ROUNDS_MAX),
    settle: time("settle"),
    watch: time("watch"),
    venues,
    symbols,
  };
}

/** Throws TypeError or RangeError for a request that makes no sense whatever the market. */
export function checkRequest(request: RouteRequest): void {
  const { symbol, side, size, limit, policy = "sweep", tif = "ioc", children = "level", weights, venues } = request;
  checkNames("route", request, FIELDS);
  const among = (name: string, value: string, all: readonly string[]) => {
    if (!all.includes(value)) throw new TypeError(`Cannot route: ${name} is ${value}; ${closest(`${value}`, all)}`);
  };
  if (typeof symbol !== "string") throw new TypeError(`Cannot route: symbol is ${symbol}; give one of the session's`);
  if (side !== BUY && side !== SELL) throw new TypeError(`Cannot route: side is ${side}; it is BUY (1) or SELL (-1)`);
  among("policy", policy, POLICIES);
  among("tif", tif, TIFS);
  among("children", children, CHILDREN);
  if (!(amount("size", size).mantissa > 0)) throw new RangeError(`Cannot route: size is ${size}; it must be above 0`);
  if (limit !== undefined) amount("limit", limit);
  else if (tif !== "ioc") throw new TypeError(`Cannot route: tif is ${tif} without a limit to rest at; give a limit`);
  if ((policy === "explicit") !== (weights !== undefined)) {
    throw new TypeError(
      `Cannot route: policy is ${policy} ${weights ? "with" : "without"} weights; explicit needs them, no other`,
    );
  }
  if (weights && venues) {
    throw new TypeError("Cannot route: venues are given with weights; the weights name them already");
  }
  for (const [name, weight] of Object.entries(weights ?? {})) {
    if (weight > 0 && weight < 2 ** 31) continue;
    throw new RangeError(`Cannot route: the weight of ${name} is ${weight}; it must be above 0 and below 2^31`);
  }
}

/** A size or price as an exact decimal; a number is read as it is written. */
export function amount(name: string, value: number | string): Decimal {
  try {
    return parseDecimal(String(value));
  } catch (error) {
    throw new RangeError(`Cannot route: ${name} is ${value}; give a decimal, as "0.25"`, { cause: error });
  }
}

function checkVenue(name: string, { maker, taker, latency, minSize, minNotional }: VenueSettings): void {
  const bad = (what: string, text: string, remedy: string) =>
    new RangeError(`Cannot set ${name}'s ${what}: it is ${text}; ${remedy}`);
  for (const [what, text] of Object.entries({ maker, taker, minSize, minNotional })) {
    if (text === undefined) continue;
    const { mantissa, decimals } = parseDecimal(text), rate = what === "maker" || what === "taker";
    if (rate && !(decimals <= 9 && Math.abs(mantissa) < POWERS_OF_TEN[decimals])) {
      throw bad(what, text, "a rate is a share of the value below 1, with 9 decimals at most");
    }
    if (!rate && mantissa < 0) throw bad(what, text, "it must be 0 or more");
  }
  if (latency !== undefined) parseDuration(latency);
}

function checkNames(what: string, given: object, names: readonly string[]): void {
  const stray = Object.keys(given).find((name) => !names.includes(name));
  if (stray !== undefined) {
    throw new TypeError(`Cannot ${what} ${stray}: there is none of that name; ${closest(stray, names)}`);
  }
}
