import { Code } from "../core/codes.ts";
import type { Instrument } from "../core/instrument.ts";
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
import type { Limits } from "./limits.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { Column, StateWriter } from "../core/state_writer.ts";

const SECOND = 1e9;
/** Requests a second that are counted at most: a higher limit is this one. */
const RATE_MAX = 1e6;

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

/** What risk needs to know of the session beside the order. */
export interface RiskView {
  /** Session time. */
  readonly now: number;
  /** Twice the middle of our book in ticks, NaN where one side is empty; of bars twice the last close. */
  mid2(instrument: number): number;
  stale(instrument: number): boolean;
  expired(instrument: number): boolean;
  position(instrument: number): number;
  /** Whether the account's margin carries `lots` more (signed): 0, or a code; absent where there is no margin. */
  margin?(instrument: number, lots: number): Code | 0;
}

/**
 * Checks before an order leaves, in this order: instrument known, form, price on grid, size on grid, book not stale, order
 * size, notional, price band, position, margin, open orders, message rate. The first that fails gives the code.
 *
 * - The form: an order of money is a market order, a trailing stop's distance is above 0, and only what may rest is post-only.
 * - Notional of a market order is taken at the middle of our book; of an inverse contract it is size × multiplier.
 * - The position limit and margin count all open orders of the side as filled.
 * - A reduce-only order is held to neither.
 * - The session's own orders are held to no limit, but they must do nothing but close the position by the market.
 * - Cancels count for the message rate, and are never refused for it: one must always be able to get out.
 *
 * | call | cost |
 * |---|---|
 * | `check` | constant, nothing allocated |
 */
export class Risk {
  readonly #limits: readonly Limits[];
  readonly #approved = new ApprovedToken();
  /** Open lots by instrument, bought and sold. */
  readonly #openBuys: Float64Array;
  readonly #openSells: Float64Array;
  readonly #openOrders: Int32Array;
  /** Times of the last requests by instrument, as rings. */
  readonly #rings: readonly Float64Array[];
  readonly #heads: Int32Array;

  /** `limits` per instrument. */
  constructor(
    private readonly instruments: readonly Instrument[],
    limits: readonly Limits[],
    private readonly orders: OrderTable,
    private readonly view: RiskView,
  ) {
    this.#limits = limits;
    this.#openBuys = new Float64Array(instruments.length);
    this.#openSells = new Float64Array(instruments.length);
    this.#openOrders = new Int32Array(instruments.length);
    this.#heads = new Int32Array(instruments.length);
    this.#rings = limits.map(({ messageRate }) => {
      const places = messageRate === "unlimited" ? 0 : Math.max(1, Math.min(Math.floor(messageRate), RATE_MAX));
      return new Float64Array(places).fill(-Infinity);
    });
  }

  /** Judges a new order: the token to send it with, or the code of its refusal. */
  check(slot: number): Approved | Code {
    const { orders } = this;
    const i = orders.instrument[slot];
    const instrument = this.instruments[i];
    if (instrument === undefined) return Code.UNKNOWN_INSTRUMENT;
    if (this.view.expired(i)) return Code.EXPIRED_INSTRUMENT;
    const size = orders.size[slot];
    const code = orders.flags[slot] & BY_SESSION
      ? this.#closes(i, slot)
      : this.#form(slot) || this.#amount(i, slot, orders.price[slot], size, size) || this.#load(i);
    if (code) return code;
    this.#approved.slot = slot;
    return this.#approved;
  }

  /** Judges an amend to `price` and `size`; 0, or the code of its refusal. */
  checkAmend(slot: number, price: number, size: number): Code | 0 {
    const { orders } = this;
    const i = orders.instrument[slot];
    if (!Number.isSafeInteger(size) || size <= 0) return Code.SIZE_GRID;
    if (Number.isNaN(orders.price[slot]) ? !Number.isNaN(price) : !Number.isSafeInteger(price)) return Code.PRICE_GRID;
    return this.#amount(i, slot, price, size, size - orders.size[slot]) || this.#rate(i);
  }

  /** A request goes out: it counts for the message rate. */
  sent(instrument: number): void {
    const ring = this.#rings[instrument];
    if (ring.length === 0) return;
    ring[this.#heads[instrument]] = this.view.now;
    this.#heads[instrument] = (this.#heads[instrument] + 1) % ring.length;
  }

  /** An order of `lots` is open from now on; with `lots` below 0, that much less of it. `orders`: 1 opened, -1 ended. */
  opened(instrument: number, side: number, lots: number, orders: number): void {
    if (side > 0) this.#openBuys[instrument] += lots;
    else this.#openSells[instrument] += lots;
    this.#openOrders[instrument] += orders;
  }

  /** Lots of the open orders of one side, those on their way included. */
  openLots(instrument: number, side: number): number {
    return side > 0 ? this.#openBuys[instrument] : this.#openSells[instrument];
  }

  /** Orders open for an instrument. */
  open(instrument: number): number {
    return this.#openOrders[instrument];
  }

  /** Takes `shift` off every time held. */
  rebase(shift: number): void {
    for (const ring of this.#rings) for (let i = 0; i < ring.length; i++) ring[i] -= shift;
  }

  save(to: StateWriter): void {
    to.section("risk", 1, () => {
      for (const column of this.#columns()) to.column(column);
    });
  }

  load(from: StateReader): void {
    from.section("risk", 1, () => {
      for (const column of this.#columns()) from.into(column);
    });
  }

  #columns(): Column[] {
    return [this.#openBuys, this.#openSells, this.#openOrders, this.#heads, ...this.#rings];
  }

  #closes(i: number, slot: number): Code | 0 {
    const { type, flags, side, size } = this.orders;
    const held = -side[slot] * this.view.position(i);
    const closes = type[slot] === MARKET && (flags[slot] & REDUCE_ONLY) !== 0 && size[slot] > 0 && size[slot] <= held;
    return closes ? 0 : Code.ORDER_FORM;
  }

  #form(slot: number): Code | 0 {
    const { orders } = this;
    const type = orders.type[slot], price = orders.price[slot], size = orders.size[slot], tif = orders.tif[slot];
    const priced = type === LIMIT || type === STOP_LIMIT || type === ICEBERG;
    if (priced ? !Number.isSafeInteger(price) : !Number.isNaN(price)) return Code.PRICE_GRID;
    const trigger = orders.trigger[slot], display = orders.display[slot];
    if (type >= STOP && type <= TRAILING_STOP && !Number.isSafeInteger(trigger)) return Code.PRICE_GRID;
    const quote = orders.quote[slot];
    const sized = quote === 0 ? size > 0 : Number.isSafeInteger(quote) && quote > 0;
    if (!(sized && Number.isSafeInteger(size))) return Code.SIZE_GRID;
    if (type === ICEBERG && !(Number.isSafeInteger(display) && display > 0)) return Code.SIZE_GRID;
    const { kind } = this.instruments[orders.instrument[slot]];
    if (quote !== 0 && (type !== MARKET || kind === "inverse")) return Code.ORDER_FORM;
    if (type === TRAILING_STOP && trigger <= 0) return Code.ORDER_FORM;
    if (orders.flags[slot] & POST_ONLY && (!priced || tif === IOC || tif === FOK)) return Code.ORDER_FORM;
    return 0;
  }

  #amount(i: number, slot: number, price: number, size: number, more: number): Code | 0 {
    const limits = this.#limits[i], { orders, view } = this;
    if (view.stale(i)) return Code.STALE_BOOK;
    const mid2 = view.mid2(i), quote = orders.quote[slot];
    const judged = limits.orderSize !== "unlimited" || limits.notional !== "unlimited" ||
      limits.position !== "unlimited";
    if (quote > 0 && judged && !(mid2 > 0 && mid2 < Infinity)) return Code.NO_PRICE;
    const lots = quote > 0 ? size + Math.floor((2 * quote) / mid2) : size;
    if (limits.orderSize !== "unlimited" && !(lots <= limits.orderSize)) return Code.ORDER_SIZE;
    if (limits.notional !== "unlimited") {
      const { kind, tickSize, lotSize, contract } = this.instruments[i];
      const at = Number.isNaN(price) ? mid2 / 2 : price;
      if (!(Math.abs(at) < Infinity)) return Code.NO_PRICE;
      const value = lots * lotSize * contract * (kind === "inverse" ? 1 : Math.abs(at) * tickSize);
      if (!(value <= limits.notional)) return Code.NOTIONAL;
    }
    if (limits.priceBand !== "unlimited" && !Number.isNaN(price)) {
      if (!(Math.abs(mid2) < Infinity)) return Code.NO_PRICE;
      if (!(Math.abs(2 * price - mid2) <= limits.priceBand * Math.abs(mid2))) return Code.PRICE_BAND;
    }
    if (orders.flags[slot] & REDUCE_ONLY) return 0;
    const side = orders.side[slot];
    const open = side > 0 ? this.#openBuys[i] : this.#openSells[i];
    const added = quote > 0 ? lots : more;
    if (added <= 0) return 0;
    // Lots are counted in whole numbers up to 2^53, limit or none.
    const most = limits.position === "unlimited" ? Number.MAX_SAFE_INTEGER : limits.position;
    if (side * view.position(i) + open + added > most) return Code.POSITION;
    return view.margin === undefined ? 0 : view.margin(i, side * (open + added));
  }

  #load(i: number): Code | 0 {
    const { openOrders } = this.#limits[i];
    if (openOrders !== "unlimited" && this.#openOrders[i] >= openOrders) return Code.OPEN_ORDERS;
    return this.#rate(i);
  }

  #rate(i: number): Code | 0 {
    const ring = this.#rings[i], { messageRate } = this.#limits[i];
    if (messageRate !== "unlimited" && messageRate < 1) return Code.MESSAGE_RATE;
    if (ring.length > 0 && ring[this.#heads[i]] > this.view.now - SECOND) return Code.MESSAGE_RATE;
    return 0;
  }
}
