import { closest } from "../core/closest.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { Column, StateWriter } from "../core/state_writer.ts";
import {
  checkLimit,
  checkScope,
  type Limit,
  LIMIT_NAMES,
  type LimitName,
  LIMITS,
  type RiskScopes,
  type ScopeLimits,
} from "./limits.ts";

/** Numbers of the limits: their places in LIMIT_NAMES, and their bits in {@linkcode LimitTable.active}. */
export const ORDER_SIZE = 0;
export const ORDER_SIZE_MIN = 1;
export const NOTIONAL = 2;
export const NOTIONAL_MIN = 3;
export const PRICE_BAND = 4;
export const COLLAR_LAST = 5;
export const COLLAR_REFERENCE = 6;
export const POSITION = 7;
export const SHORT_SELLING = 8;
export const REDUCE = 9;
export const SELF_TRADE = 10;
export const OPEN_ORDERS = 11;
export const HALTED_ORDERS = 12;
export const DATA_AGE = 13;
export const MESSAGE_RATE = 14;
export const ORDER_RATE = 15;
export const CANCEL_RATE = 16;
export const ORDER_TO_TRADE = 17;
export const GROSS_EXPOSURE = 18;
export const NET_EXPOSURE = 19;
export const CONCENTRATION = 20;
export const LEVERAGE = 21;
export const OVERDRAFT = 22;
export const HEARTBEAT_AGE = 23;

const COUNT = LIMIT_NAMES.length;
/** Orders and amends from which on orders for each fill are counted, unless said. */
const ORDER_TO_TRADE_FROM = 100;

/** Scopes that hold several instruments stand first, then one for each instrument. */
const WIDE = ["session", "account", "strategy"] as const;
/** Scopes that count for every instrument: where the instruments' own begin. */
export const WIDE_SCOPES = WIDE.length;

/**
 * Limits by scope: of the session, of its account, of its strategy, and of each instrument.
 *
 * An order belongs to one scope of each kind, and passes a limit when it passes it in all of them. A run has one account and
 * one strategy; rows are by scope, so that several of either are more rows.
 *
 * | call | cost |
 * |---|---|
 * | `of`, `least`, `exceeded`, `active` | constant, nothing allocated |
 * | `set` | the number of scopes and limits |
 */
export class LimitTable {
  /** Names of the scopes: "session", "account", "strategy", then "instruments.BTC" and so on. */
  readonly scopes: readonly string[];
  /** By instrument: one bit for each limit that some scope of it has. */
  readonly active: Int32Array;
  /** By instrument: the number of the first limit that no scope of it states, -1 where all are stated. */
  readonly missing: Int32Array;
  /** By scope: orders and amends from which on orders for each fill are counted. */
  readonly orderToTradeFrom: Float64Array;
  /** By instrument: 1 where it is on the restricted list. */
  readonly restricted: Uint8Array;
  /** By instrument: the reference price that was set, in whole currency; NaN where it is the day's own. */
  readonly referencePrices: Float64Array;
  /** By scope and limit; Infinity where it is unlimited or not stated. */
  readonly #values: Float64Array;
  readonly #stated: Uint8Array;

  /** `names` name the instruments; throws RangeError for limits that cannot be. */
  constructor(private readonly names: readonly string[], instruments: readonly ScopeLimits[], scopes: RiskScopes) {
    this.scopes = [...WIDE, ...names.map((name) => `instruments.${name}`)];
    const rows = this.scopes.length;
    this.#values = new Float64Array(rows * COUNT).fill(Infinity);
    this.#stated = new Uint8Array(rows * COUNT);
    this.active = new Int32Array(names.length);
    this.missing = new Int32Array(names.length);
    this.orderToTradeFrom = new Float64Array(rows).fill(ORDER_TO_TRADE_FROM);
    this.restricted = new Uint8Array(names.length);
    this.referencePrices = new Float64Array(names.length).fill(NaN);
    const given = [...WIDE.map((place) => scopes[place] ?? {}), ...instruments];
    given.forEach((limits, scope) => {
      checkScope(limits, this.scopes[scope]);
      for (const [name, value] of Object.entries(limits)) this.#put(scope, name, value);
    });
    this.#compile();
  }

  /**
   * Sets a limit or a setting: `set("session", "openOrders", 20)`, `set("instruments.BTC", "restricted", true)`. The scope
   * "instruments" is every instrument. Throws RangeError that names what is wrong, and has changed nothing then.
   */
  set(scope: string, name: string, value: Limit | boolean): void {
    this.check(scope, name, value);
    const row = this.scopes.indexOf(scope);
    if (row < 0) { for (let i = 0; i < this.names.length; i++) this.#put(WIDE_SCOPES + i, name, value); }
    else this.#put(row, name, value);
    this.#compile();
  }

  /** Throws as {@linkcode set} would. */
  check(scope: string, name: string, value: Limit | boolean): void {
    if (scope !== "instruments") this.#row(scope, name);
    checkLimit(scope, name, value);
  }

  /** A limit by the names of its scope and its own; `unlimited` also where it is not stated. RangeError for one that is none. */
  get(scope: string, name: string): Limit {
    const row = this.#row(scope, name);
    if (!Object.hasOwn(LIMITS, name)) {
      throw new RangeError(`Cannot look at limit ${scope}.${name}: there is none; ${closest(name, LIMIT_NAMES)}`);
    }
    const value = this.of(row, LIMIT_NAMES.indexOf(name as LimitName));
    return value === Infinity ? "unlimited" : value;
  }

  /** A limit's value in one scope: Infinity where it is unlimited or not stated. */
  of(scope: number, limit: number): number {
    return this.#values[scope * COUNT + limit];
  }

  /** The scope of an instrument in which `observed` is more than the limit, -1 where it is in none: the narrowest first. */
  exceeded(instrument: number, limit: number, observed: number): number {
    const values = this.#values;
    // What is no number is more than any limit.
    if (!(observed <= values[(WIDE_SCOPES + instrument) * COUNT + limit])) return WIDE_SCOPES + instrument;
    if (!(observed <= values[2 * COUNT + limit])) return 2;
    if (!(observed <= values[COUNT + limit])) return 1;
    return observed <= values[limit] ? -1 : 0;
  }

  /** As {@linkcode exceeded} of a limit that is a minimum. */
  missed(instrument: number, limit: number, observed: number): number {
    for (let k = 0; k <= WIDE_SCOPES; k++) {
      const scope = k === 0 ? WIDE_SCOPES + instrument : WIDE_SCOPES - k;
      const value = this.#values[scope * COUNT + limit];
      if (value !== Infinity && !(observed >= value)) return scope;
    }
    return -1;
  }

  /** As {@linkcode exceeded} of a distance as a share of `whole`. */
  apart(instrument: number, limit: number, distance: number, whole: number): number {
    for (let k = 0; k <= WIDE_SCOPES; k++) {
      const scope = k === 0 ? WIDE_SCOPES + instrument : WIDE_SCOPES - k;
      const value = this.#values[scope * COUNT + limit];
      if (value !== Infinity && !(distance <= value * whole)) return scope;
    }
    return -1;
  }

  /** As {@linkcode exceeded}, of `own` in the instrument's scope and of `sum` in the others. */
  exceededSum(instrument: number, limit: number, own: number, sum: number): number {
    const values = this.#values;
    if (!(own <= values[(WIDE_SCOPES + instrument) * COUNT + limit])) return WIDE_SCOPES + instrument;
    for (let scope = WIDE_SCOPES - 1; scope >= 0; scope--) {
      if (!(sum <= values[scope * COUNT + limit])) return scope;
    }
    return -1;
  }

  /** Whether any instrument has one of the limits whose bits `mask` has. */
  any(mask: number): boolean {
    for (let i = 0; i < this.active.length; i++) if (this.active[i] & mask) return true;
    return false;
  }

  save(to: StateWriter): void {
    for (const column of this.#columns()) to.column(column);
  }

  load(from: StateReader): void {
    for (const column of this.#columns()) from.into(column);
    this.#compile();
  }

  #columns(): Column[] {
    return [this.#values, this.#stated, this.orderToTradeFrom, this.restricted, this.referencePrices];
  }

  #row(scope: string, name: string): number {
    const row = this.scopes.indexOf(scope);
    if (row >= 0) return row;
    throw new RangeError(
      `Cannot set limit ${scope}.${name}: there is no such scope; ${closest(scope, ["instruments", ...this.scopes])}`,
    );
  }

  #put(scope: number, name: string, value: unknown): void {
    if (value === undefined) return;
    const instrument = scope - WIDE_SCOPES;
    if (name === "orderToTradeFrom") this.orderToTradeFrom[scope] = value as number;
    else if (name === "restricted") this.restricted[instrument] = value ? 1 : 0;
    else if (name === "referencePrice") {
      this.referencePrices[instrument] = value === "unlimited" ? NaN : value as number;
    } else {
      const at = scope * COUNT + LIMIT_NAMES.indexOf(name as LimitName);
      this.#values[at] = value === "unlimited" ? Infinity : value as number;
      this.#stated[at] = 1;
    }
  }

  /** Works out which limits an order of each instrument has to pass. */
  #compile(): void {
    for (let i = 0; i < this.names.length; i++) {
      let active = 0, missing = -1;
      for (let limit = 0; limit < COUNT; limit++) {
        let stated = false;
        for (const scope of [WIDE_SCOPES + i, 2, 1, 0]) {
          if (this.#values[scope * COUNT + limit] !== Infinity) active |= 1 << limit;
          if (this.#stated[scope * COUNT + limit]) stated = true;
        }
        if (!stated && missing < 0) missing = limit;
      }
      this.active[i] = active;
      this.missing[i] = missing;
    }
  }
}

/** The unit of a limit in words. */
export function unitOf(limit: number, currency: string): string {
  const { unit } = LIMITS[LIMIT_NAMES[limit]];
  return unit === "currency" ? currency : unit;
}
