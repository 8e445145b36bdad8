import { BUY, NONE, SELL } from "../core/event.ts";
import { SparseLevels } from "./sparse_levels.ts";

/** Ticks that the dense window spans: ±10 % around a price of 655,360 ticks. What is never touched of it costs no memory. */
const SPAN = 1 << 17;
/** Levels are counted in blocks of 2^6 ticks, so that looking for the next one steps over empty ones. */
const BLOCK = 6;
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
 * | memory | 2 MiB of address space, the pages of it that levels touch; 16 bytes a far level |
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
  readonly #bidSizes = new Float64Array(SPAN);
  readonly #askSizes = new Float64Array(SPAN);
  readonly #bidBlocks = new Int32Array(SPAN >> BLOCK);
  readonly #askBlocks = new Int32Array(SPAN >> BLOCK);
  readonly #farBids = new SparseLevels();
  readonly #farAsks = new SparseLevels();
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
    let near = 0;
    for (const count of side === BUY ? this.#bidBlocks : this.#askBlocks) near += count;
    return near + (side === BUY ? this.#farBids : this.#farAsks).count;
  }

  /** Sets the lots at a price of `side` (0 deletes the level); returns what stood there before. */
  set(side: number, price: number, size: number): number {
    return side === BUY ? this.setBid(price, size) : this.setAsk(price, size);
  }

  /** {@linkcode set} for bids. */
  setBid(price: number, size: number): number {
    const i = price - this.#base;
    if (!(i >= 0 && i < SPAN)) return this.#setFar(BUY, price, size);
    const previous = this.#bidSizes[i];
    this.#bidSizes[i] = size;
    // A level came, went, or neither: arithmetic, because a branch on it would be guessed wrong half the time.
    this.#bidBlocks[i >> BLOCK] += Math.min(size, 1) - Math.min(previous, 1);
    if (price >= this.bestBid) this.#touchBid(price, size);
    return previous;
  }

  /** {@linkcode set} for asks. */
  setAsk(price: number, size: number): number {
    const i = price - this.#base;
    if (!(i >= 0 && i < SPAN)) return this.#setFar(SELL, price, size);
    const previous = this.#askSizes[i];
    this.#askSizes[i] = size;
    this.#askBlocks[i >> BLOCK] += Math.min(size, 1) - Math.min(previous, 1);
    if (price <= this.bestAsk) this.#touchAsk(price, size);
    return previous;
  }

  /** Deletes the levels of `side` from the best (and any stale ones) up to and with `price`; side NONE: the whole book. */
  clear(side: number, price = 0): void {
    if (side === NONE) {
      this.#clearAll();
    } else if (side === BUY) {
      let level = this.#bidBelow(Infinity);
      for (; level >= price && level !== -Infinity; level = this.#bidBelow(level)) this.setBid(level, 0);
    } else {
      let level = this.#askAbove(-Infinity);
      for (; level <= price && level !== Infinity; level = this.#askAbove(level)) this.setAsk(level, 0);
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

  /** A level at or above the best bid was set. */
  #touchBid(price: number, size: number): void {
    if (size === 0) {
      if (price === this.bestBid) this.bestBid = this.#bidBelow(price);
      return;
    }
    if (price === this.bestBid) return;
    this.bestBid = price;
    if (price >= this.bestAsk) {
      this.crossings++;
      this.bestAsk = this.#askAbove(price);
    }
    if (this.#misses >= MISSES) this.#follow();
  }

  #touchAsk(price: number, size: number): void {
    if (size === 0) {
      if (price === this.bestAsk) this.bestAsk = this.#askAbove(price);
      return;
    }
    if (price === this.bestAsk) return;
    this.bestAsk = price;
    if (price <= this.bestBid) {
      this.crossings++;
      this.bestBid = this.#bidBelow(price);
    }
    if (this.#misses >= MISSES) this.#follow();
  }

  #bidBelow(price: number): number {
    const i = price - this.#base;
    if (!(i > 0)) return this.#farBids.below(price);
    const j = lastBelow(this.#bidSizes, this.#bidBlocks, Math.min(i, SPAN));
    // Far levels lie outside the window: above it they come first, below it last.
    if (i > SPAN) {
      const far = this.#farBids.below(price);
      if (j < 0 || far >= this.#base + SPAN) return far;
    }
    return j >= 0 ? this.#base + j : this.#farBids.below(price);
  }

  #askAbove(price: number): number {
    const i = price - this.#base;
    if (!(i < SPAN - 1)) return this.#farAsks.above(price);
    const j = firstAbove(this.#askSizes, this.#askBlocks, Math.max(i, -1));
    if (i < -1) {
      const far = this.#farAsks.above(price);
      if (j < 0 || far < this.#base) return far;
    }
    return j >= 0 ? this.#base + j : this.#farAsks.above(price);
  }

  #setFar(side: number, price: number, size: number): number {
    if (Number.isNaN(this.#base)) {
      if (size === 0) return 0;
      this.#base = price - SPAN / 2;
      return this.set(side, price, size);
    }
    this.#misses++;
    const previous = (side === BUY ? this.#farBids : this.#farAsks).set(price, size);
    if (side === BUY && price >= this.bestBid) this.#touchBid(price, size);
    if (side === SELL && price <= this.bestAsk) this.#touchAsk(price, size);
    return previous;
  }

  /** Moves the window so that its anchor, the best bid, or the best ask where there are no bids, is in its middle. */
  #follow(): void {
    this.#misses = 0;
    const anchor = this.bestBid !== -Infinity ? this.bestBid : this.bestAsk;
    const i = anchor - this.#base;
    if (i >= GUARD && i < SPAN - GUARD) return;
    const from = this.#base;
    this.#base = anchor - SPAN / 2;
    move(this.#bidSizes, this.#bidBlocks, this.#farBids, from, this.#base);
    move(this.#askSizes, this.#askBlocks, this.#farAsks, from, this.#base);
  }

  #clearAll(): void {
    empty(this.#bidSizes, this.#bidBlocks);
    empty(this.#askSizes, this.#askBlocks);
    this.#farBids.clear();
    this.#farAsks.clear();
    this.#misses = 0;
    this.#base = NaN;
    this.bestBid = -Infinity;
    this.bestAsk = Infinity;
  }
}

/** The last level below place `i` of a window, or -1. */
function lastBelow(sizes: Float64Array, blocks: Int32Array, i: number): number {
  let j = i - 1;
  for (const start = j & -(1 << BLOCK); j >= start && j >= 0; j--) if (sizes[j] !== 0) return j;
  let block = j >> BLOCK;
  while (block >= 0 && blocks[block] === 0) block--;
  if (block < 0) return -1;
  for (j = (block << BLOCK) + (1 << BLOCK) - 1; sizes[j] === 0;) j--;
  return j;
}

/** The first level above place `i` of a window, or -1. */
function firstAbove(sizes: Float64Array, blocks: Int32Array, i: number): number {
  let j = i + 1;
  for (const end = (j | ((1 << BLOCK) - 1)) + 1; j < end && j < SPAN; j++) if (sizes[j] !== 0) return j;
  let block = j >> BLOCK;
  while (block < blocks.length && blocks[block] === 0) block++;
  if (block >= blocks.length) return -1;
  for (j = block << BLOCK; sizes[j] === 0;) j++;
  return j;
}

/** Moves a side's window from one base to another, through its far levels. */
function move(sizes: Float64Array, blocks: Int32Array, far: SparseLevels, from: number, to: number): void {
  for (let block = 0; block < blocks.length; block++) {
    const start = block << BLOCK;
    for (let i = start; blocks[block] > 0 && i < start + (1 << BLOCK); i++) {
      if (sizes[i] !== 0) far.set(from + i, sizes[i]);
    }
  }
  empty(sizes, blocks);
  for (let price = far.above(to - 1); price < to + SPAN; price = far.above(price)) {
    sizes[price - to] = far.set(price, 0);
    blocks[(price - to) >> BLOCK]++;
  }
}

/** Empties a side's window, touching only the blocks that hold something. */
function empty(sizes: Float64Array, blocks: Int32Array): void {
  for (let block = 0; block < blocks.length; block++) {
    if (blocks[block] === 0) continue;
    sizes.fill(0, block << BLOCK, (block + 1) << BLOCK);
    blocks[block] = 0;
  }
}
