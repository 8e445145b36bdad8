import type { Valuation } from "../account/valuation.ts";
import { Code } from "../core/codes.ts";
import type { Instrument } from "../core/instrument.ts";
import { instrumentNames } from "../core/instrument_names.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { FILL } from "../oms/order_life.ts";
import { BY_SESSION, type OrderTable, REDUCE_ONLY, STOP, TRAILING_STOP } from "../oms/order_table.ts";
import type { CheckContext } from "./check_context.ts";
import { CollarCheck, COLLARS } from "./collar_check.ts";
import { FormCheck } from "./form_check.ts";
import { HoldingCheck, HOLDINGS } from "./holding_check.ts";
import {
  DATA_AGE,
  HALTED_ORDERS,
  HEARTBEAT_AGE,
  LimitTable,
  NOTIONAL,
  NOTIONAL_MIN,
  ORDER_SIZE,
  ORDER_SIZE_MIN,
  OVERDRAFT,
  REDUCE,
  SELF_TRADE,
  WIDE_SCOPES,
} from "./limit_table.ts";
import { type Limit, LIMIT_NAMES, type RiskScopes, type ScopeLimits } from "./limits.ts";
import { LoadCheck, LOADS } from "./load_check.ts";
import { OpenOrders } from "./open_orders.ts";
import type { Refusal } from "./refusal.ts";
import { Refusals } from "./refusals.ts";
import type { RiskView } from "./risk_view.ts";
import { Worth } from "./worth.ts";

const MS = 1e6;
/** Limits that are judged together. */
const AGES = 1 << HALTED_ORDERS | 1 << DATA_AGE | 1 << HEARTBEAT_AGE;
const SIZES = 1 << ORDER_SIZE | 1 << ORDER_SIZE_MIN | 1 << NOTIONAL | 1 << NOTIONAL_MIN;

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
  readonly #refusals: Refusals;
  readonly #limits: LimitTable;
  readonly #open: OpenOrders;
  readonly #worth: Worth;
  /** Checks 5 to 7, 14, 17 to 23 and 24 to 26; the others stand here. */
  readonly #form: FormCheck;
  readonly #collar: CollarCheck;
  readonly #holding: HoldingCheck;
  readonly #load: LoadCheck;
  readonly #approved = new ApprovedToken();
  readonly #instruments: readonly Instrument[];
  readonly #failClosed: boolean;
  /** When the strategy last gave a sign of life, and whether one of its callbacks runs. */
  #beatAt = -Infinity;
  #called = false;

  constructor(
    options: RiskOptions,
    private readonly orders: OrderTable,
    private readonly view: RiskView,
  ) {
    const { valuation, scopes = {} } = options, { instruments } = valuation;
    this.#instruments = instruments;
    this.#failClosed = scopes.failClosed === true;
    const limits = this.#limits = new LimitTable(instrumentNames(instruments), options.limits, scopes);
    const worth = this.#worth = new Worth(valuation);
    const open = this.#open = new OpenOrders(orders, valuation, worth, (instrument) => view.mid2(instrument));
    const refusals = this.#refusals = new Refusals(limits, instruments);
    const context: CheckContext = { orders, view, valuation, limits, open, worth, refusals };
    this.#form = new FormCheck(context);
    this.#collar = new CollarCheck(context);
    this.#holding = new HoldingCheck(context);
    this.#load = new LoadCheck(context);
    this.#apply();
  }

  /** Each code's first refusal in words, in the order in which they came. */
  get notes(): readonly string[] {
    return this.#refusals.notes;
  }

  /** Why the last order or amend was refused. */
  get last(): Refusal {
    return this.#refusals.last;
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
    if (this.#instruments[i] === undefined) return this.#refusals.refuse(Code.UNKNOWN_INSTRUMENT, i, "instrument", i);
    if (this.view.expired(i)) return this.#refusals.refuse(Code.EXPIRED_INSTRUMENT, i, "expiry", NaN);
    const code = orders.flags[slot] & BY_SESSION
      ? this.#form.closes(i, slot)
      : this.#stands(i) || this.#form.check(i, slot) ||
        this.#judge(i, slot, orders.price[slot], orders.size[slot], true);
    if (code) return code;
    this.#approved.slot = slot;
    return this.#approved;
  }

  /** Judges an amend to `price` and `size`; 0, or the code of its refusal. */
  checkAmend(slot: number, price: number, size: number): Code | 0 {
    const i = this.orders.instrument[slot];
    return this.#stands(i) || this.#form.amend(i, slot, price, size) || this.#judge(i, slot, price, size, false);
  }

  /** A refusal of someone before the checks, such as a gate that is closed. */
  refusedBefore(code: Code, instrument: number, check: string): void {
    this.#refusals.set(code, instrument, check, "", NaN, NaN, "");
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
    if (event === FILL) this.#load.filled(this.orders.instrument[slot]);
    this.#open.stands(slot, event);
  }

  /** A request goes out: it counts for the rates. */
  sent(instrument: number, cancel: boolean): void {
    this.#load.sent(instrument, cancel);
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
    this.#load.rebase(shift);
    this.#beatAt -= shift;
  }

  save(to: StateWriter): void {
    to.section("risk", 3, () => {
      for (const part of [this.#limits, this.#load, this.#open, this.#collar, this.#refusals]) part.save(to);
      to.number(this.#beatAt);
    });
  }

  load(from: StateReader): void {
    from.section("risk", 3, () => {
      this.#limits.load(from);
      this.#apply();
      for (const part of [this.#load, this.#open, this.#collar, this.#refusals]) part.load(from);
      this.#beatAt = from.number();
    });
  }

  /** Whether the instrument may be traded at all. */
  #stands(i: number): Code | 0 {
    const { view } = this;
    if (this.#limits.restricted[i] !== 0) return this.#refusals.refuse(Code.RESTRICTED, i, "restricted", NaN);
    if (!this.#failClosed) return 0;
    const missing = this.#limits.missing[i];
    if (missing >= 0) return this.#refusals.refuse(Code.LIMIT_MISSING, i, LIMIT_NAMES[missing], NaN);
    if (view.account === undefined) return this.#refusals.refuse(Code.NO_ACCOUNT, i, "account", NaN);
    return Math.abs(view.mid2(i)) < Infinity ? 0 : this.#refusals.refuse(Code.NO_PRICE, i, "price", NaN);
  }

  /** All that depends on limits: of a new order (`fresh`), or of an amend to a price and size. */
  #judge(i: number, slot: number, price: number, size: number, fresh: boolean): Code | 0 {
    const { orders, view } = this;
    const on = this.#limits.active[i];
    let code: Code | 0 = 0;
    if (on & 1 << HALTED_ORDERS && view.halted(i)) {
      code = this.#refusals.over(Code.INSTRUMENT_HALTED, i, HALTED_ORDERS, this.open(i) + (fresh ? 1 : 0));
      if (code) return code;
    }
    if (view.stale(i)) return this.#refusals.refuse(Code.STALE_BOOK, i, "book", NaN);
    if (on & AGES && (code = this.#ages(i, on))) return code;
    const money = fresh && orders.quote[slot] > 0, reduces = (orders.flags[slot] & REDUCE_ONLY) !== 0;
    const mid2 = money || on & (SIZES | COLLARS) ? view.mid2(i) : NaN;
    if (money && on & (SIZES | HOLDINGS) && !(mid2 > 0 && mid2 < Infinity)) {
      return this.#refusals.refuse(Code.NO_PRICE, i, "price", NaN);
    }
    const lots = money ? this.#lots(slot, size, mid2) : size;
    if (on & SIZES && (code = this.#sizes(i, on, lots, Number.isNaN(price) ? mid2 : 2 * price))) return code;
    if (on & COLLARS && !Number.isNaN(price) && (code = this.#collar.check(i, on, price, mid2))) return code;
    if (reduces && on & 1 << REDUCE) {
      const held = Math.max(0, -orders.side[slot] * view.position(i)), left = fresh ? lots : size - orders.filled[slot];
      code = this.#refusals.over(Code.REDUCE_ONLY, i, REDUCE, Math.max(0, left - held));
      if (code) return code;
    }
    if (on & 1 << SELF_TRADE && (code = this.#meets(i, slot, price))) return code;
    if ((code = this.#holding.check(i, slot, price, fresh ? lots : size - orders.filled[slot], on))) return code;
    return on & LOADS ? this.#load.check(i, on, fresh) : 0;
  }

  /** Lots of an order in the slot that is judged at a middle: of one of money as many as it buys there. */
  #lots(slot: number, size: number, mid2: number): number {
    const quote = this.orders.quote[slot];
    return quote > 0 ? size + Math.floor((2 * quote) / mid2) : size;
  }

  #ages(i: number, on: number): Code | 0 {
    const { view } = this;
    let code: Code | 0 = 0;
    if (on & 1 << DATA_AGE) code = this.#refusals.over(Code.STALE_DATA, i, DATA_AGE, (view.now - view.heard(i)) / MS);
    if (code === 0 && on & 1 << HEARTBEAT_AGE) {
      code = this.#refusals.over(Code.HEARTBEAT, i, HEARTBEAT_AGE, this.#called ? 0 : (view.now - this.#beatAt) / MS);
    }
    return code;
  }

  #sizes(i: number, on: number, lots: number, price2: number): Code | 0 {
    let code: Code | 0 = 0;
    if (on & 1 << ORDER_SIZE) code = this.#refusals.over(Code.ORDER_SIZE, i, ORDER_SIZE, lots);
    if (code === 0 && on & 1 << ORDER_SIZE_MIN) {
      code = this.#refusals.under(Code.ORDER_SIZE_MIN, i, ORDER_SIZE_MIN, lots);
    }
    if (code !== 0 || !(on & (1 << NOTIONAL | 1 << NOTIONAL_MIN))) return code;
    if (!(Math.abs(price2) < Infinity)) return this.#refusals.refuse(Code.NO_PRICE, i, "price", NaN);
    const value = this.#worth.notional(i, lots, price2);
    if (on & 1 << NOTIONAL) code = this.#refusals.over(Code.NOTIONAL, i, NOTIONAL, value);
    if (code === 0 && on & 1 << NOTIONAL_MIN) code = this.#refusals.under(Code.NOTIONAL_MIN, i, NOTIONAL_MIN, value);
    return code;
  }

  #meets(i: number, slot: number, price: number): Code | 0 {
    const { type, side } = this.orders;
    if (type[slot] >= STOP && type[slot] <= TRAILING_STOP) return 0;
    return this.#refusals.over(Code.OWN_ORDER, i, SELF_TRADE, this.#open.meets(i, side[slot], price));
  }

  /** The limits have changed. */
  #apply(): void {
    this.#load.apply();
    this.#open.countMoney(this.#limits.any(1 << OVERDRAFT));
  }
}
