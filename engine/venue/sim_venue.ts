// Over 400 lines because all that an order can be decides together what becomes of it when it arrives.
import { AT_EXCHANGE, BUY, EXPIRY, SELL, SPLIT } from "../core/event.ts";
import { Code } from "../core/codes.ts";
import {
  DAY,
  FOK,
  GTC,
  GTD,
  ICEBERG,
  IOC,
  LIMIT,
  MARKET,
  MARKET_IF_TOUCHED,
  type OrderTable,
  POST_ONLY,
  REDUCE_ONLY,
  STOP,
  TRAILING_STOP,
} from "../oms/order_table.ts";
import {
  ACKNOWLEDGED,
  CANCEL_DONE,
  EXPIRE,
  FILL,
  REINSTATE,
  REJECT,
  REPLACE_DONE,
  REQUEST_REFUSED,
  SIZED,
  SUSPEND,
  TRIGGER,
} from "../oms/order_life.ts";
import type { Columns } from "../feed/columns.ts";
import type { SessionVenue } from "../core/session_venue.ts";
import type { AnswerSink } from "./answer_sink.ts";
import { MAKER } from "./liquidity.ts";
import { Triggers } from "./triggers.ts";
import type { VenueOptions } from "./venue_options.ts";
import { WakeUps } from "./wake_ups.ts";
import { Working } from "./working.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { wider } from "../core/wider.ts";

/**
 * A simulated venue: takes orders, matches them against a recorded market, answers.
 *
 * This part is the same for every kind of tape: order types, time in force, triggers, self-trade prevention. What stands
 * opposite, and how resting orders come to be filled, is for the subclass.
 *
 * - An order meets the market as it stands when the order arrives, never as it stood when it was sent.
 * - Stops and touches trigger on a trade at or through the price, or when the side they would trade against reaches it.
 * - An order that waited for its trigger is told when it fires. One whose trigger is reached as it arrives has never waited:
 *   it is the market or limit order it becomes.
 * - A trailing stop follows the trades and the touch from the moment it arrives.
 * - Our orders are not in the tape's book: they meet each other only through the self-trade policy, and only where nothing
 *   of the market stands before them.
 * - With `whole`, a marketable order is filled at the best opposite price, however large it is.
 * - With `partial`, it walks the book to its limit, and what it took is gone.
 * - During a halt new orders and amends that lose their place are refused, nothing triggers, and books that cross fill
 *   nobody; a trade that prints all the same counts as one. Orders that are open then are suspended, all of them, and
 *   reinstated when it ends.
 * - A reduce-only order never trades more than the position it reduces, as the venue knows it; when there is none left, it
 *   ends upon its own fill, and waits upon another's.
 */
export abstract class SimVenue implements SessionVenue {
  /** Time at the venue, a time of the session's clock. */
  now = 0;
  /** Set by an answer: the session may have to look at its queue again. */
  answered = false;
  halted = false;
  expired = false;
  /** Our position here in lots, by fills at the venue's own time and what it was told: for reduce-only. */
  position = 0;
  /** Rows that named an order which is not in the book. */
  unknownOrders = 0;
  /** Executions so far: the number of the last. */
  executions = 0;

  protected readonly bids: Working;
  protected readonly asks: Working;
  /** Orders that wait for their trigger, and what it is. */
  protected readonly waiting: number[] = [];
  protected readonly triggers: Triggers;
  /** By slot: lots still to fill; the price it rests at; lots shown of an iceberg. */
  protected left = new Float64Array(256);
  protected price = new Float64Array(256);
  protected shown = new Float64Array(256);
  /** By slot: lots filled. */
  #done = new Float64Array(256);
  /** When the session will call `timeUp`. */
  readonly #wakes: WakeUps;
  /** How the last order to arrive met the market: it traded, its owner has heard of it, it has ended. */
  readonly #meeting = { traded: false, answered: false, ended: false };
  /** By slot: what kind of hold the venue has on it. */
  #place = new Uint8Array(256);

  constructor(
    protected readonly orders: OrderTable,
    protected readonly options: VenueOptions,
    protected readonly out: AnswerSink,
  ) {
    this.triggers = new Triggers(orders);
    this.#wakes = new WakeUps(out);
    const priceOf = (slot: number) => this.price[slot];
    this.bids = new Working(BUY, priceOf);
    this.asks = new Working(SELL, priceOf);
  }

  /** Best bid in ticks, -Infinity where there is none. */
  abstract get bestBid(): number;
  /** Best ask in ticks, Infinity where there is none. */
  abstract get bestAsk(): number;

  abstract advance(columns: Columns, from: number, limit: number): number;

  /** Time of what comes next at the venue, with its cursor at `row`. */
  next(columns: Columns, row: number): number {
    return columns.timeOf(AT_EXCHANGE, row);
  }

  /** Lots that an order of `side` could take down to `limit` (±Infinity for a market order). */
  protected abstract available(side: number, limit: number): number;
  /** Takes up to `lots` for an order, calling `filled` for each piece; returns the lots taken. */
  protected abstract take(slot: number, side: number, limit: number, lots: number): number;
  /** An order now rests at its price, behind all that stands there. */
  protected abstract rests(slot: number): void;
  /** An order rests no more. */
  protected abstract leaves(slot: number): void;
  /** An order keeps its place with fewer lots. */
  protected abstract shrinks(slot: number): void;

  /** Orders resting or waiting for a trigger. */
  get open(): number {
    return this.bids.count + this.asks.count + this.waiting.length;
  }

  /** Whether an order rests at its price, and does not wait for a trigger. */
  isResting(slot: number): boolean {
    return this.#place[slot] === RESTING;
  }

  /** A new order arrives. */
  arrive(slot: number): void {
    this.#fit(slot);
    const orders = this.orders;
    const side = orders.side[slot], type = orders.type[slot];
    this.left[slot] = orders.size[slot];
    this.price[slot] = orders.price[slot];
    this.#done[slot] = 0;
    if (this.expired) return this.out.answer(REJECT, slot, 0, 0, 0, Code.DELISTED);
    if (this.halted) return this.out.answer(REJECT, slot, 0, 0, 0, Code.HALTED);
    if (orders.tif[slot] === GTD || orders.tif[slot] === DAY) {
      if (orders.expires[slot] <= this.now) return this.out.answer(EXPIRE, slot, 0, 0, 0, Code.TIME_UP);
      this.#wakes.ask(orders.expires[slot]);
    }
    if (type === MARKET || type === LIMIT || type === ICEBERG) return this.#activate(slot, false);
    this.triggers.begin(slot);
    if (type === TRAILING_STOP) this.triggers.trail(slot, side === BUY ? this.bestAsk : this.bestBid);
    if (this.triggers.reached(slot, side === BUY ? this.bestAsk : this.bestBid)) return this.#activate(slot, false);
    this.#place[slot] = WAITING;
    this.waiting.push(slot);
    this.out.answer(ACKNOWLEDGED, slot, 0, 0, 0, 0);
  }

  /** A request to cancel arrives. */
  cancel(slot: number): void {
    if (this.#place[slot] === 0) return this.out.answer(REQUEST_REFUSED, slot, 0, 0, 0, Code.TOO_LATE);
    this.#withdraw(slot);
    this.out.answer(CANCEL_DONE, slot, 0, 0, 0, 0);
  }

  /** A request arrives to make it `price` and `size` lots in all. Fewer lots keep the place in the queue; all else loses it. */
  amend(slot: number, price: number, size: number): void {
    const place = this.#place[slot], left = size - this.#done[slot];
    if (place === 0) return this.out.answer(REQUEST_REFUSED, slot, 0, 0, 0, Code.TOO_LATE);
    if (left <= 0) {
      this.#withdraw(slot);
      return this.out.answer(CANCEL_DONE, slot, 0, 0, 0, 0);
    }
    const stays = place !== RESTING || (price === this.price[slot] && left <= this.left[slot]);
    if (this.halted && !stays) return this.out.answer(REQUEST_REFUSED, slot, 0, 0, 0, Code.HALTED);
    this.out.answer(REPLACE_DONE, slot, price, size, 0, 0);
    if (!stays) this.#withdraw(slot);
    this.left[slot] = left;
    this.price[slot] = price;
    if (!stays) return this.#activate(slot, true);
    this.shown[slot] = Math.min(this.shown[slot], left);
    if (place === RESTING) this.shrinks(slot);
  }

  /** The time asked for by `wake` has come: GTD and day orders that are due end. */
  timeUp(): void {
    this.#wakes.over();
    let next = Infinity;
    for (
      const slots of [[...this.bids.slots.subarray(0, this.bids.count)], [
        ...this.asks.slots.subarray(0, this.asks.count),
      ], [...this.waiting]]
    ) {
      for (const slot of slots) {
        const due = this.orders.expires[slot];
        if (due <= this.now) this.#end(slot, Code.TIME_UP);
        else if (due < next) next = due;
      }
    }
    if (next !== Infinity) this.#wakes.ask(next);
  }

  /** Ends every open order with `code`: expiry, liquidation. */
  cancelAll(code: Code): void {
    for (const list of [this.bids, this.asks]) {
      while (list.count > 0) this.#end(list.slots[0], code);
    }
    while (this.waiting.length > 0) this.#end(this.waiting[0], code);
  }

  /** Takes `shift` off every time held. */
  rebase(shift: number): void {
    this.now -= shift;
    this.#wakes.rebase(shift);
    // Times in force that were out of the clock's reach may have come into it.
    for (const { slots, count } of [this.bids, this.asks]) {
      for (let i = 0; i < count; i++) {
        if (this.orders.expires[slots[i]] < Infinity) this.#wakes.ask(this.orders.expires[slots[i]]);
      }
    }
    for (const slot of this.waiting) {
      if (this.orders.expires[slot] < Infinity) this.#wakes.ask(this.orders.expires[slot]);
    }
  }

  hold(lots: number): void {
    this.position += lots;
  }

  /** A resting or arriving order traded `lots` at `price`. */
  protected filled(slot: number, price: number, lots: number, liquidity: number): void {
    this.left[slot] -= lots;
    this.#done[slot] += lots;
    this.position += this.orders.side[slot] * lots;
    if (this.left[slot] <= 0 && this.#place[slot] !== 0) this.#withdraw(slot);
    this.out.answer(FILL, slot, price, lots, liquidity, ++this.executions);
    if (liquidity === MAKER) this.#afterMakerFill(slot, lots);
  }

  /** Lots of a resting order that can trade now: all that are left, or what an iceberg shows. */
  protected tradable(slot: number): number {
    const lots = this.fillable(slot);
    return this.orders.type[slot] === ICEBERG ? Math.min(lots, this.shown[slot]) : lots;
  }

  /** Lots of an order that may trade, hidden ones too. */
  protected fillable(slot: number): number {
    const { flags, side } = this.orders;
    const lots = this.left[slot];
    return flags[slot] & REDUCE_ONLY ? Math.min(lots, Math.max(0, -side[slot] * this.position)) : lots;
  }

  /** Expiry and splits, as they happen at the venue. */
  protected corporate(kind: number, price: number, size: number): void {
    if (kind === EXPIRY) {
      this.expired = true;
      this.position = 0;
      this.cancelAll(Code.DELISTED);
    } else if (kind === SPLIT) {
      this.position = Math.trunc((this.position * price) / size);
      this.cancelAll(Code.CORPORATE_ACTION);
    }
  }

  /** Triggers what waits, after a trade at `last` (NaN: none), or a change of the touch. */
  protected trigger(last: number): void {
    if (this.halted) return;
    for (let i = 0; i < this.waiting.length;) {
      const slot = this.waiting[i];
      const side = this.orders.side[slot];
      const touch = side === BUY ? this.bestAsk : this.bestBid;
      if (this.orders.type[slot] === TRAILING_STOP) {
        this.triggers.trail(slot, touch);
        if (last === last) this.triggers.trail(slot, last);
      }
      const reached = this.triggers.reached(slot, touch) || (last === last && this.triggers.reached(slot, last));
      if (reached && this.#place[slot] !== PARKED) this.#fireAt(i);
      else i++;
    }
  }

  /** Triggers an order that waits, whatever its trigger says: it meets the market as it stands. */
  protected fire(slot: number): void {
    this.#fireAt(this.waiting.indexOf(slot));
  }

  /** Trading halts, or goes on: what is open is suspended, or reinstated. */
  protected status(open: boolean): void {
    if (this.halted !== open) return;
    this.halted = !open;
    const event = open ? REINSTATE : SUSPEND;
    for (const { slots, count } of [this.bids, this.asks]) {
      for (let k = 0; k < count; k++) this.out.answer(event, slots[k], 0, 0, 0, 0);
    }
    for (const slot of this.waiting) this.out.answer(event, slot, 0, 0, 0, 0);
  }

  /** Ends an open order with `code`. */
  protected end(slot: number, code: Code): void {
    this.#end(slot, code);
  }

  #fireAt(index: number): void {
    const slot = this.waiting[index];
    this.waiting.splice(index, 1);
    this.#place[slot] = 0;
    this.out.answer(TRIGGER, slot, 0, 0, 0, 0);
    this.#activate(slot, true);
  }

  #activate(slot: number, known: boolean): void {
    const orders = this.orders;
    const side = orders.side[slot], type = orders.type[slot], tif = orders.tif[slot], flags = orders.flags[slot];
    const market = type === MARKET || type === STOP || type === MARKET_IF_TOUCHED || type === TRAILING_STOP;
    if ((market || tif === IOC || tif === FOK) && this.waitsForMarket()) return this.#park(slot, known);
    const limit = market ? side * Infinity : this.price[slot];
    const best = side === BUY ? this.bestAsk : this.bestBid;
    const empty = Math.abs(best) === Infinity;
    const crosses = !empty && side * limit >= side * best;
    if (flags & REDUCE_ONLY && side * this.position >= 0) return this.#refuse(slot, known, Code.NOT_REDUCING);
    if (crosses && flags & POST_ONLY) return this.#expire(slot, Code.WOULD_CROSS);
    if (orders.quote[slot] > 0) {
      if (empty) return this.#expire(slot, Code.NO_LIQUIDITY);
      this.left[slot] += Math.floor(orders.quote[slot] / best);
      if (!(this.left[slot] > 0 && best > 0)) return this.#refuse(slot, known, Code.SIZE_GRID);
      this.out.answer(SIZED, slot, 0, this.left[slot], 0, 0);
      known = true;
    }
    const wanted = this.fillable(slot);
    if (tif === FOK && !this.#wholly(slot, side, limit, wanted, crosses)) return;
    const meeting = this.#meeting;
    this.#meet(slot, side, limit, wanted, crosses);
    if (meeting.ended || this.left[slot] <= 0) return;
    if (market || (tif !== GTC && tif !== GTD && tif !== DAY)) {
      return this.#expire(slot, market && !meeting.traded ? Code.NO_LIQUIDITY : Code.NOT_IMMEDIATE);
    }
    if (!known && !meeting.answered) this.out.answer(ACKNOWLEDGED, slot, 0, 0, 0, 0);
    this.shown[slot] = type === ICEBERG ? Math.min(orders.display[slot], this.left[slot]) : this.left[slot];
    this.#place[slot] = RESTING;
    (side === BUY ? this.bids : this.asks).add(slot);
    this.rests(slot);
  }

  /** Lots of the market that an arriving order trades with before it meets this resting one; here a best price has no end. */
  protected before(slot: number): number {
    const side = this.orders.side[slot], best = side === BUY ? this.bestBid : this.bestAsk;
    return side * this.price[slot] >= side * best ? 0 : Infinity;
  }

  /** Whether there is no market now, and orders that cannot rest wait for the next price: so it is within a bar. */
  protected waitsForMarket(): boolean {
    return false;
  }

  /** Tries again what waits for a market. */
  protected retry(): void {
    for (let i = 0; i < this.waiting.length;) {
      const slot = this.waiting[i];
      if (this.#place[slot] === PARKED) {
        this.waiting.splice(i, 1);
        this.#place[slot] = 0;
        this.#activate(slot, true);
      } else i++;
    }
  }

  #park(slot: number, known: boolean): void {
    this.#place[slot] = PARKED;
    this.waiting.push(slot);
    if (!known) this.out.answer(ACKNOWLEDGED, slot, 0, 0, 0, 0);
  }

  /** Whether a fill-or-kill order can go ahead; where it cannot, it has ended. */
  #wholly(slot: number, side: number, limit: number, wanted: number, crosses: boolean): boolean {
    if (!crosses || this.available(side, limit) < wanted) {
      this.#expire(slot, Code.NOT_FILLED_WHOLE);
      return false;
    }
    const { selfTrade } = this.options;
    const resting = this.#ownWithin(side, limit, wanted);
    if (resting < 0 || selfTrade === "allow" || selfTrade === "cancel_oldest") return true;
    if (selfTrade === "cancel_both") this.#end(resting, Code.SELF_TRADE);
    this.#expire(slot, Code.SELF_TRADE);
    return false;
  }

  /** The first order of ours that one of `lots` on the other side would meet; -1 where there is none. */
  #ownWithin(side: number, limit: number, lots: number): number {
    const other = side === BUY ? this.asks : this.bids;
    if (other.count === 0) return -1;
    const resting = other.slots[0];
    return side * this.price[resting] <= side * limit && this.before(resting) < lots ? resting : -1;
  }

  /** Trades an arriving order against the market, and applies the self-trade policy where it meets one of ours. */
  #meet(slot: number, side: number, limit: number, wanted: number, crosses: boolean): void {
    const meeting = this.#meeting, policy = this.options.selfTrade;
    meeting.traded = meeting.answered = meeting.ended = false;
    let lots = wanted;
    while (policy !== "allow") {
      const resting = this.#ownWithin(side, limit, lots);
      if (resting < 0) break;
      const before = this.before(resting);
      if (before > 0) {
        lots -= this.take(slot, side, this.price[resting], before);
        meeting.traded = true;
      }
      if (policy === "decrement") {
        const less = Math.min(lots, this.left[resting]);
        lots -= less;
        this.#decrement(resting, less);
        if (this.left[resting] <= 0) this.#end(resting, Code.SELF_TRADE);
        this.#decrement(slot, less);
        meeting.answered = true;
        meeting.ended = this.left[slot] <= 0;
      } else {
        if (policy !== "cancel_newest") this.#end(resting, Code.SELF_TRADE);
        meeting.ended = policy !== "cancel_oldest";
      }
      if (meeting.ended) return this.#expire(slot, Code.SELF_TRADE);
    }
    if (crosses && lots > 0 && this.take(slot, side, limit, lots) > 0) meeting.traded = true;
    meeting.answered ||= meeting.traded;
  }

  /** Takes lots off an order without a trade; where some are left, its owner is told how many it has now. */
  #decrement(slot: number, lots: number): void {
    const left = this.left[slot] -= lots;
    if (left <= 0) return;
    this.out.answer(SIZED, slot, 0, this.#done[slot] + left, 0, Code.SELF_TRADE);
    if (this.#place[slot] !== RESTING) return;
    this.shown[slot] = Math.min(this.shown[slot], left);
    this.shrinks(slot);
  }

  #afterMakerFill(slot: number, lots: number): void {
    if (this.#place[slot] !== RESTING) return;
    const flags = this.orders.flags[slot];
    if (this.orders.type[slot] === ICEBERG) {
      this.shown[slot] -= lots;
      if (this.shown[slot] <= 0) {
        // The next slice is a new order to the market: it goes behind all that stands there.
        this.shown[slot] = Math.min(this.orders.display[slot], this.left[slot]);
        const list = this.orders.side[slot] === BUY ? this.bids : this.asks;
        this.leaves(slot);
        list.remove(slot);
        list.add(slot);
        this.rests(slot);
      }
    }
    if (flags & REDUCE_ONLY && -this.orders.side[slot] * this.position <= 0) this.#end(slot, Code.NOT_REDUCING);
  }

  #refuse(slot: number, known: boolean, code: Code): void {
    this.out.answer(known ? EXPIRE : REJECT, slot, 0, 0, 0, code);
  }

  #expire(slot: number, code: Code): void {
    this.out.answer(EXPIRE, slot, 0, 0, 0, code);
  }

  #end(slot: number, code: Code): void {
    this.#withdraw(slot);
    this.out.answer(code === Code.TIME_UP ? EXPIRE : CANCEL_DONE, slot, 0, 0, 0, code);
  }

  #withdraw(slot: number): void {
    if (this.#place[slot] === RESTING) {
      this.leaves(slot);
      (this.orders.side[slot] === BUY ? this.bids : this.asks).remove(slot);
    } else {
      this.waiting.splice(this.waiting.indexOf(slot), 1);
    }
    this.#place[slot] = 0;
  }

  #fit(slot: number): void {
    if (slot < this.left.length) return;
    const length = this.orders.capacity;
    this.left = wider(this.left, length);
    this.price = wider(this.price, length);
    this.triggers.widen(length);
    this.shown = wider(this.shown, length);
    this.#done = wider(this.#done, length);
    this.#place = wider(this.#place, length);
    this.widen(length);
  }

  /** The subclass's own columns by slot need `length` places. */
  protected abstract widen(length: number): void;

  save(to: StateWriter): void {
    to.section("venue", 1, () => {
      to.numbers(this.now, this.position, this.unknownOrders, this.executions);
      for (const flag of [this.answered, this.halted, this.expired]) to.flag(flag);
      to.column(this.#place);
      for (const column of [this.left, this.price, this.triggers.extreme, this.shown, this.#done]) to.column(column);
      this.bids.save(to);
      this.asks.save(to);
      to.column(Int32Array.from(this.waiting));
      this.#wakes.save(to);
      this.saveMore(to);
    });
  }

  load(from: StateReader): void {
    from.section("venue", 1, () => {
      this.now = from.number();
      this.position = from.number();
      this.unknownOrders = from.number();
      this.executions = from.number();
      this.answered = from.flag();
      this.halted = from.flag();
      this.expired = from.flag();
      this.#place = from.column(this.#place);
      this.left = from.column(this.left);
      this.price = from.column(this.price);
      this.triggers.extreme = from.column(this.triggers.extreme);
      this.shown = from.column(this.shown);
      this.#done = from.column(this.#done);
      this.bids.load(from);
      this.asks.load(from);
      this.waiting.splice(0, Infinity, ...from.column(new Int32Array(0)));
      this.#wakes.load(from);
      this.loadMore(from);
    });
  }

  /** What the subclass knows beside. */
  protected abstract saveMore(to: StateWriter): void;
  protected abstract loadMore(from: StateReader): void;
}

const RESTING = 1;
const WAITING = 2;
const PARKED = 3;
