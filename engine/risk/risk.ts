// Over 400 lines because the checks are one list, in one order, and each is read beside its neighbours.
import type { Valuation } from "../account/valuation.ts";
import { Code } from "../core/codes.ts";
import type { Instrument } from "../core/instrument.ts";
import { instrumentNames } from "../core/instrument_names.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { FILL } from "../oms/order_life.ts";
import {
  BY_SESSION,
  FOK,
  ICEBERG,
  IOC,
  LIMIT,
  MARKET,
  type OrderTable,
  POST_ONLY,
  REDUCE_ONLY,
  STOP,
  STOP_LIMIT,
  TRAILING_STOP,
} from "../oms/order_table.ts";
import { Exposure } from "./exposure.ts";
import {
  CANCEL_RATE,
  COLLAR_LAST,
  COLLAR_REFERENCE,
  CONCENTRATION,
  DATA_AGE,
  GROSS_EXPOSURE,
  HALTED_ORDERS,
  HEARTBEAT_AGE,
  LEVERAGE,
  LimitTable,
  MESSAGE_RATE,
  NET_EXPOSURE,
  NOTIONAL,
  NOTIONAL_MIN,
  OPEN_ORDERS,
  ORDER_RATE,
  ORDER_SIZE,
  ORDER_SIZE_MIN,
  ORDER_TO_TRADE,
  OVERDRAFT,
  POSITION,
  PRICE_BAND,
  REDUCE,
  SELF_TRADE,
  SHORT_SELLING,
  unitOf,
  WIDE_SCOPES,
} from "./limit_table.ts";
import { type Limit, LIMIT_NAMES, type RiskScopes, type ScopeLimits } from "./limits.ts";
import { OpenOrders } from "./open_orders.ts";
import { LastRefusal, type Refusal } from "./refusal.ts";
import { ALL_REQUESTS, CANCELS_SENT, ORDERS_SENT, Requests } from "./requests.ts";
import type { RiskView } from "./risk_view.ts";
import { Worth } from "./worth.ts";

const MS = 1e6;
/** Limits that are judged together. */
const AGES = 1 << HALTED_ORDERS | 1 << DATA_AGE | 1 << HEARTBEAT_AGE;
const SIZES = 1 << ORDER_SIZE | 1 << ORDER_SIZE_MIN | 1 << NOTIONAL | 1 << NOTIONAL_MIN;
const COLLARS = 1 << PRICE_BAND | 1 << COLLAR_LAST | 1 << COLLAR_REFERENCE;
const GROSS = 1 << GROSS_EXPOSURE | 1 << CONCENTRATION | 1 << LEVERAGE;
const EXPOSURES = GROSS | 1 << NET_EXPOSURE;
const HOLDINGS = 1 << POSITION | 1 << SHORT_SELLING | 1 << REDUCE | EXPOSURES | 1 << OVERDRAFT;
const RATES = 1 << MESSAGE_RATE | 1 << ORDER_RATE | 1 << CANCEL_RATE | 1 << ORDER_TO_TRADE;
const LOADS = 1 << OPEN_ORDERS | RATES;

/** The token of an order that passed every check. Its class is not exported: only {@linkcode Risk} can make one. */
class ApprovedToken {
  // A private field makes the type nominal: nothing else passes for it.
  readonly #by = "risk";
  /** The order's slot. */
  slot = -1;

  toString(): string {
    return `order in slot ${this.slot}, approved by ${this.#by}`;
  }
}

/** An order that passed every check; without it nothing is sent. */
export type Approved = ApprovedToken;

/** What risk is made of. */
export interface RiskOptions {
  readonly valuation: Valuation;
  /** By instrument. */
  readonly limits: readonly ScopeLimits[];
  /** Of session, account and strategy. */
  readonly scopes?: RiskScopes;
}

/**
 * Checks before an order leaves, in this order; the first that fails gives the code, and {@linkcode last} says the rest.
 *
 * | # | check | code | limit | observed |
 * |---|---|---|---|---|
 * | 1 | instrument | UNKNOWN_INSTRUMENT | | its index |
 * | 2 | expiry | EXPIRED_INSTRUMENT | | |
 * | 3 | restricted | RESTRICTED | | |
 * | 4 | with `failClosed`: limits, account, price | LIMIT_MISSING, NO_ACCOUNT, NO_PRICE | | |
 * | 5 | priceGrid | PRICE_GRID | | price or trigger |
 * | 6 | sizeGrid | SIZE_GRID | | size, display or money |
 * | 7 | form | ORDER_FORM | | |
 * | 8 | haltedOrders | INSTRUMENT_HALTED | orders | orders open, with it |
 * | 9 | book | STALE_BOOK | | |
 * | 10 | dataAgeMs | STALE_DATA | ms | ms since the last message |
 * | 11 | heartbeatAgeMs | HEARTBEAT | ms | ms since the strategy's last sign of life |
 * | 12 | orderSize, orderSizeMin | ORDER_SIZE, ORDER_SIZE_MIN | lots | lots in all |
 * | 13 | notional, notionalMin | NOTIONAL, NOTIONAL_MIN | money | money |
 * | 14 | priceBand, collarLast, collarReference | PRICE_BAND, COLLAR_LAST, COLLAR_REFERENCE | share | share |
 * | 15 | reduceOnly | REDUCE_ONLY | lots | lots beyond the position |
 * | 16 | selfTrade | OWN_ORDER | lots | lots of our own it could meet |
 * | 17 | shortSelling | SHORT_SELLING | lots | lots below zero |
 * | 18 | position | POSITION | lots | lots of its side |
 * | 19 | grossExposure, netExposure | GROSS_EXPOSURE, NET_EXPOSURE | money | money |
 * | 20 | concentration | CONCENTRATION | share | share |
 * | 21 | leverage | LEVERAGE | times | times; Infinity where equity is not above 0 |
 * | 22 | margin | MARGIN | money there is | initial margin |
 * | 23 | overdraft | CASH | money | money below zero |
 * | 24 | openOrders | OPEN_ORDERS | orders | orders, with it |
 * | 25 | messageRate, orderRate, cancelRate | MESSAGE_RATE, ORDER_RATE, CANCEL_RATE | a second | with one more |
 * | 26 | orderToTrade | ORDER_TO_TRADE | a fill | a fill |
 *
 * A limit is looked at in the scope of the instrument first, then of strategy, account and session.
 *
 * - The form: an order of money is a market order, a trailing stop's distance is above 0, and only what may rest is post-only.
 * - Notional of a market order is taken at the middle of our book; of an inverse contract it is size × multiplier.
 * - Band and collars judge limit prices; the trigger of a stop is held to none.
 * - From short selling to cash, every open order of the side counts as filled, those on their way and the larger side of amends
 *   on their way included; see OpenOrders and Exposure for the rest.
 * - What adds nothing to an exposure is not refused for it, however far it is over its limit already; so with cash.
 * - An order of money counts as the lots that the middle gives; at a worse price there are fewer.
 * - Cash: a limit order pays its price, another the middle. Fees are not counted, and neither is a fill beyond the middle.
 * - A reduce-only order is not held to cash, and to checks 17 to 22 only where it adds to what open orders of its side could
 *   make of the position: beside a short position of 5 and an open buy of 12 it lets that go 5 lots further.
 * - Self-trade: an order without a price may meet any of ours; stops and touches, waiting or to come, are not looked at.
 * - The reference price of a trading day is the last price when an order is first judged on it, where none is set.
 * - Orders for each fill: orders and amends of the whole session; before the first fill they count as if there were one.
 * - The session's own orders are held to no limit, but they must do nothing but close the position by the market.
 * - An amend passes checks 3 to 6 and 8 to 23, judged by what it adds, and the rates.
 * - Cancels count for messageRate and cancelRate, and are never refused: one must always be able to get out.
 *
 * | call | cost |
 * |---|---|
 * | `check`, `checkAmend` | constant, nothing allocated; limits that nobody set cost one test of a bit for each group |
 * | … with exposures, leverage | the number of instruments |
 * | … with self-trade | the number of orders where an own one stands in the way, else constant |
 * | `leaves`, `amends`, `stands`, `sent` | constant |
 * | `set` | the number of scopes, limits and open orders |
 *
 * @example
 * ```ts
 * import { Valuation } from "../account/valuation.ts";
 * import { Code } from "../core/codes.ts";
 * import { instrument } from "../core/instrument.ts";
 * import { LIMIT, OrderTable } from "../oms/order_table.ts";
 * import { Risk } from "./risk.ts";
 * const btc = instrument({ symbol: "BTC", venue: "v", tick: "1", lot: "1" });
 * const orders = new OrderTable(), slot = orders.open();
 * orders.type[slot] = LIMIT;
 * orders.side[slot] = 1;
 * orders.price[slot] = 100;
 * orders.size[slot] = 12;
 * const view = {
 *   now: 0,
 *   mid2: () => 200,
 *   last: () => 100,
 *   marks2: () => [200],
 *   stale: () => false,
 *   halted: () => false,
 *   expired: () => false,
 *   heard: () => 0,
 *   tradingDay: () => 0,
 *   position: () => 500,
 * };
 * const risk = new Risk({ valuation: new Valuation([btc]), limits: [{ position: 500 }] }, orders, view);
 * if (risk.check(slot) !== Code.POSITION) throw new Error("unexpected");
 * const { check, scope, limit, observed } = risk.last;
 * if (`${check} ${scope} ${limit} ${observed}` !== "position instruments.BTC 500 512") throw new Error("unexpected");
 * risk.set("instruments.BTC", "position", 512);
 * if (risk.check(slot) === Code.POSITION) throw new Error("unexpected");
 * ```
 */
export class Risk {
  /** Each code's first refusal in words, in the order in which they came. */
  readonly notes: string[] = [];
  readonly #last = new LastRefusal();
  readonly #told = new Set<Code>();
  readonly #limits: LimitTable;
  readonly #open: OpenOrders;
  readonly #exposure: Exposure;
  readonly #worth: Worth;
  readonly #requests: Requests;
  readonly #approved = new ApprovedToken();
  readonly #instruments: readonly Instrument[];
  readonly #currencyOf: Int32Array;
  readonly #failClosed: boolean;
  /** Whether any request has to be counted. */
  #counts = false;
  /** By scope: orders and amends sent, fills. */
  readonly #sent: Float64Array;
  readonly #fills: Float64Array;
  /** By instrument: reference price in ticks, and the trading day it is of. */
  readonly #references: Float64Array;
  readonly #days: Float64Array;
  /** When the strategy last gave a sign of life, and whether one of its callbacks runs. */
  #beatAt = -Infinity;
  #called = false;

  constructor(
    options: RiskOptions,
    private readonly orders: OrderTable,
    private readonly view: RiskView,
  ) {
    const { valuation, limits, scopes = {} } = options;
    const count = valuation.instruments.length;
    this.#instruments = valuation.instruments;
    this.#currencyOf = valuation.currencyOf;
    this.#failClosed = scopes.failClosed === true;
    this.#limits = new LimitTable(instrumentNames(valuation.instruments), limits, scopes);
    this.#worth = new Worth(valuation);
    this.#open = new OpenOrders(orders, valuation, this.#worth, (instrument) => view.mid2(instrument));
    this.#exposure = new Exposure(valuation, this.#worth, this.#open, view);
    this.#requests = new Requests(WIDE_SCOPES + count);
    this.#sent = new Float64Array(WIDE_SCOPES + count);
    this.#fills = new Float64Array(WIDE_SCOPES + count);
    this.#references = new Float64Array(count).fill(NaN);
    this.#days = new Float64Array(count).fill(NaN);
    this.#apply();
  }

  /** Why the last order or amend was refused. */
  get last(): Refusal {
    return this.#last;
  }

  /**
   * Changes a limit or a setting from now on: `set("session", "openOrders", 20)`, `set("instruments.BTC", "position", 5)`;
   * "instruments" is all of them. What is open already stays.
   *
   * Throws RangeError that names scope, limit or value, and has changed nothing then.
   */
  set(scope: string, name: string, value: Limit | boolean): void {
    this.#limits.set(scope, name, value);
    this.#apply();
  }

  /** Throws as {@linkcode set} would, and changes nothing. */
  checkSet(scope: string, name: string, value: Limit | boolean): void {
    this.#limits.check(scope, name, value);
  }

  /** A limit in force; `unlimited` also where it is not stated. Throws RangeError as {@linkcode set}. */
  limit(scope: string, name: string): Limit {
    return this.#limits.get(scope, name);
  }

  /** Judges a new order: the token to send it with, or the code of its refusal. */
  check(slot: number): Approved | Code {
    const { orders } = this;
    const i = orders.instrument[slot];
    if (this.#instruments[i] === undefined) return this.#refuse(Code.UNKNOWN_INSTRUMENT, i, "instrument", i);
    if (this.view.expired(i)) return this.#refuse(Code.EXPIRED_INSTRUMENT, i, "expiry", NaN);
    const code = orders.flags[slot] & BY_SESSION
      ? this.#closes(i, slot)
      : this.#stands(i) || this.#form(i, slot) || this.#judge(i, slot, orders.price[slot], orders.size[slot], true);
    if (code) return code;
    this.#approved.slot = slot;
    return this.#approved;
  }

  /** Judges an amend to `price` and `size`; 0, or the code of its refusal. */
  checkAmend(slot: number, price: number, size: number): Code | 0 {
    const { orders } = this;
    const i = orders.instrument[slot];
    const code = this.#stands(i);
    if (code) return code;
    if (!Number.isSafeInteger(size) || size <= 0) return this.#refuse(Code.SIZE_GRID, i, "sizeGrid", size);
    if (Number.isNaN(orders.price[slot]) ? !Number.isNaN(price) : !Number.isSafeInteger(price)) {
      return this.#refuse(Code.PRICE_GRID, i, "priceGrid", price);
    }
    return this.#judge(i, slot, price, size, false);
  }

  /** A refusal of someone before the checks, such as a gate that is closed. */
  refusedBefore(code: Code, instrument: number, check: string): void {
    this.#set(code, instrument, check, "", NaN, NaN, "");
  }

  /** The order in `slot` leaves. */
  leaves(slot: number): void {
    const lots = this.#lots(slot, this.orders.size[slot], this.view.mid2(this.orders.instrument[slot]));
    this.#open.leaves(slot, lots < Infinity ? lots : 0);
  }

  /** An amend of it to a price and size leaves. */
  amends(slot: number, price: number, size: number): void {
    this.#open.amends(slot, price, size);
  }

  /** The order stands as its columns say, after an event of order_life.ts. */
  stands(slot: number, event: number): void {
    if (event === FILL && this.#counts) this.#count(this.#fills, this.orders.instrument[slot]);
    this.#open.stands(slot, event);
  }

  /** A request goes out: it counts for the rates. */
  sent(instrument: number, cancel: boolean): void {
    if (!this.#counts) return;
    const { now } = this.view;
    for (let k = 0; k <= WIDE_SCOPES; k++) {
      const scope = k < WIDE_SCOPES ? k : WIDE_SCOPES + instrument;
      this.#requests.take(scope, ALL_REQUESTS, now);
      this.#requests.take(scope, cancel ? CANCELS_SENT : ORDERS_SENT, now);
    }
    if (!cancel) this.#count(this.#sent, instrument);
  }

  /** A sign of life of the strategy. */
  beat(): void {
    this.#beatAt = this.view.now;
  }

  /** A callback of the strategy begins, or has ended: it lives all the while. */
  called(running: boolean): void {
    if (this.#called && !running) this.#beatAt = this.view.now;
    this.#called = running;
  }

  /** Lots of the open orders of one side, those on their way included. */
  openLots(instrument: number, side: number): number {
    return this.#open.lots(instrument, side);
  }

  /** Orders open for an instrument. */
  open(instrument: number): number {
    return this.#open.count(WIDE_SCOPES + instrument);
  }

  /** Takes `shift` off every time held. */
  rebase(shift: number): void {
    this.#requests.rebase(shift);
    this.#beatAt -= shift;
  }

  save(to: StateWriter): void {
    to.section("risk", 2, () => {
      this.#limits.save(to);
      this.#requests.save(to);
      this.#open.save(to);
      for (const column of [this.#sent, this.#fills, this.#references, this.#days]) to.column(column);
      this.#last.save(to);
      to.number(this.#beatAt);
      to.number(this.notes.length);
      for (const note of this.notes) to.text(note);
      for (const code of this.#told) to.number(code);
    });
  }

  load(from: StateReader): void {
    from.section("risk", 2, () => {
      this.#limits.load(from);
      this.#apply();
      this.#requests.load(from);
      this.#open.load(from);
      for (const column of [this.#sent, this.#fills, this.#references, this.#days]) from.into(column);
      this.#last.load(from);
      this.#beatAt = from.number();
      const count = from.number();
      for (let i = 0; i < count; i++) this.notes.push(from.text());
      for (let i = 0; i < count; i++) this.#told.add(from.number() as Code);
    });
  }

  /** Whether the instrument may be traded at all. */
  #stands(i: number): Code | 0 {
    const { view } = this;
    if (this.#limits.restricted[i] !== 0) return this.#refuse(Code.RESTRICTED, i, "restricted", NaN);
    if (!this.#failClosed) return 0;
    const missing = this.#limits.missing[i];
    if (missing >= 0) return this.#refuse(Code.LIMIT_MISSING, i, LIMIT_NAMES[missing], NaN);
    if (view.account === undefined) return this.#refuse(Code.NO_ACCOUNT, i, "account", NaN);
    return Math.abs(view.mid2(i)) < Infinity ? 0 : this.#refuse(Code.NO_PRICE, i, "price", NaN);
  }

  #closes(i: number, slot: number): Code | 0 {
    const { type, flags, side, size } = this.orders;
    const held = -side[slot] * this.view.position(i);
    const closes = type[slot] === MARKET && (flags[slot] & REDUCE_ONLY) !== 0 && size[slot] > 0 && size[slot] <= held;
    return closes ? 0 : this.#refuse(Code.ORDER_FORM, i, "form", NaN);
  }

  #form(i: number, slot: number): Code | 0 {
    const { orders } = this;
    const type = orders.type[slot], price = orders.price[slot], size = orders.size[slot], tif = orders.tif[slot];
    const priced = type === LIMIT || type === STOP_LIMIT || type === ICEBERG;
    if (priced ? !Number.isSafeInteger(price) : !Number.isNaN(price)) {
      return this.#refuse(Code.PRICE_GRID, i, "priceGrid", price);
    }
    const trigger = orders.trigger[slot], display = orders.display[slot];
    if (type >= STOP && type <= TRAILING_STOP && !Number.isSafeInteger(trigger)) {
      return this.#refuse(Code.PRICE_GRID, i, "priceGrid", trigger);
    }
    const quote = orders.quote[slot];
    const sized = quote === 0 ? size > 0 : Number.isSafeInteger(quote) && quote > 0;
    if (!(sized && Number.isSafeInteger(size))) {
      return this.#refuse(Code.SIZE_GRID, i, "sizeGrid", quote === 0 ? size : quote);
    }
    if (type === ICEBERG && !(Number.isSafeInteger(display) && display > 0)) {
      return this.#refuse(Code.SIZE_GRID, i, "sizeGrid", display);
    }
    const odd = (quote !== 0 && (type !== MARKET || this.#instruments[i].kind === "inverse")) ||
      (type === TRAILING_STOP && trigger <= 0) ||
      ((orders.flags[slot] & POST_ONLY) !== 0 && (!priced || tif === IOC || tif === FOK));
    return odd ? this.#refuse(Code.ORDER_FORM, i, "form", NaN) : 0;
  }

  /** All that depends on limits: of a new order (`fresh`), or of an amend to a price and size. */
  #judge(i: number, slot: number, price: number, size: number, fresh: boolean): Code | 0 {
    const { orders, view } = this;
    const on = this.#limits.active[i];
    let code: Code | 0 = 0;
    if (on & 1 << HALTED_ORDERS && view.halted(i)) {
      code = this.#over(Code.INSTRUMENT_HALTED, i, HALTED_ORDERS, this.open(i) + (fresh ? 1 : 0));
      if (code) return code;
    }
    if (view.stale(i)) return this.#refuse(Code.STALE_BOOK, i, "book", NaN);
    if (on & AGES && (code = this.#ages(i, on))) return code;
    const money = fresh && orders.quote[slot] > 0, reduces = (orders.flags[slot] & REDUCE_ONLY) !== 0;
    const mid2 = money || on & (SIZES | COLLARS) ? view.mid2(i) : NaN;
    if (money && on & (SIZES | HOLDINGS) && !(mid2 > 0 && mid2 < Infinity)) {
      return this.#refuse(Code.NO_PRICE, i, "price", NaN);
    }
    const lots = money ? this.#lots(slot, size, mid2) : size;
    if (on & SIZES && (code = this.#sizes(i, on, lots, Number.isNaN(price) ? mid2 : 2 * price))) return code;
    if (on & COLLARS && !Number.isNaN(price) && (code = this.#collars(i, on, price, mid2))) return code;
    if (reduces && on & 1 << REDUCE) {
      const held = Math.max(0, -orders.side[slot] * view.position(i)), left = fresh ? lots : size - orders.filled[slot];
      code = this.#over(Code.REDUCE_ONLY, i, REDUCE, Math.max(0, left - held));
      if (code) return code;
    }
    if (on & 1 << SELF_TRADE && (code = this.#meets(i, slot, price))) return code;
    if ((code = this.#holds(i, slot, price, fresh ? lots : size - orders.filled[slot], on))) return code;
    return on & LOADS ? this.#load(i, on, fresh) : 0;
  }

  /** Lots of an order in the slot that is judged at a middle: of one of money as many as it buys there. */
  #lots(slot: number, size: number, mid2: number): number {
    const quote = this.orders.quote[slot];
    return quote > 0 ? size + Math.floor((2 * quote) / mid2) : size;
  }

  #ages(i: number, on: number): Code | 0 {
    const { view } = this;
    let code: Code | 0 = 0;
    if (on & 1 << DATA_AGE) code = this.#over(Code.STALE_DATA, i, DATA_AGE, (view.now - view.heard(i)) / MS);
    if (code === 0 && on & 1 << HEARTBEAT_AGE) {
      code = this.#over(Code.HEARTBEAT, i, HEARTBEAT_AGE, this.#called ? 0 : (view.now - this.#beatAt) / MS);
    }
    return code;
  }

  #sizes(i: number, on: number, lots: number, price2: number): Code | 0 {
    let code: Code | 0 = 0;
    if (on & 1 << ORDER_SIZE) code = this.#over(Code.ORDER_SIZE, i, ORDER_SIZE, lots);
    if (code === 0 && on & 1 << ORDER_SIZE_MIN) code = this.#under(Code.ORDER_SIZE_MIN, i, ORDER_SIZE_MIN, lots);
    if (code !== 0 || !(on & (1 << NOTIONAL | 1 << NOTIONAL_MIN))) return code;
    if (!(Math.abs(price2) < Infinity)) return this.#refuse(Code.NO_PRICE, i, "price", NaN);
    const value = this.#worth.notional(i, lots, price2);
    if (on & 1 << NOTIONAL) code = this.#over(Code.NOTIONAL, i, NOTIONAL, value);
    if (code === 0 && on & 1 << NOTIONAL_MIN) code = this.#under(Code.NOTIONAL_MIN, i, NOTIONAL_MIN, value);
    return code;
  }

  #collars(i: number, on: number, price: number, mid2: number): Code | 0 {
    let code: Code | 0 = 0;
    if (on & 1 << PRICE_BAND) code = this.#collar(Code.PRICE_BAND, i, PRICE_BAND, price, mid2);
    if (code === 0 && on & 1 << COLLAR_LAST) {
      code = this.#collar(Code.COLLAR_LAST, i, COLLAR_LAST, price, 2 * this.view.last(i));
    }
    if (code === 0 && on & 1 << COLLAR_REFERENCE) {
      code = this.#collar(Code.COLLAR_REFERENCE, i, COLLAR_REFERENCE, price, 2 * this.#reference(i));
    }
    return code;
  }

  #collar(code: Code, i: number, limit: number, price: number, from2: number): Code | 0 {
    if (!(Math.abs(from2) < Infinity)) return this.#refuse(Code.NO_PRICE, i, "price", NaN);
    const distance = Math.abs(2 * price - from2), whole = Math.abs(from2);
    // Not by the quotient, which is rounded: a price at the very edge passes.
    const scope = this.#limits.apart(i, limit, distance, whole);
    return scope < 0 ? 0 : this.#breach(code, i, limit, scope, distance / whole);
  }

  /** The reference price in ticks, NaN where there is none yet. */
  #reference(i: number): number {
    const set = this.#limits.referencePrices[i];
    if (set === set) {
      const ticks = set / this.#instruments[i].tickSize, whole = Math.round(ticks);
      return Math.abs(ticks - whole) < 1e-6 ? whole : ticks;
    }
    const day = this.view.tradingDay(i), last = this.view.last(i);
    if (day !== this.#days[i] && last === last) {
      this.#days[i] = day;
      this.#references[i] = last;
    }
    return this.#references[i];
  }

  #meets(i: number, slot: number, price: number): Code | 0 {
    const { type, side } = this.orders;
    if (type[slot] >= STOP && type[slot] <= TRAILING_STOP) return 0;
    return this.#over(Code.OWN_ORDER, i, SELF_TRADE, this.#open.meets(i, side[slot], price));
  }

  /** What the position may come to, and what pays for it. */
  #holds(i: number, slot: number, price: number, left: number, on: number): Code | 0 {
    const { view } = this;
    const open = this.#open, side = this.orders.side[slot], more = left - open.left(slot);
    const reduces = (this.orders.flags[slot] & REDUCE_ONLY) !== 0;
    let code: Code | 0 = 0;
    if (more > 0) {
      const held = side * view.position(i);
      const lots = open.worst(i, side, held, reduces ? 0 : more, reduces ? more : 0);
      const added = lots - open.worst(i, side, held, 0, 0);
      // A reduce-only order adds where it lets open orders of its side take the position further than they could.
      if (reduces && added === 0) return 0;
      if (side < 0 && on & 1 << SHORT_SELLING) code = this.#over(Code.SHORT_SELLING, i, SHORT_SELLING, lots);
      if (code) return code;
      // Lots are counted in whole numbers up to 2^53, limit or none.
      if (!(lots <= Number.MAX_SAFE_INTEGER)) {
        return this.#tell(Code.POSITION, i, "position", "", Number.MAX_SAFE_INTEGER, lots, "lots");
      }
      if (on & 1 << POSITION && (code = this.#over(Code.POSITION, i, POSITION, lots))) return code;
      if (on & EXPOSURES && (code = this.#exposures(i, side, added, on))) return code;
      code = view.margin === undefined ? 0 : view.margin(i, side * (lots - held));
      if (code) return this.#margin(code, i);
    }
    return on & 1 << OVERDRAFT && !reduces ? this.#cash(i, slot, price, Math.max(left, open.left(slot))) : 0;
  }

  #margin(code: Code, i: number): Code {
    const asked = code === Code.MARGIN ? this.view.marginRefused?.(i) : undefined;
    if (asked === undefined) return this.#refuse(code, i, "margin", NaN);
    return this.#tell(code, i, "margin", "account", asked.have, asked.need, this.#instruments[i].currency);
  }

  #exposures(i: number, side: number, added: number, on: number): Code | 0 {
    const { view } = this;
    const exposure = this.#exposure, worth = this.#worth, marks2 = view.marks2();
    let code: Code | 0 = 0;
    const grows = on & GROSS && exposure.worst(i, side, added) > exposure.worst(i, side, 0);
    const gross = grows ? exposure.gross(i, side, added, marks2) : 0, own = exposure.own;
    if (grows && !(gross < Infinity)) return this.#refuse(Code.NO_PRICE, i, "price", NaN);
    if (grows && on & 1 << GROSS_EXPOSURE) {
      const scope = this.#limits.exceededSum(i, GROSS_EXPOSURE, worth.whole(i, own), worth.whole(i, gross));
      const observed = worth.whole(i, scope < WIDE_SCOPES ? gross : own);
      if (scope >= 0) return this.#breach(Code.GROSS_EXPOSURE, i, GROSS_EXPOSURE, scope, observed);
    }
    if (on & 1 << NET_EXPOSURE) {
      const net = exposure.net(i, side, added, marks2);
      if (!(Math.abs(net) < Infinity)) return this.#refuse(Code.NO_PRICE, i, "price", NaN);
      code = this.#over(Code.NET_EXPOSURE, i, NET_EXPOSURE, worth.whole(i, net));
      if (code) return code;
    }
    if (!grows || !(on & (1 << CONCENTRATION | 1 << LEVERAGE))) return 0;
    if (view.account === undefined) return this.#refuse(Code.NO_ACCOUNT, i, "account", NaN);
    const equity = view.account.equity(this.#currencyOf[i], marks2);
    const all = worth.whole(i, gross), base = equity > all ? equity : all;
    if (on & 1 << CONCENTRATION && base > 0) {
      code = this.#over(Code.CONCENTRATION, i, CONCENTRATION, worth.whole(i, own) / base);
      if (code) return code;
    }
    if (!(on & 1 << LEVERAGE)) return 0;
    return this.#over(Code.LEVERAGE, i, LEVERAGE, equity > 0 ? all / equity : Infinity);
  }

  /** Whether the cash covers an order of which `left` lots may still be filled at `price`. */
  #cash(i: number, slot: number, price: number, left: number): Code | 0 {
    const { view } = this;
    const open = this.#open, currency = this.#currencyOf[i];
    const before = open.money(slot);
    const money = left * open.each(slot, price);
    if (money <= before) return 0;
    if (view.account === undefined) return this.#refuse(Code.NO_ACCOUNT, i, "account", NaN);
    if (!(money < Infinity)) return this.#refuse(Code.NO_PRICE, i, "price", NaN);
    const short = open.paid(currency) - before + money - view.account.cashUnits(currency);
    return short <= 0 ? 0 : this.#over(Code.CASH, i, OVERDRAFT, this.#worth.whole(i, short));
  }

  #load(i: number, on: number, fresh: boolean): Code | 0 {
    const limits = this.#limits, open = this.#open;
    for (let k = 0; k <= WIDE_SCOPES; k++) {
      const scope = k === 0 ? WIDE_SCOPES + i : WIDE_SCOPES - k;
      if (fresh && on & 1 << OPEN_ORDERS && open.count(scope) + 1 > limits.of(scope, OPEN_ORDERS)) {
        return this.#breach(Code.OPEN_ORDERS, i, OPEN_ORDERS, scope, open.count(scope) + 1);
      }
    }
    if (!(on & RATES)) return 0;
    let code: Code | 0 = 0;
    if (on & 1 << MESSAGE_RATE) code = this.#rate(Code.MESSAGE_RATE, i, MESSAGE_RATE, ALL_REQUESTS);
    if (code === 0 && on & 1 << ORDER_RATE) code = this.#rate(Code.ORDER_RATE, i, ORDER_RATE, ORDERS_SENT);
    if (code === 0 && on & 1 << CANCEL_RATE) code = this.#rate(Code.CANCEL_RATE, i, CANCEL_RATE, CANCELS_SENT);
    if (code) return code;
    if (!(on & 1 << ORDER_TO_TRADE)) return 0;
    for (let k = 0; k <= WIDE_SCOPES; k++) {
      const scope = k === 0 ? WIDE_SCOPES + i : WIDE_SCOPES - k;
      const sent = this.#sent[scope] + 1, ratio = sent / Math.max(1, this.#fills[scope]);
      if (sent > limits.orderToTradeFrom[scope] && ratio > limits.of(scope, ORDER_TO_TRADE)) {
        return this.#breach(Code.ORDER_TO_TRADE, i, ORDER_TO_TRADE, scope, ratio);
      }
    }
    return 0;
  }

  #rate(code: Code, i: number, limit: number, kind: number): Code | 0 {
    const { now } = this.view;
    for (let k = 0; k <= WIDE_SCOPES; k++) {
      const scope = k === 0 ? WIDE_SCOPES + i : WIDE_SCOPES - k, most = this.#limits.of(scope, limit);
      if (most === Infinity || !this.#requests.full(scope, kind, most, now)) continue;
      return this.#breach(code, i, limit, scope, this.#requests.within(scope, kind, now) + 1);
    }
    return 0;
  }

  #count(by: Float64Array, instrument: number): void {
    for (let scope = 0; scope < WIDE_SCOPES; scope++) by[scope]++;
    by[WIDE_SCOPES + instrument]++;
  }

  /** The limits have changed. */
  #apply(): void {
    const limits = this.#limits;
    for (let scope = 0; scope < limits.scopes.length; scope++) {
      this.#requests.bound(scope, ALL_REQUESTS, limits.of(scope, MESSAGE_RATE));
      this.#requests.bound(scope, ORDERS_SENT, limits.of(scope, ORDER_RATE));
      this.#requests.bound(scope, CANCELS_SENT, limits.of(scope, CANCEL_RATE));
    }
    this.#counts = limits.any(RATES);
    this.#open.countMoney(limits.any(1 << OVERDRAFT));
  }

  /** Refuses what is more than a limit. */
  #over(code: Code, i: number, limit: number, observed: number): Code | 0 {
    const scope = this.#limits.exceeded(i, limit, observed);
    return scope < 0 ? 0 : this.#breach(code, i, limit, scope, observed);
  }

  /** Refuses what is less than one. */
  #under(code: Code, i: number, limit: number, observed: number): Code | 0 {
    const scope = this.#limits.missed(i, limit, observed);
    return scope < 0 ? 0 : this.#breach(code, i, limit, scope, observed);
  }

  #breach(code: Code, i: number, limit: number, scope: number, observed: number): Code {
    const limits = this.#limits, unit = unitOf(limit, this.#instruments[i].currency);
    return this.#tell(code, i, LIMIT_NAMES[limit], limits.scopes[scope], limits.of(scope, limit), observed, unit);
  }

  /** Refuses for a reason that is no limit. */
  #refuse(code: Code, i: number, check: string, observed: number): Code {
    return this.#tell(code, i, check, "", NaN, observed, "");
  }

  #tell(code: Code, i: number, check: string, scope: string, limit: number, observed: number, unit: string): Code {
    this.#set(code, i, check, scope, limit, observed, unit);
    if (!this.#told.has(code)) {
      this.#told.add(code);
      this.notes.push(this.#last.text);
    }
    return code;
  }

  #set(code: Code, i: number, check: string, scope: string, limit: number, observed: number, unit: string): void {
    const last = this.#last;
    last.code = code;
    last.instrument = i;
    last.check = check;
    last.scope = scope;
    last.limit = limit;
    last.observed = observed;
    last.unit = unit;
  }
}
