import { BUY } from "../../core/event.ts";
import type { LevelTexts } from "../../book/crc32.ts";

/**
 * A book of price levels that keeps price and size as they were sent, for exchanges whose checksums are over that text.
 *
 * | operation | cost |
 * |---|---|
 * | `set` an existing level | O(log n) |
 * | `set` a new level, delete one | O(log n) search + a move of up to n slots |
 * | `truncate` | O(levels dropped) |
 * | memory | about 100 bytes a level |
 *
 * @example
 * ```ts
 * import { BUY } from "../../core/event.ts";
 * import { TextBook } from "./text_book.ts";
 * const book = new TextBook();
 * book.set(BUY, "354.15000000", "5.00000000");
 * book.set(BUY, "354.20000000", "1.00000000");
 * if (book.price(BUY, 0) !== "354.20000000" || book.count(BUY) !== 2) throw new Error("unexpected");
 * ```
 */
export class TextBook implements LevelTexts {
  readonly #bids = new Side(-1);
  readonly #asks = new Side(1);

  count(side: number): number {
    return this.#side(side).prices.length;
  }

  price(side: number, i: number): string {
    return this.#side(side).prices[i];
  }

  size(side: number, i: number): string {
    return this.#side(side).sizes[i];
  }

  /** Sets the size at a price, both as sent; a size of zero, however written, deletes the level. */
  set(side: number, price: string, size: string): void {
    this.#side(side).set(price, size);
  }

  /** Drops the levels of a side past the best `depth`, the furthest first; `drop` gets the price of each. */
  truncate(side: number, depth: number, drop?: (price: string) => void): void {
    const { keys, prices, sizes } = this.#side(side);
    while (prices.length > depth) {
      drop?.(prices[prices.length - 1]);
      keys.pop();
      prices.pop();
      sizes.pop();
    }
  }

  /** Forgets all levels. */
  clear(): void {
    this.truncate(BUY, 0);
    this.truncate(-BUY, 0);
  }

  #side(side: number): Side {
    return side === BUY ? this.#bids : this.#asks;
  }
}

/** Levels best first. Keys are floats: equal decimals have equal floats, so that "0.10" and "0.1" are one level. */
class Side {
  readonly keys: number[] = [];
  readonly prices: string[] = [];
  readonly sizes: string[] = [];

  constructor(readonly sign: number) {}

  set(price: string, size: string): void {
    const key = Number(price) * this.sign;
    let low = 0, high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keys[middle] < key) low = middle + 1;
      else high = middle;
    }
    const known = low < this.keys.length && this.keys[low] === key;
    if (Number(size) === 0) {
      if (!known) return;
      this.keys.splice(low, 1);
      this.prices.splice(low, 1);
      this.sizes.splice(low, 1);
    } else if (known) {
      this.prices[low] = price;
      this.sizes[low] = size;
    } else {
      this.keys.splice(low, 0, key);
      this.prices.splice(low, 0, price);
      this.sizes.splice(low, 0, size);
    }
  }
}
