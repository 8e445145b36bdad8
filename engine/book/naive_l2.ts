import { BUY, NONE } from "../core/event.ts";
import type { LevelBook } from "./book.ts";

/**
 * The slow, obvious twin of {@linkcode L2Book}: a map a side, searched from end to end. Tests hold the fast one against it.
 *
 * | operation | cost |
 * |---|---|
 * | `set`, `next` | O(levels) |
 * | `size`, best price and size | O(1) |
 * | `top(n)` | O(n × levels) |
 */
export class NaiveL2Book implements LevelBook {
  bestBid = -Infinity;
  bestAsk = Infinity;
  crossings = 0;
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();

  get bestBidSize(): number {
    return this.#bids.get(this.bestBid) ?? 0;
  }

  get bestAskSize(): number {
    return this.#asks.get(this.bestAsk) ?? 0;
  }

  size(side: number, price: number): number {
    return this.#levels(side).get(price) ?? 0;
  }

  count(side: number): number {
    return this.#levels(side).size;
  }

  set(side: number, price: number, size: number): number {
    const levels = this.#levels(side), previous = levels.get(price) ?? 0;
    if (size === 0) levels.delete(price);
    else levels.set(price, size);
    if (side === BUY) {
      if (size === 0 && price === this.bestBid) this.bestBid = this.next(side, price);
      if (size !== 0 && price > this.bestBid) {
        this.bestBid = price;
        if (this.bestAsk <= price) {
          this.crossings++;
          this.bestAsk = this.next(-side, price);
        }
      }
    } else {
      if (size === 0 && price === this.bestAsk) this.bestAsk = this.next(side, price);
      if (size !== 0 && price < this.bestAsk) {
        this.bestAsk = price;
        if (this.bestBid >= price) {
          this.crossings++;
          this.bestBid = this.next(-side, price);
        }
      }
    }
    return previous;
  }

  clear(side: number, price = 0): void {
    if (side === NONE) {
      this.#bids.clear();
      this.#asks.clear();
      this.bestBid = -Infinity;
      this.bestAsk = Infinity;
      return;
    }
    for (const level of [...this.#levels(side).keys()]) {
      if (side === BUY ? level >= price : level <= price) this.set(side, level, 0);
    }
  }

  top(side: number, n: number, prices: Float64Array, sizes: Float64Array): number {
    let price = side === BUY ? this.bestBid : this.bestAsk, k = 0;
    for (; k < n && Number.isFinite(price); price = this.next(side, price)) {
      prices[k] = price;
      sizes[k++] = this.size(side, price);
    }
    return k;
  }

  next(side: number, price: number): number {
    let found = side === BUY ? -Infinity : Infinity;
    for (const level of this.#levels(side).keys()) {
      if (side === BUY ? level < price && level > found : level > price && level < found) found = level;
    }
    return found;
  }

  #levels(side: number): Map<number, number> {
    return side === BUY ? this.#bids : this.#asks;
  }
}
