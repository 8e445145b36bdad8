import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/** Levels at most: a hundred times what the deepest books show. More is a tape that sets levels and never deletes them. */
const COUNT_MAX = 1 << 20;

/**
 * Sizes by price in one sorted pair of columns: exact for any grid, however sparse.
 *
 * The general store of price levels; {@linkcode L2Book} keeps what lies far from the touch in it.
 *
 * | operation | cost |
 * |---|---|
 * | `set` an existing level, `size` | O(log n) |
 * | `set` a new level, delete one | O(log n) search + a move of up to n slots |
 * | `above`, `below` | O(log n) |
 * | memory | 16 bytes a level, doubled as needed, halved when three quarters are empty; bounded at 2^20 levels |
 */
export class SparseLevels {
  #prices = new Float64Array(64);
  #sizes = new Float64Array(64);
  #count = 0;
  /** The place that was looked for last. */
  #near = 0;

  /** Levels with a size above 0. */
  get count(): number {
    return this.#count;
  }

  /** The size at `price`, 0 where there is no level. */
  size(price: number): number {
    const i = this.#search(price);
    return i < this.#count && this.#prices[i] === price ? this.#sizes[i] : 0;
  }

  /** Sets the size at `price` (0 deletes the level) and returns what it was. */
  set(price: number, size: number): number {
    const i = this.#search(price);
    if (i < this.#count && this.#prices[i] === price) {
      const previous = this.#sizes[i];
      if (size === 0) this.#remove(i);
      else this.#sizes[i] = size;
      return previous;
    }
    if (size !== 0) this.#insert(i, price, size);
    return 0;
  }

  /** The lowest price above `price`, Infinity where there is none. */
  above(price: number): number {
    let i = this.#search(price);
    if (i < this.#count && this.#prices[i] === price) i++;
    return i < this.#count ? this.#prices[i] : Infinity;
  }

  /** The highest price below `price`, -Infinity where there is none. */
  below(price: number): number {
    const i = this.#search(price);
    return i > 0 ? this.#prices[i - 1] : -Infinity;
  }

  /** Forgets every level. */
  clear(): void {
    this.#count = 0;
  }

  save(to: StateWriter): void {
    to.column(this.#prices, this.#count);
    to.column(this.#sizes, this.#count);
  }

  load(from: StateReader): void {
    const prices = from.column(this.#prices), sizes = from.column(this.#sizes);
    let length = 64;
    while (length < prices.length) length *= 2;
    this.#count = 0;
    this.#resize(length);
    this.#prices.set(prices);
    this.#sizes.set(sizes);
    this.#count = prices.length;
  }

  /** The first place whose price is at least `price`. */
  #search(price: number): number {
    const prices = this.#prices;
    let low = 0, high = this.#count;
    // Rows come sorted by price within a message: most often the place is next to the last one.
    const near = this.#near;
    if (near < high) {
      if (prices[near] < price) {
        low = near + 1;
        if (low < high && prices[low] >= price) return this.#near = low;
      } else {
        high = near;
        if (high === 0 || prices[high - 1] < price) return near;
      }
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (prices[middle] < price) low = middle + 1;
      else high = middle;
    }
    return this.#near = low;
  }

  #insert(i: number, price: number, size: number): void {
    if (this.#count === COUNT_MAX) {
      throw new RangeError(
        `Cannot hold another price level: ${COUNT_MAX} stand far from the touch; does the tape never delete any?`,
      );
    }
    if (this.#count === this.#prices.length) this.#resize(this.#count * 2);
    this.#prices.copyWithin(i + 1, i, this.#count);
    this.#sizes.copyWithin(i + 1, i, this.#count);
    this.#prices[i] = price;
    this.#sizes[i] = size;
    this.#count++;
  }

  #remove(i: number): void {
    this.#prices.copyWithin(i, i + 1, this.#count);
    this.#sizes.copyWithin(i, i + 1, this.#count);
    this.#count--;
    if (this.#count >= 64 && this.#count * 4 < this.#prices.length) this.#resize(this.#prices.length / 2);
  }

  #resize(length: number): void {
    const prices = new Float64Array(length), sizes = new Float64Array(length);
    prices.set(this.#prices.subarray(0, this.#count));
    sizes.set(this.#sizes.subarray(0, this.#count));
    this.#prices = prices;
    this.#sizes = sizes;
  }
}
