import type { Columns } from "../feed/columns.ts";
import type { SessionVenue } from "../core/session_venue.ts";
import type { Code } from "../core/codes.ts";

/** Where requests go that no venue of the session takes: to an exchange, or, when a session is made again, nowhere. */
export interface AwayOrders {
  /** The order in `slot` leaves. */
  submit(slot: number): void;
  cancel(slot: number): void;
  /** It is to have another price, in ticks, and size in all, in lots. */
  amend(slot: number, price: number, size: number): void;
}

/** Requests that lead nowhere: a session that is made again sends nothing. */
export const NOWHERE: AwayOrders = { submit() {}, cancel() {}, amend() {} };

/** An exchange in the place of a venue: it matches nothing here, hands requests on, and answers by `Session.report`. */
export class AwayVenue implements SessionVenue {
  now = 0;
  answered = false;
  readonly expired = false;
  readonly open = 0;
  readonly unknownOrders = 0;
  readonly #orders: AwayOrders;

  constructor(orders: AwayOrders) {
    this.#orders = orders;
  }

  advance(columns: Columns): number {
    return columns.rows;
  }

  next(): number {
    return Infinity;
  }

  hold(): void {}

  arrive(slot: number): void {
    this.#orders.submit(slot);
  }

  cancel(slot: number): void {
    this.#orders.cancel(slot);
  }

  amend(slot: number, price: number, size: number): void {
    this.#orders.amend(slot, price, size);
  }

  timeUp(): void {}

  /** Nothing: what becomes of orders is the exchange's to say. */
  cancelAll(_code: Code): void {}

  rebase(): void {}

  /** There is nothing to keep: what is open stands in the order table. */
  save(): void {}

  load(): void {}
}
