import { BUY, SELL } from "../core/event.ts";
import type { BookView } from "../core/strategy.ts";

/** A book of levels, which is never crossed at its best prices: what a new level crosses is passed over. */
interface LevelView extends BookView {
  /** How often a level was set at or through the other side's best. */
  readonly crossings: number;
  /** The next level of a side behind a price, passed over or not; ∓Infinity where there is none. */
  next(side: number, price: number): number;
}

/**
 * Whether the two sides of a book overlap, also where its best prices do not say so: a book of levels steps back from what
 * is crossed, and the levels passed over stand in it until a row takes them off.
 *
 * | call | cost |
 * |---|---|
 * | `look` | constant; after a crossing, and while the book is crossed, a look for the first level of either side |
 */
export class CrossWatch {
  /** Ticks by which the highest bid is above the lowest ask; 0 or less where it is not. */
  depth = -Infinity;
  crossings = 0;

  /** Looks at the book after a message; returns `depth`. */
  look(book: BookView): number {
    if (isLevels(book) && (this.depth > 0 || book.crossings !== this.crossings)) {
      this.crossings = book.crossings;
      this.depth = book.next(BUY, Number.MAX_SAFE_INTEGER) - book.next(SELL, Number.MIN_SAFE_INTEGER);
    } else this.depth = book.bestBid - book.bestAsk;
    return this.depth;
  }
}

function isLevels(book: BookView): book is LevelView {
  return "next" in book && "crossings" in book;
}
