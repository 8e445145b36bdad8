import type { Valuation } from "../account/valuation.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { Column, StateWriter } from "../core/state_writer.ts";
import { wider } from "../core/wider.ts";
import { isFinal, PENDING_REPLACE, REPLACE_DONE, SIZED } from "../oms/order_life.ts";
import { ICEBERG, LIMIT, MARKET_IF_TOUCHED, type OrderTable, REDUCE_ONLY, STOP } from "../oms/order_table.ts";
import { WIDE_SCOPES } from "./limit_table.ts";
import type { Worth } from "./worth.ts";

/** How an order counts: as what it is, or, of money and not yet worked out, as what it was judged as. */
const COUNTED = 1;
const UNSIZED = 2;

/** What one more look at a price needs. */
type Price2 = (instrument: number) => number;

/**
 * What our open orders may still come to, those on their way included.
 *
 * - An order counts from the moment it leaves until we learn that it has ended; one whose cancel is on its way counts.
 * - While an amend is on its way the order counts as the worse of the two: the larger size, and each of the two prices.
 * - A reduce-only order brings a position to zero at most: its venue sees to that.
 * - An order of money counts as the lots it was judged as, until the venue has said how many it is.
 * - Money is counted where the order pays (see {@linkcode Worth.paid}): at its limit price, else at the worse of trigger
 *   and middle when it left.
 *
 * | call | cost |
 * |---|---|
 * | `leaves`, `amends`, `stands` | constant, nothing allocated but for longer columns, doubled as the order table's are |
 * | `meets` | constant while no own order stands there; else the number of orders |
 * | `countMoney` | the number of orders |
 */
export class OpenOrders {
  /** Lots by instrument: bought at twice its index, sold behind that. */
  readonly #lots: Float64Array;
  /** Of those the lots of reduce-only orders. */
  readonly #reducing: Float64Array;
  /** Orders by scope. */
  readonly #counts: Int32Array;
  /** Minor units by currency. */
  readonly #paid: Float64Array;
  /** By instrument: no own buy rests above the one, no own sell below the other. */
  readonly #highestBuy: Float64Array;
  readonly #lowestSell: Float64Array;
  /** By slot: whether it counts (COUNTED or UNSIZED), lots left, the most lots it may come to beside its size, money in all and for each. */
  #counted = new Uint8Array(0);
  #left = new Float64Array(0);
  #most = new Float64Array(0);
  #money = new Float64Array(0);
  #each = new Float64Array(0);
  /** By slot: the price of an amend on its way, NaN where there is none. */
  #nextPrice = new Float64Array(0);
  /** Whether money is counted. */
  #pays = false;

  /** What was worked out last: a number that a call returns may be an object of its own. */
  readonly #found = new Float64Array(1);

  constructor(
    private readonly orders: OrderTable,
    private readonly valuation: Valuation,
    private readonly worth: Worth,
    private readonly price2: Price2,
  ) {
    const count = valuation.instruments.length;
    this.#lots = new Float64Array(2 * count);
    this.#reducing = new Float64Array(2 * count);
    this.#counts = new Int32Array(WIDE_SCOPES + count);
    this.#paid = new Float64Array(valuation.currencies.length);
    this.#highestBuy = new Float64Array(count).fill(-Infinity);
    this.#lowestSell = new Float64Array(count).fill(Infinity);
  }

  /** Lots of the open orders of one side. */
  lots(instrument: number, side: number): number {
    return this.#lots[side > 0 ? 2 * instrument : 2 * instrument + 1];
  }

  /**
   * The position towards `side` with all its open orders filled, in lots, below 0 where it stays on the other side; with
   * `more` lots besides, and `reducing` more of reduce-only orders. `held` is the position towards `side` as it is.
   */
  worst(instrument: number, side: number, held: number, more: number, reducing: number): number {
    const at = side > 0 ? 2 * instrument : 2 * instrument + 1;
    const closes = this.#reducing[at] + reducing;
    return this.#lots[at] - this.#reducing[at] + more + (held >= 0 ? held : Math.min(0, held + closes));
  }

  /** Orders open in a scope. */
  count(scope: number): number {
    return this.#counts[scope];
  }

  /** Minor units that the open orders of a currency may take out of the cash. */
  paid(currency: number): number {
    return this.#paid[currency];
  }

  /** Lots that an order may still come to. */
  left(slot: number): number {
    return slot < this.#left.length ? this.#left[slot] : 0;
  }

  /** Minor units that an order may still take out of the cash. */
  money(slot: number): number {
    return slot < this.#money.length ? this.#money[slot] : 0;
  }

  /** What {@linkcode lookEach} found last. */
  get each(): number {
    return this.#found[0];
  }

  /**
   * Works out the minor units that a lot of an order at `price` would take out of the cash: of an open order no less than it has
   * taken so far. NaN where there is no price to say so.
   */
  lookEach(slot: number, price: number): void {
    const counted = slot < this.#counted.length && this.#counted[slot] !== 0, taken = counted ? this.#each[slot] : 0;
    if (!counted || price === price) this.#lookAt(slot, price);
    else this.#found[0] = taken;
    if (counted) this.#found[0] = Math.max(taken, this.#found[0]);
  }

  /** The order in `slot` leaves; `lots` is what it was judged as. */
  leaves(slot: number, lots: number): void {
    if (slot >= this.#counted.length) this.#grow();
    const money = this.orders.quote[slot] !== 0;
    this.#counted[slot] = money ? UNSIZED : COUNTED;
    this.#most[slot] = money ? lots : 0;
    this.#nextPrice[slot] = NaN;
    this.#left[slot] = this.#money[slot] = 0;
    this.#reprice(slot);
    this.#count(this.orders.instrument[slot], 1);
    this.#weigh(slot);
  }

  /** An amend of the order to a price and size (in all) leaves. */
  amends(slot: number, price: number, size: number): void {
    if (this.#counted[slot] === 0) return;
    this.#most[slot] = this.#counted[slot] === UNSIZED ? Math.max(size, this.#most[slot]) : size;
    this.#nextPrice[slot] = price;
    if (price === price) this.#reprice(slot);
    this.#weigh(slot);
  }

  /** The order stands as its columns say, after an event of order_life.ts. */
  stands(slot: number, event: number): void {
    if (this.#counted[slot] === 0) return;
    const { orders } = this;
    if (event === SIZED || event === REPLACE_DONE) this.#counted[slot] = COUNTED;
    if (orders.state[slot] !== PENDING_REPLACE) {
      const next = this.#nextPrice[slot];
      if (this.#counted[slot] === COUNTED) this.#most[slot] = 0;
      this.#nextPrice[slot] = NaN;
      // Whoever amended it, and whether that was done: the order has one price again.
      if (next === next || (event === REPLACE_DONE && orders.price[slot] === orders.price[slot])) this.#reprice(slot);
    }
    const ended = isFinal(orders.state[slot]);
    if (ended) this.#most[slot] = -Infinity;
    this.#weigh(slot);
    if (!ended) return;
    this.#counted[slot] = 0;
    this.#count(orders.instrument[slot], -1);
  }

  /**
   * Lots of our own orders that an order of `side` could meet at a limit price, NaN for one without.
   *
   * Orders that wait for a trigger, and those that did, are not looked at.
   */
  meets(instrument: number, side: number, price: number): number {
    if (this.lots(instrument, -side) === 0) return 0;
    // No other price is so far from its own side.
    const limit = price === price ? price : side * Infinity;
    if (side > 0 ? this.#lowestSell[instrument] > limit : this.#highestBuy[instrument] < limit) return 0;
    const { orders } = this;
    let lots = 0, nearest = side * Infinity;
    for (let k = 0; k < orders.live; k++) {
      const slot = orders.liveSlot(k);
      if (!this.#rests(slot, instrument, -side)) continue;
      const next = this.#nextPrice[slot];
      let worst = orders.price[slot];
      if (side * next < side * worst) worst = next;
      if (side * worst < side * nearest) nearest = worst;
      if (side * worst <= side * limit) lots += this.#left[slot];
    }
    if (side > 0) this.#lowestSell[instrument] = nearest;
    else this.#highestBuy[instrument] = nearest;
    return lots;
  }

  /** Counts money from now on, or no longer. */
  countMoney(on: boolean): void {
    if (on === this.#pays) return;
    this.#pays = on;
    for (let k = 0; k < this.orders.live; k++) {
      const slot = this.orders.liveSlot(k);
      if (this.#counted[slot] === 0) continue;
      this.#reprice(slot);
      this.#weigh(slot);
    }
  }

  /** Works out again what an order may come to, and what all do. */
  #weigh(slot: number): void {
    const { orders } = this;
    const instrument = orders.instrument[slot], side = orders.side[slot];
    const most = this.#most[slot];
    const left = most === -Infinity ? 0 : Math.max(0, Math.max(orders.size[slot], most) - orders.filled[slot]);
    const at = side > 0 ? 2 * instrument : 2 * instrument + 1, more = left - this.#left[slot];
    this.#lots[at] += more;
    if (orders.flags[slot] & REDUCE_ONLY) this.#reducing[at] += more;
    this.#left[slot] = left;
    if (!this.#pays && this.#money[slot] === 0) return;
    const money = this.#pays ? left * this.#each[slot] : 0;
    this.#paid[this.valuation.currencyOf[instrument]] += money - this.#money[slot];
    this.#money[slot] = money;
  }

  /** Says what a lot of an order costs at the worse of its price and that of an amend on its way. */
  #reprice(slot: number): void {
    const price = this.orders.price[slot], next = this.#nextPrice[slot];
    this.#mark(slot, price);
    if (next === next) this.#mark(slot, next);
    if (!this.#pays) return;
    this.#lookAt(slot, price);
    const now = this.#found[0];
    if (next === next) this.#lookAt(slot, next);
    const then = this.#found[0];
    const worse = Math.max(now, then);
    // Without a price it was let through before money was counted.
    this.#each[slot] = worse === worse ? worse : 0;
  }

  /** Works out what a lot would cost at a price. */
  #lookAt(slot: number, price: number): void {
    const { orders, worth } = this;
    const instrument = orders.instrument[slot], type = orders.type[slot];
    if (orders.side[slot] !== worth.payer(instrument)) return void (this.#found[0] = 0);
    if (price === price) return void (this.#found[0] = worth.paid(instrument, 2 * price));
    const middle = worth.paid(instrument, this.price2(instrument));
    const waits = type === STOP || type === MARKET_IF_TOUCHED;
    this.#found[0] = waits ? Math.max(middle, worth.paid(instrument, 2 * orders.trigger[slot])) : middle;
  }

  #count(instrument: number, orders: number): void {
    for (let scope = 0; scope < WIDE_SCOPES; scope++) this.#counts[scope] += orders;
    this.#counts[WIDE_SCOPES + instrument] += orders;
  }

  #mark(slot: number, price: number): void {
    const { instrument, side, type } = this.orders;
    if (type[slot] !== LIMIT && type[slot] !== ICEBERG) return;
    const i = instrument[slot];
    if (side[slot] > 0) { if (price > this.#highestBuy[i]) this.#highestBuy[i] = price; }
    else if (price < this.#lowestSell[i]) this.#lowestSell[i] = price;
  }

  #rests(slot: number, instrument: number, side: number): boolean {
    const { orders } = this, type = orders.type[slot];
    return orders.instrument[slot] === instrument && orders.side[slot] === side && this.#counted[slot] !== 0 &&
      (type === LIMIT || type === ICEBERG);
  }

  #grow(): void {
    const length = this.orders.capacity;
    this.#counted = wider(this.#counted, length);
    this.#left = wider(this.#left, length);
    this.#most = wider(this.#most, length);
    this.#money = wider(this.#money, length);
    this.#each = wider(this.#each, length);
    this.#nextPrice = wider(this.#nextPrice, length);
  }

  save(to: StateWriter): void {
    for (const column of this.#sums()) to.column(column);
    for (const column of [this.#counted, this.#left, this.#most, this.#money, this.#each, this.#nextPrice]) {
      to.column(column);
    }
  }

  load(from: StateReader): void {
    for (const column of this.#sums()) from.into(column);
    this.#counted = from.column(this.#counted);
    this.#left = from.column(this.#left);
    this.#most = from.column(this.#most);
    this.#money = from.column(this.#money);
    this.#each = from.column(this.#each);
    this.#nextPrice = from.column(this.#nextPrice);
  }

  #sums(): Column[] {
    return [this.#lots, this.#reducing, this.#counts, this.#paid, this.#highestBuy, this.#lowestSell];
  }
}
