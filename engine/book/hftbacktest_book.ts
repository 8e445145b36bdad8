import { BUY, NONE, SELL } from "../core/event.ts";
import type { TapeBook } from "./book.ts";
import { L2Book } from "./l2.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/**
 * A book of price levels that finds its best prices as hftbacktest 2.4.4 does in its HashMapMarketDepth.
 *
 * Levels are as the rows set them, and so are those of {@linkcode L2Book}; which of them is best may differ:
 * - When the best is deleted or crossed, the next is looked for down to a mark: the worst price at which a level was set
 *   since the side was last found empty. Levels behind the mark are not found, though they stand.
 * - `clear` of a side begins at its best: stale levels, which are better, survive it.
 * - After it the best is looked for from two ticks behind `price` on: a level at the first is not found, and a stale one may
 *   be, so that the best can even improve.
 *
 * | operation | cost |
 * |---|---|
 * | `set`, `size`, `next`, `top(n)` | as {@linkcode L2Book} |
 * | best price | O(1) |
 * | `clear` of a side | O(levels cleared) |
 * | memory | twice that of {@linkcode L2Book}, which holds each side here |
 *
 * @example
 * ```ts
 * import { BUY, SELL } from "../core/event.ts";
 * import { HftbacktestBook } from "./hftbacktest_book.ts";
 * const book = new HftbacktestBook();
 * book.set(BUY, 100, 5);
 * book.set(BUY, 99, 5);
 * book.clear(BUY, 100);
 * if (book.bestBid !== -Infinity || book.size(BUY, 99) !== 5) throw new Error("unexpected");
 * ```
 */
export class HftbacktestBook implements TapeBook {
  /** Best bid in ticks, -Infinity where there is none. */
  bestBid = -Infinity;
  /** Best ask in ticks, Infinity where there is none. */
  bestAsk = Infinity;
  /** How often a level was set at or through the other side's best. */
  crossings = 0;
  stale = false;

  // A side each, so that neither ever crosses the other: their own best prices are asked by nobody.
  readonly #bids = new L2Book();
  readonly #asks = new L2Book();
  /** The marks: the worst prices at which a best is looked for. */
  #lowBid = Infinity;
  #highAsk = -Infinity;

  /** Lots at the best bid, 0 where there is none. */
  get bestBidSize(): number {
    return this.bestBid === -Infinity ? 0 : this.#bids.size(BUY, this.bestBid);
  }

  /** Lots at the best ask, 0 where there is none. */
  get bestAskSize(): number {
    return this.bestAsk === Infinity ? 0 : this.#asks.size(SELL, this.bestAsk);
  }

  /** Lots at a price of `side`, 0 where there is no level. */
  size(side: number, price: number): number {
    return (side === BUY ? this.#bids : this.#asks).size(side, price);
  }

  /** Levels of `side`, those included that are never found as the best. */
  count(side: number): number {
    return (side === BUY ? this.#bids : this.#asks).count(side);
  }

  /** Sets the lots at a price of `side` (0 deletes the level); returns what stood there before. */
  set(side: number, price: number, size: number): number {
    return side === BUY ? this.setBid(price, size) : this.setAsk(price, size);
  }

  /** {@linkcode set} for bids. */
  setBid(price: number, size: number): number {
    const previous = this.#bids.setBid(price, size);
    if (size === 0) {
      if (price === this.bestBid) this.#bestBidBelow(price);
      return previous;
    }
    if (price > this.bestBid) {
      this.bestBid = price;
      if (price >= this.bestAsk) {
        this.crossings++;
        this.bestAsk = this.#askAbove(price);
      }
    }
    this.#lowBid = Math.min(this.#lowBid, price);
    return previous;
  }

  /** {@linkcode set} for asks. */
  setAsk(price: number, size: number): number {
    const previous = this.#asks.setAsk(price, size);
    if (size === 0) {
      if (price === this.bestAsk) this.#bestAskAbove(price);
      return previous;
    }
    if (price < this.bestAsk) {
      this.bestAsk = price;
      if (price <= this.bestBid) {
        this.crossings++;
        this.bestBid = this.#bidBelow(price);
      }
    }
    this.#highAsk = Math.max(this.#highAsk, price);
    return previous;
  }

  /** Deletes the levels of `side` from the best up to and with `price`; side NONE: the whole book. */
  clear(side: number, price = 0): void {
    if (side === NONE) {
      this.#bids.clear(NONE);
      this.#asks.clear(NONE);
      this.bestBid = this.#highAsk = -Infinity;
      this.bestAsk = this.#lowBid = Infinity;
    } else if (side === BUY) {
      let level = this.#bids.next(BUY, this.bestBid + 1);
      for (; level >= price && level !== -Infinity; level = this.#bids.next(BUY, level)) this.#bids.setBid(level, 0);
      this.#bestBidBelow(price - 1);
    } else {
      let level = this.#asks.next(SELL, this.bestAsk - 1);
      for (; level <= price && level !== Infinity; level = this.#asks.next(SELL, level)) this.#asks.setAsk(level, 0);
      this.#bestAskAbove(price + 1);
    }
  }

  /** Copies the best `n` levels of `side`, best first, into two columns; returns how many there are. */
  top(side: number, n: number, prices: Float64Array, sizes: Float64Array): number {
    let price = side === BUY ? this.bestBid : this.bestAsk;
    let k = 0;
    for (; k < n && Math.abs(price) !== Infinity; k++) {
      prices[k] = price;
      sizes[k] = this.size(side, price);
      price = this.next(side, price);
    }
    return k;
  }

  /** The next level of `side` behind `price`; ∓Infinity where there is none. */
  next(side: number, price: number): number {
    return (side === BUY ? this.#bids : this.#asks).next(side, price);
  }

  save(to: StateWriter): void {
    to.numbers(this.bestBid, this.bestAsk, this.crossings, this.#lowBid, this.#highAsk);
    to.flag(this.stale);
    this.#bids.save(to);
    this.#asks.save(to);
  }

  load(from: StateReader): void {
    this.bestBid = from.number();
    this.bestAsk = from.number();
    this.crossings = from.number();
    this.#lowBid = from.number();
    this.#highAsk = from.number();
    this.stale = from.flag();
    this.#bids.load(from);
    this.#asks.load(from);
  }

  /** The best bid is the next below `price`; where none is found, the mark is set anew by the bids that come. */
  #bestBidBelow(price: number): void {
    this.bestBid = this.#bidBelow(price);
    if (this.bestBid === -Infinity) this.#lowBid = Infinity;
  }

  #bestAskAbove(price: number): void {
    this.bestAsk = this.#askAbove(price);
    if (this.bestAsk === Infinity) this.#highAsk = -Infinity;
  }

  #bidBelow(price: number): number {
    const next = this.#bids.next(BUY, price);
    return next >= this.#lowBid ? next : -Infinity;
  }

  #askAbove(price: number): number {
    const next = this.#asks.next(SELL, price);
    return next <= this.#highAsk ? next : Infinity;
  }
}
