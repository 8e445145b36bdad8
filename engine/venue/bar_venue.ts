import { AT_EXCHANGE, AT_LOCAL, BUY, SELL } from "../core/event.ts";
import { type BarColumns, CLOSE, HIGH, LOW, OPEN } from "../feed/bar_columns.ts";
import { Code } from "../core/codes.ts";
import { MARKET_IF_TOUCHED, STOP, TRAILING_STOP } from "../oms/order_table.ts";
import { MAKER, TAKER } from "./liquidity.ts";
import { SimVenue } from "./sim_venue.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { wider } from "../core/wider.ts";

/** Points of a bar's path. */
const POINTS = 4;
const HIGH_FIRST = 1;
const LOW_FIRST = -1;

/**
 * A venue over a tape of bars, which is known to have been at four prices only, and to have moved between them somehow.
 *
 * The path:
 * - A bar is a path of four points, open, one extreme, the other extreme, close, at its open time, one third and two thirds
 *   of its span, and 1 ns before its close time: so what was filled within a bar is known when the bar is seen. Between
 *   two points the price moves one way.
 * - Which extreme is first: where orders of ours wait at both, the one that is worse for us. A stop is worse than a limit or
 *   a touch, so that a stop and a target in one bar resolve to the stop; among equals the one against our position; with
 *   no position, or orders at one extreme only, the one nearer to the open, the low where both are as near.
 * - The fills between two points are known at the latter. Whoever is told of a fill can act from the next piece of the
 *   path on, not within the piece.
 *
 * Fills:
 * - There is a market at the points and none between: a market order (and one that is IOC or FOK) waits for the next point
 *   and trades there, at the point's price. One that was sent when a bar was seen trades at the open of the next.
 * - At an open, stops and limits that it gapped through trade at the open, as in an auction.
 * - Along the path a stop or touch trades at its trigger price, and a limit at its own price, only where the path goes on
 *   beyond it: at its price alone nobody knows its place in the queue.
 * - An order that arrives between two points may have missed a part of the move. A stop then trades at the next point, a
 *   limit no better than the worse end of the piece; a trailing stop starts at the next point. A stop which the price was
 *   beyond when it arrived trades at the next point, as a market order does.
 * - A reduce-only order that the price reaches when there is nothing to reduce ends.
 * - Orders are filled whole, icebergs too: a bar's volume is no limit, and nothing of ours moves the price.
 *
 * | operation | cost |
 * |---|---|
 * | `advance` without open orders | one comparison a bar |
 * | `advance` with n open orders | four points a bar, O(n) each and for each fill |
 */
export class BarVenue extends SimVenue {
  /** The point that comes next in the bar at the cursor. */
  #point = 0;
  /** Points before this are over, though they may not be counted yet. */
  #passed = -Infinity;
  /** When that point is, as far as known: until then there is nothing to do. */
  #due = -Infinity;
  /** Which extreme of that bar was first, once it is decided; else 0. */
  #first = 0;
  /** The market at a point; none between. */
  #bid = -Infinity;
  #ask = Infinity;
  /** By slot: when the order arrived. */
  #joined = new Float64Array(256);

  get bestBid(): number {
    return this.#bid;
  }

  get bestAsk(): number {
    return this.#ask;
  }

  /**
   * Applies the points from bar `from` on that come before `limit`; stops early after one that made an answer. Returns the
   * bar to go on with, which may have points left.
   */
  advance(columns: BarColumns, from: number, limit: number): number {
    const { rows } = columns;
    this.answered = false;
    if (limit <= this.#due) return from;
    this.#due = -Infinity;
    if (this.open === 0) return this.#skip(columns, from, limit);
    if (this.#passed > -Infinity) this.#settle(columns, from);
    let row = from;
    while (row < rows) {
      if (this.open === 0) return this.#skip(columns, row, limit);
      const time = this.next(columns, row);
      if (!(time < limit)) {
        this.#due = time;
        return row;
      }
      this.now = time;
      this.#apply(columns, row);
      if (++this.#point === POINTS) {
        this.#enter();
        row++;
      }
      if (this.answered) return row;
    }
    return row;
  }

  override next(columns: BarColumns, row: number): number {
    if (this.#passed > -Infinity) this.#settle(columns, row);
    return pointTime(columns, row, this.#point);
  }

  override arrive(slot: number): void {
    super.arrive(slot);
    this.#joined[slot] = this.now;
  }

  override rebase(shift: number): void {
    super.rebase(shift);
    this.#due = -Infinity;
    this.#passed -= shift;
    for (let i = 0; i < this.#joined.length; i++) this.#joined[i] -= shift;
  }

  protected override waitsForMarket(): boolean {
    return this.#ask === Infinity;
  }

  protected available(): number {
    return this.#ask === Infinity ? 0 : Infinity;
  }

  protected take(slot: number, _side: number, _limit: number, lots: number): number {
    this.filled(slot, this.#ask, lots, TAKER);
    return lots;
  }

  protected rests(): void {}

  protected leaves(): void {}

  protected shrinks(): void {}

  protected widen(length: number): void {
    this.#joined = wider(this.#joined, length);
  }

  /**
   * Without open orders nothing can happen: goes to the first bar that has points at `limit` or later. Which they are is
   * worked out when somebody asks: most often the next call goes on from here.
   */
  #skip(columns: BarColumns, from: number, limit: number): number {
    let row = columns.seek(AT_LOCAL, from, limit);
    if (row > from) this.#enter();
    this.#passed = limit;
    if (row < columns.rows && columns.timeOf(AT_LOCAL, row) === limit) row = this.#settle(columns, row);
    return row;
  }

  /** Counts the points that have passed of the bar at the cursor, and of one that closes then; returns the bar to go on with. */
  #settle(columns: BarColumns, from: number): number {
    const limit = this.#passed;
    this.#passed = -Infinity;
    let row = from;
    // The bar may be under way; what of it is over must not be seen by an order that arrives now.
    while (row < columns.rows && pointTime(columns, row, this.#point) < limit) {
      if (++this.#point < POINTS) continue;
      this.#enter();
      row++;
    }
    return row;
  }

  /** The cursor comes to another bar. */
  #enter(): void {
    this.#point = this.#first = 0;
  }

  #apply(columns: BarColumns, row: number): void {
    const point = this.#point;
    const open = columns.at(OPEN, row);
    if (point === 0) return this.#gap(open);
    const high = columns.at(HIGH, row), low = columns.at(LOW, row);
    if (this.#first === 0) this.#first = point === 1 ? this.#choose(open, high, low) : nearer(open, high, low);
    const first = this.#first === HIGH_FIRST ? high : low, second = this.#first === HIGH_FIRST ? low : high;
    const since = pointTime(columns, row, point - 1);
    if (point === 1) this.#move(open, first, since);
    else if (point === 2) this.#move(first, second, since);
    else this.#move(second, columns.at(CLOSE, row), since);
  }

  /** A bar opens: all that waits for a market, and all that the price has jumped over, trades here. */
  #gap(price: number): void {
    this.#bid = this.#ask = price;
    this.retry();
    this.trigger(NaN);
    while (this.bids.count > 0 && price < this.bids.best) this.#make(this.bids.slots[0], price);
    while (this.asks.count > 0 && price > this.asks.best) this.#make(this.asks.slots[0], price);
    this.#bid = -Infinity;
    this.#ask = Infinity;
  }

  /** The price moves one way, from a point that was at time `since` to the next: orders trade in order of the path. */
  #move(from: number, to: number, since: number): void {
    for (;;) {
      let slot = -1, at = 0, distance = Infinity;
      for (const waiting of this.waiting) {
        const price = this.#triggerPrice(waiting, from, to, since);
        if (Math.abs(price - from) < distance) {
          slot = waiting;
          at = price;
          distance = Math.abs(price - from);
        }
      }
      const triggered = slot >= 0;
      let limit = false;
      for (const { count, slots, best } of [this.bids, this.asks]) {
        const side = count > 0 ? this.orders.side[slots[0]] : 0;
        if (count === 0 || side * to >= side * best) continue;
        const price = side * Math.min(side * best, Math.max(side * from, side * to));
        if (Math.abs(price - from) < distance) {
          slot = slots[0];
          at = price;
          distance = Math.abs(price - from);
          limit = true;
        }
      }
      if (slot < 0) break;
      if (limit) this.#make(slot, at);
      else if (triggered) this.#fireAt(slot, at);
    }
    this.#trail(to);
    this.#bid = this.#ask = to;
    if (this.waiting.length > 0) this.retry();
    this.#bid = -Infinity;
    this.#ask = Infinity;
  }

  /** Where on the way from one price to another a waiting order triggers; NaN where it does not. */
  #triggerPrice(slot: number, from: number, to: number, since: number): number {
    const { orders } = this;
    const side = orders.side[slot], type = orders.type[slot];
    if (type < STOP || type > TRAILING_STOP) return NaN;
    const late = this.#joined[slot] > since;
    if (type === MARKET_IF_TOUCHED) {
      const trigger = orders.trigger[slot];
      if (!late && side * from <= side * trigger) return to;
      if (side * to > side * trigger) return NaN;
      return side * Math.min(side * trigger, Math.max(side * from, side * to));
    }
    let trigger = orders.trigger[slot];
    if (type === TRAILING_STOP) {
      const start = this.triggers.extreme[slot];
      if (Math.abs(start) === Infinity && late) return NaN;
      trigger = side * orders.trigger[slot] + (Math.abs(start) === Infinity ? from : start);
    }
    if (!late && side * from >= side * trigger) return to;
    if (side * to < side * trigger) return NaN;
    return late ? to : trigger;
  }

  #fireAt(slot: number, price: number): void {
    this.#bid = this.#ask = price;
    this.fire(slot);
    this.#bid = -Infinity;
    this.#ask = Infinity;
  }

  /** A resting order trades whole; one that may only reduce, as far as there is something to reduce. */
  #make(slot: number, price: number): void {
    const lots = this.fillable(slot);
    if (lots > 0) this.filled(slot, price, lots, MAKER);
    else this.end(slot, Code.NOT_REDUCING);
  }

  /** Trailing stops follow the price to the end of a piece. */
  #trail(to: number): void {
    for (const slot of this.waiting) this.triggers.trail(slot, to);
  }

  #choose(open: number, high: number, low: number): number {
    let up = this.asks.count > 0 && high > this.asks.best ? 1 : 0;
    let down = this.bids.count > 0 && low < this.bids.best ? 1 : 0;
    for (const slot of this.waiting) {
      const side = this.orders.side[slot], type = this.orders.type[slot];
      const reached = !Number.isNaN(this.#triggerPrice(slot, open, side === BUY ? high : low, Infinity));
      const touched = !Number.isNaN(this.#triggerPrice(slot, open, side === SELL ? high : low, Infinity));
      if (type === MARKET_IF_TOUCHED) {
        if (touched && side === SELL) up = Math.max(up, 1);
        if (touched && side === BUY) down = Math.max(down, 1);
      } else if (reached) {
        if (side === BUY) up = 2;
        else down = 2;
      }
    }
    if (up === 0 || down === 0) return nearer(open, high, low);
    if (up !== down) return up > down ? HIGH_FIRST : LOW_FIRST;
    return this.position === 0 ? nearer(open, high, low) : this.position > 0 ? LOW_FIRST : HIGH_FIRST;
  }

  protected saveMore(to: StateWriter): void {
    to.numbers(this.#point, this.#passed, this.#due, this.#first, this.#bid, this.#ask);
    to.column(this.#joined);
  }

  protected loadMore(from: StateReader): void {
    this.#point = from.number();
    this.#passed = from.number();
    this.#due = from.number();
    this.#first = from.number();
    this.#bid = from.number();
    this.#ask = from.number();
    this.#joined = from.column(this.#joined);
  }
}

function nearer(open: number, high: number, low: number): number {
  return high - open < open - low ? HIGH_FIRST : LOW_FIRST;
}

/** When the path of a bar is at a point; Infinity where that is too far ahead of the clock's era. */
function pointTime(columns: BarColumns, row: number, point: number): number {
  const opens = columns.timeOf(AT_EXCHANGE, row);
  if (point === 0) return opens;
  const closes = columns.timeOf(AT_LOCAL, row);
  const span = closes - opens;
  if (point === 1) return opens + Math.floor(span / 3);
  const second = opens + Math.floor((2 * span) / 3);
  return point === 2 ? second : Math.max(second, closes - 1);
}
