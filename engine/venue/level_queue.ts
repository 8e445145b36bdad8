import type { L3Book } from "../book/l3.ts";
import type { TapeSizes } from "./tape_sizes.ts";
import { wider } from "../core/wider.ts";

/**
 * The orders of one price of a book, in their queue, copied so that the book can change while one walks them.
 *
 * | operation | cost |
 * |---|---|
 * | `copy`, `copyKept` | O(orders at the price) |
 * | memory | 32 bytes an order of the longest queue so far |
 */
export class LevelQueue {
  count = 0;
  low = new Int32Array(64);
  high = new Int32Array(64);
  lots = new Float64Array(64);
  /** Lots in the queue before the order. */
  before = new Float64Array(64);
  #sum = 0;

  /** Copies a queue. */
  copy(book: L3Book, side: number, price: number): void {
    this.count = this.#sum = 0;
    book.eachOrder(side, price, this.#add);
  }

  /** Copies, of a queue, the orders that the tape is done with and that have fewer than `limit` lots before them. */
  copyKept(book: L3Book, side: number, price: number, limit: number, tape: TapeSizes): void {
    this.copy(book, side, price);
    const { low, high, lots, before } = this;
    let kept = 0;
    for (let k = 0; k < this.count && before[k] < limit; k++) {
      if (tape.get(low[k], high[k]) !== 0) continue;
      low[kept] = low[k];
      high[kept] = high[k];
      lots[kept] = lots[k];
      before[kept++] = before[k];
    }
    this.count = kept;
  }

  readonly #add = (low: number, high: number, size: number): void => {
    if (this.count === this.lots.length) this.#grow();
    this.low[this.count] = low;
    this.high[this.count] = high;
    this.before[this.count] = this.#sum;
    this.lots[this.count++] = size;
    this.#sum += size;
  };

  #grow(): void {
    const length = this.count * 2;
    this.low = wider(this.low, length);
    this.high = wider(this.high, length);
    this.lots = wider(this.lots, length);
    this.before = wider(this.before, length);
  }
}
