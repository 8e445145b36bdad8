import { BUY, NONE } from "../core/event.ts";
import { BitSet } from "./bit_set.ts";
import { SparseLevels } from "./sparse_levels.ts";

/** Ticks that the dense window spans. At 2^16 a book takes 1 MiB, and holds ±5 % around a price of 655,360 ticks. */
const SPAN = 1 << 16;
/** The window moves when its anchor has left the middle half… */
const GUARD = SPAN / 4;
/** …and this many rows have missed it: what moving costs is then spread over the misses it saves. */
const MISSES = 1024;

/**
 * A book of price levels: sizes in lots by price in ticks, any depth.
 *
 * Levels near the touch lie in a dense window of columns; what is far away in {@linkcode SparseLevels}, so that a lone ask
 * at ten times the price costs one slot. The window follows the touch.
 *
 * When a level is set that crosses the other side's best, that best steps back to its next level that does not cross. The
 * levels so passed over are stale: they stay until a row changes them, and are never best before that.
 *
 * | operation | cost |
 * |---|---|
 * | `set` near the touch | O(1); deleting the best finds the next by bit set |
 * | `set` far away | O(log n + n) of the far levels |
 * | best price and size | O(1) |
 * | `top(n)` | O(n) near the touch |
 * | memory | 1 MiB + 16 bytes a far level |
 *
 * @example
 * ```ts
 * import { BUY, SELL } from "../core/event.ts";
 * import { L2Book } from "./l2.ts";
 * const book = new L2Book();
 * book.set(BUY, 617999, 12);
 * book.set(SELL, 618002, 7);
 * if (book.bestBid !== 617999 || book.bestAskSize !== 7) throw new Error("unexpected");
 * ```
 */
export class L2Book {
  /** Best bid in ticks, -Infinity where there is none. */
  bestBid = -Infinity;
  /** Best ask in ticks, Infinity where there is none. */
  bestAsk = Infinity;
  /** How often a level was set at or through the other side's best. */
  crossings = 0;
  /** Messages were lost: what stands here cannot be trusted before the next snapshot. */
  stale = false;

  #base = NaN;
  #bidSizes = new Float64Array(SPAN);
  #askSizes = new Float64Array(SPAN);
  readonly #bidBits = new BitSet(SPAN);
  readonly #askBits = new BitSet(SPAN);
  readonly #farBids = new SparseLevels();
  readonly #farAsks = new SparseLevels();
  #nearBids = 0;
  #nearAsks = 0;
  #misses = 0;

  /** Lots at the best bid, 0 where there is none. */
  get bestBidSize(): number {
    return this.bestBid === -Infinity ? 0 : this.#sizeOfBid(this.bestBid);
  }

  /** Lots at the best ask, 0 where there is none. */
  get bestAskSize(): number {
    return this.bestAsk === Infinity ? 0 : this.#sizeOfAsk(this.bestAsk);
  }

  /** Lots at a price of `side`, 0 where there is no level. */
  size(side: number, price: number): number {
    return side === BUY ? this.#sizeOfBid(price) : this.#sizeOfAsk(price);
  }

  /** Levels of `side`, the stale ones included. */
  count(side: number): number {
    return side === BUY ? this.#nearBids + this.#farBids.count : this.#nearAsks + this.#farAsks.count;
  }

  /** Sets the lots at a price of `side` (0 deletes the level); returns what stood there before. */
  set(side: number, price: number, size: number): number {
    return side === BUY ? this.setBid(price, size) : this.setAsk(price, size);
  }

  /** {@linkcode set} for bids. */
  setBid(price: number, size: number): number {
    const i = price - this.#base;
    let previous: number;
    if (i >= 0 && i < SPAN) {
      previous = this.#bidSizes[i];
      this.#bidSizes[i] = size;
      if (size === 0) {
        if (previous === 0) return 0;
        this.#bidBits.remove(i);
        this.#nearBids--;
      } else if (previous === 0) {
        this.#bidBits.add(i);
        this.#nearBids++;
      }
    } else {
      previous = this.#setFar(BUY, price, size);
    }
    if (size !== 0) {
      if (price > this.bestBid) {
        this.bestBid = price;
        if (price >= this.bestAsk) {
          this.crossings++;
          this.bestAsk = this.#askAbove(price);
        }
        if (this.#misses >= MISSES) this.#follow();
      }
    } else if (price === this.bestBid) {
      this.bestBid = this.#bidBelow(price);
    }
    return previous;
  }

  /** {@linkcode set} for asks. */
  setAsk(price: number, size: number): number {
    const i = price - this.#base;
    let previous: number;
    if (i >= 0 && i < SPAN) {
      previous = this.#askSizes[i];
      this.#askSizes[i] = size;
      if (size === 0) {
        if (previous === 0) return 0;
        this.#askBits.remove(i);
        this.#nearAsks--;
      } else if (previous === 0) {
        this.#askBits.add(i);
        this.#nearAsks++;
      }
    } else {
      previous = this.#setFar(-BUY, price, size);
    }
    if (size !== 0) {
      if (price < this.bestAsk) {
        this.bestAsk = price;
        if (price <= this.bestBid) {
          this.crossings++;
          this.bestBid = this.#bidBelow(price);
        }
        if (this.#misses >= MISSES) this.#follow();
      }
    } else if (price === this.bestAsk) {
      this.bestAsk = this.#askAbove(price);
    }
    return previous;
  }

  /** Deletes the levels of `side` from the best (and any stale ones) up to and with `price`; side NONE: the whole book. */
  clear(side: number, price = 0): void {
    if (side === NONE) {
      this.#clearAll();
    } else if (side === BUY) {
      let level = this.#bidBelow(Infinity);
      for (; level >= price; level = this.#bidBelow(level)) this.setBid(level, 0);
    } else {
      let level = this.#askAbove(-Infinity);
      for (; level <= price; level = this.#askAbove(level)) this.setAsk(level, 0);
    }
  }

  /** Copies the best `n` levels of `side`, best first, into two columns; returns how many there are. */
  top(side: number, n: number, prices: Float64Array, sizes: Float64Array): number {
    let price = side === BUY ? this.bestBid : this.bestAsk;
    let k = 0;
    while (k < n && Math.abs(price) !== Infinity) {
      prices[k] = price;
      sizes[k++] = this.size(side, price);
      price = this.next(side, price);
    }
    return k;
  }

  /** The next level of `side` behind `price`; ∓Infinity where there is none. */
  next(side: number, price: number): number {
    return side === BUY ? this.#bidBelow(price) : this.#askAbove(price);
  }

  #sizeOfBid(price: number): number {
    const i = price - this.#base;
    return i >= 0 && i < SPAN ? this.#bidSizes[i] : this.#farBids.size(price);
  }

  #sizeOfAsk(price: number): number {
    const i = price - this.#base;
    return i >= 0 && i < SPAN ? this.#askSizes[i] : this.#farAsks.size(price);
  }

  #bidBelow(price: number): number {
    const i = price - this.#base;
    if (i >= 0 && i < SPAN) {
      const j = this.#bidBits.below(i);
      return j >= 0 ? this.#base + j : this.#farBids.below(price);
    }
    const far = this.#farBids.below(price);
    if (!(i >= SPAN) || this.#nearBids === 0) return far;
    const last = this.#bidBits.has(SPAN - 1) ? SPAN - 1 : this.#bidBits.below(SPAN - 1);
    return Math.max(far, this.#base + last);
  }

  #askAbove(price: number): number {
    const i = price - this.#base;
    if (i >= 0 && i < SPAN) {
      const j = this.#askBits.above(i);
      return j >= 0 ? this.#base + j : this.#farAsks.above(price);
    }
    const far = this.#farAsks.above(price);
    if (!(i < 0) || this.#nearAsks === 0) return far;
    const first = this.#askBits.has(0) ? 0 : this.#askBits.above(0);
    return Math.min(far, this.#base + first);
  }

  #setFar(side: number, price: number, size: number): number {
    if (Number.isNaN(this.#base)) {
      this.#base = price - SPAN / 2;
      const near = side === BUY ? this.#bidSizes : this.#askSizes;
      if (size === 0) return 0;
      near[SPAN / 2] = size;
      if (side === BUY) {
        this.#bidBits.add(SPAN / 2);
        this.#nearBids = 1;
      } else {
        this.#askBits.add(SPAN / 2);
        this.#nearAsks = 1;
      }
      return 0;
    }
    this.#misses++;
    return (side === BUY ? this.#farBids : this.#farAsks).set(price, size);
  }

  /** Moves the window so that its anchor, the best bid, or the best ask where there are no bids, is in its middle. */
  #follow(): void {
    this.#misses = 0;
    const anchor = this.bestBid !== -Infinity ? this.bestBid : this.bestAsk;
    const i = anchor - this.#base;
    if (i >= GUARD && i < SPAN - GUARD) return;
    const base = anchor - SPAN / 2;
    const bids = this.#evict(this.#bidSizes, this.#farBids);
    const asks = this.#evict(this.#askSizes, this.#farAsks);
    this.#base = base;
    this.#nearBids = bids(base, this.#bidBits);
    this.#nearAsks = asks(base, this.#askBits);
  }

  /** Moves a side's window into its far levels; what it returns fills the window at a new base from them. */
  #evict(sizes: Float64Array, far: SparseLevels): (base: number, bits: BitSet) => number {
    for (let i = 0; i < SPAN; i++) {
      if (sizes[i] !== 0) far.set(this.#base + i, sizes[i]);
    }
    sizes.fill(0);
    return (base, bits) => {
      bits.clear();
      let near = 0;
      for (let price = far.above(base - 1); price < base + SPAN; price = far.above(price)) {
        const i = price - base;
        sizes[i] = far.set(price, 0);
        bits.add(i);
        near++;
      }
      return near;
    };
  }

  #clearAll(): void {
    this.#bidSizes.fill(0);
    this.#askSizes.fill(0);
    this.#bidBits.clear();
    this.#askBits.clear();
    this.#farBids.clear();
    this.#farAsks.clear();
    this.#nearBids = this.#nearAsks = this.#misses = 0;
    this.#base = NaN;
    this.bestBid = -Infinity;
    this.bestAsk = Infinity;
  }
}
