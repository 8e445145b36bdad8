import { ADD, AT_EXCHANGE, CLEAR, EXECUTE, KIND_NAMES, NONE } from "../core/event.ts";
import { UNKNOWN_ORDER } from "../book/book.ts";
import { L3Book } from "../book/l3.ts";
import { applyOrderRow } from "../book/l3_rows.ts";
import type { TapeBatch } from "./tape_reader.ts";

/** A row that changes, cancels or executes an order which is not in the book. */
export interface UnknownOrder {
  /** The tape's row, from 1. */
  readonly row: number;
  /** "modify", "cancel" or "execute". */
  readonly kind: string;
  /** The order's id, which does not fit in a JSON number. */
  readonly order: string;
}

/** How many rows of a tape do so, and the first of them. */
export interface UnknownOrdersMeta {
  /** How many there are. */
  readonly count: number;
  /** The first of them. */
  readonly first: UnknownOrder;
}

/**
 * Follows the orders of a tape, as the exchange saw them, and finds rows about ids that nobody added.
 *
 * - Such a row does nothing to the book, and a session goes on: it is counted as UNKNOWN_ORDER.
 * - Most often the source began in the middle of a session; a snapshot, or the session's start, has all orders.
 *
 * Cost: one change of an L3 book a row; memory is that of the orders alive.
 *
 * @example
 * ```ts
 * import { ADD, BUY, CANCEL, NONE } from "../core/event.ts";
 * import { UnknownOrders } from "./unknown_orders.ts";
 * const orders = new UnknownOrders();
 * orders.take(1, ADD, 7, 0, BUY, 100, 5);
 * orders.take(2, CANCEL, 7, 0, BUY, 100, 5);
 * orders.take(3, CANCEL, 7, 0, BUY, 100, 5);
 * const { count, first } = orders.found()!;
 * if (count !== 1 || first.row !== 3 || first.order !== "7") throw new Error("unexpected");
 * ```
 */
export class UnknownOrders {
  readonly #book = new L3Book();
  #count = 0;
  #first: UnknownOrder | undefined;

  /** The tape's row `row`, from 1; rows that the exchange's clock does not see are left out. */
  take(row: number, kind: number, idLow: number, idHigh: number, side: number, price: number, size: number): void {
    if (kind >= ADD && kind <= EXECUTE) {
      if (applyOrderRow(this.#book, kind, idLow, idHigh, side, price, size) !== UNKNOWN_ORDER) return;
      this.#count++;
      const order = BigInt(idHigh >>> 0) * 4294967296n + BigInt(idLow >>> 0);
      this.#first ??= { row, kind: KIND_NAMES[kind], order: order.toString() };
    } else if (kind === CLEAR) {
      if (side === NONE) this.#book.clear(NONE);
      else this.#book.clearThrough(side, price);
    }
  }

  /** Whether the best bid stands above the best ask. */
  get crossed(): boolean {
    return this.#book.bestBid > this.#book.bestAsk;
  }

  /** What was found; undefined where every order was known. */
  found(): UnknownOrdersMeta | undefined {
    return this.#first && { count: this.#count, first: this.#first };
  }
}

/** A tape of single orders as it is read here; any {@linkcode TapeReader} is one. */
interface OrdersTape {
  readonly batches: number;
  batch(index: number): TapeBatch;
}

/** The first row of an L3 tape about an unknown order; a pass over the tape up to it. */
export function firstUnknownOrder(tape: OrdersTape): UnknownOrder | undefined {
  const orders = new UnknownOrders();
  let before = 0;
  for (let index = 0; index < tape.batches; index++) {
    const { rows, kind, side, flags, price, size, order } = tape.batch(index);
    if (order === undefined) return undefined;
    for (let i = 0; i < rows; i++) {
      if ((flags[i] & AT_EXCHANGE) === 0) continue;
      const [low, high] = [order[2 * i], order[2 * i + 1]];
      orders.take(before + i + 1, kind[i], low, high, side[i], int64(price, i), int64(size, i));
      const found = orders.found();
      if (found !== undefined) return found.first;
    }
    before += rows;
  }
  return undefined;
}

/** "the first is tape row 3, a cancel of order 99: …", with why that is and what to do. */
export function unknownOrderText({ row, kind, order }: UnknownOrder): string {
  const what = `${kind === "execute" ? "an" : "a"} ${kind} of order ${order}`;
  return `the first is tape row ${row}, ${what}: the source begins in the middle of a session, or lost messages; ` +
    `begin it at a snapshot, or where the session starts`;
}

function int64(column: Int32Array, row: number): number {
  return column[2 * row + 1] * 4294967296 + (column[2 * row] >>> 0);
}
