import { ADD, CANCEL, EXECUTE, MODIFY } from "../core/event.ts";
import { BAD_SIZE, DONE, type OrderBook } from "./book.ts";

/**
 * Applies one row about a single order to a book; returns DONE, or the code of a refusal from book.ts.
 *
 * - A row that takes more than the order has left takes what is left.
 * - A MODIFY to size 0 is a CANCEL of all.
 * - Rows about orders that are not in the book change nothing; the book counts them.
 *
 * @example
 * ```ts
 * import { ADD, BUY, EXECUTE, NONE } from "../core/event.ts";
 * import { L3Book } from "./l3.ts";
 * import { applyOrderRow } from "./l3_rows.ts";
 * const book = new L3Book();
 * applyOrderRow(book, ADD, 7, 0, BUY, 100, 5);
 * applyOrderRow(book, EXECUTE, 7, 0, NONE, 100, 9);
 * if (book.count !== 0) throw new Error("unexpected");
 * ```
 */
export function applyOrderRow(
  book: OrderBook,
  kind: number,
  idLow: number,
  idHigh: number,
  side: number,
  price: number,
  size: number,
): number {
  if (kind === ADD) return book.add(idLow, idHigh, side, price, size);
  if (kind === MODIFY && size > 0) return book.modify(idLow, idHigh, price, size);
  if (kind !== CANCEL && kind !== EXECUTE && kind !== MODIFY) return DONE;
  const code = kind === MODIFY ? BAD_SIZE : book.cancel(idLow, idHigh, size);
  if (code !== BAD_SIZE) return code;
  const left = book.orderSize(idLow, idHigh);
  return size > left || kind === MODIFY ? book.cancel(idLow, idHigh, Math.max(1, left)) : code;
}
