import type { Columns } from "../feed/columns.ts";
import type { Code } from "../core/codes.ts";
import { ERA } from "../core/clock.ts";
import type { SessionVenue } from "../core/session_venue.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { CANCEL_DONE, canLive, FILL, REPLACE_DONE } from "../oms/order_life.ts";
import type { OrderTable } from "../oms/order_table.ts";
import type { AnswerSink } from "./answer_sink.ts";
import type { ToldAnswer, ToldOrders } from "./told_orders.ts";

/** An answer that is to be given, and the order it is about. */
interface Due extends Omit<ToldAnswer, "at"> {
  readonly order: number;
  readonly slot: number;
  readonly side: number;
  /** Session time. */
  time: number;
}

/**
 * A simulated venue to which some orders never come: of them it is known what an exchange said, and that is said again when it was
 * heard then. All others are simulated.
 *
 * - What was said of an order is said whatever has become of the strategy since: an order that it cancelled then ends then.
 * - A cancel of such an order at a moment at which there was none is done at once, where nothing more is to be said of the order; so is
 *   an amend.
 * - Orders that were told of trade against nobody here: neither do they stand in the simulated queue, nor do they take from the book.
 * - What cannot follow on how the order stands is left out. Of what comes when it is over and gone fills are booked as the session's own.
 *
 * | call | cost |
 * |---|---|
 * | each of a `SessionVenue` | that of the venue within, and the answers that are due of orders told of |
 */
export class ToldVenue implements SessionVenue {
  /** An answer that was told is given: it is here at once. */
  telling = false;
  #due: Due[] = [];
  #era: number;

  constructor(
    private readonly inner: SessionVenue,
    private readonly orders: OrderTable,
    private readonly told: ToldOrders,
    private readonly out: AnswerSink,
    era: number,
  ) {
    this.#era = era;
  }

  get now(): number {
    return this.inner.now;
  }

  set now(time: number) {
    this.inner.now = time;
  }

  get answered(): boolean {
    return this.inner.answered;
  }

  set answered(answered: boolean) {
    this.inner.answered = answered;
  }

  get expired(): boolean {
    return this.inner.expired;
  }

  get open(): number {
    return this.inner.open + this.#due.length;
  }

  get unknownOrders(): number {
    return this.inner.unknownOrders;
  }

  /** See `ToldOrders`. */
  get endless(): boolean {
    return this.told.endless;
  }

  /** Whether it is known what was said of the order in `slot`. */
  isTold(slot: number): boolean {
    return this.told.find(this.orders.id[slot]) !== undefined;
  }

  advance(columns: Columns, from: number, limit: number): number {
    return this.inner.advance(columns, from, limit);
  }

  next(columns: Columns, row: number): number {
    return this.inner.next(columns, row);
  }

  hold(lots: number): void {
    this.inner.hold(lots);
  }

  arrive(slot: number): void {
    const order = this.orders.id[slot], told = this.told.find(order);
    if (told === undefined) return this.inner.arrive(slot);
    const side = this.orders.side[slot];
    for (const { at, ...answer } of told.answers) {
      const time = Math.max(this.now, Number(at - BigInt(this.#era) * BigInt(ERA)));
      this.#due.push({ ...answer, order, slot, side, time });
      this.out.wake(time);
    }
    // Of those that are due at one time the first that was said goes first.
    this.#due.sort((a, b) => a.time - b.time);
  }

  cancel(slot: number): void {
    if (!this.isTold(slot)) return this.inner.cancel(slot);
    if (!this.#settles(slot)) this.out.answer(CANCEL_DONE, slot, 0, 0, 0, 0);
  }

  amend(slot: number, price: number, size: number): void {
    if (!this.isTold(slot)) return this.inner.amend(slot, price, size);
    if (!this.#settles(slot)) this.out.answer(REPLACE_DONE, slot, price, size, 0, 0);
  }

  timeUp(): void {
    const first = this.#due[0];
    if (first === undefined || first.time > this.now) return this.inner.timeUp();
    this.#due.shift();
    const { order, slot, side, event, price, lots, liquidity, code } = first;
    if (event === FILL) this.hold(side * lots);
    if (this.orders.slotOf(order) !== slot) return event === FILL ? this.out.booked?.(side, price, lots) : undefined;
    if (!canLive(this.orders, slot, event)) return;
    this.telling = true;
    this.out.answer(event, slot, price, lots, liquidity, event === FILL ? 0 : code);
    this.telling = false;
  }

  cancelAll(code: Code): void {
    this.inner.cancelAll(code);
  }

  rebase(shift: number): void {
    this.#era += shift / ERA;
    for (const due of this.#due) due.time -= shift;
    this.inner.rebase(shift);
  }

  save(_to: StateWriter): void {
    throw new RangeError("Cannot take a snapshot: what orders were told is not kept; run without snapshots");
  }

  load(_from: StateReader): void {}

  /** Whether a request about the order made now was made then, too, or more is to be said of the order. */
  #settles(slot: number): boolean {
    const order = this.orders.id[slot], { asked } = this.told.find(order)!;
    const now = BigInt(this.#era) * BigInt(ERA) + BigInt(this.now);
    return asked.includes(now) || this.#due.some((due) => due.order === order);
  }
}
