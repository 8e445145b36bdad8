import { BUY, NONE, SELL } from "../core/event.ts";
import { SparseLevels } from "./sparse_levels.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/** Ticks that the dense window spans: ±10 % around a price of 655,360 ticks. What is never touched of it costs no memory. */
const SPAN = 1 << 17;
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
 * | `set` near the touch | O(1); deleting the best looks tick by tick for the next, about 3,000 ticks a µs |
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
  // Outside of these places of the window a side has no levels. A row within them needs no other check, and looking for
  // the next level ends there. Counting levels as they come and go would double what a row costs.
  #bidLow = SPAN;
  #bidHigh = -1;
  #askLow = SPAN;
  #askHigh = -1;
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
    const sizes = side === BUY ? this.#bidSizes : this.#askSizes;
    const high = side === BUY ? this.#bidHigh : this.#askHigh;
    let count = (side === BUY ? this.#farBids : this.#farAsks).count;
    for (let i = side === BUY ? this.#bidLow : this.#askLow; i <= high; i++) if (sizes[i] !== 0) count++;
    return count;
  }

  /** Sets the lots at a price of `side` (0 deletes the level); returns what stood there before. */
  set(side: number, price: number, size: number): number {
    return side === BUY ? this.setBid(price, size) : this.setAsk(price, size);
  }

  /** {@linkcode set} for bids. */
  setBid(price: number, size: number): number {
    const i = price - this.#base;
    if (!(i >= this.#bidLow && i <= this.#bidHigh)) {
      if (!(i >= 0 && i < SPAN)) return this.#setFar(BUY, price, size);
      this.#bidLow = Math.min(this.#bidLow, i);
      this.#bidHigh = Math.max(this.#bidHigh, i);
    }
    const previous = this.#bidSizes[i];
    this.#bidSizes[i] = size;
    // Most rows at the touch change the size of the best alone.
    if (price >= this.bestBid && (size === 0 || price !== this.bestBid)) this.#touchBid(price, size);
    return previous;
  }

  /** {@linkcode set} for asks. */
  setAsk(price: number, size: number): number {
    const i = price - this.#base;
    if (!(i >= this.#askLow && i <= this.#askHigh)) {
      if (!(i >= 0 && i < SPAN)) return this.#setFar(SELL, price, size);
      this.#askLow = Math.min(this.#askLow, i);
      this.#askHigh = Math.max(this.#askHigh, i);
    }
    const previous = this.#askSizes[i];
    this.#askSizes[i] = size;
    if (price <= this.bestAsk && (size === 0 || price !== this.bestAsk)) this.#touchAsk(price, size);
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

  // The marks and the window too, so that stale levels are found, and passed over, as they would have been.
  save(to: StateWriter): void {
    to.section("levels", 1, () => {
      to.numbers(this.bestBid, this.bestAsk, this.crossings, this.#base, this.#misses);
      to.numbers(this.#bidLow, this.#bidHigh, this.#askLow, this.#askHigh);
      to.flag(this.stale);
      saveWindow(to, this.#bidSizes, this.#bidLow, this.#bidHigh);
      saveWindow(to, this.#askSizes, this.#askLow, this.#askHigh);
      this.#farBids.save(to);
      this.#farAsks.save(to);
    });
  }

  load(from: StateReader): void {
    from.section("levels", 1, () => {
      this.#clearAll();
      this.bestBid = from.number();
      this.bestAsk = from.number();
      this.crossings = from.number();
      this.#base = from.number();
      this.#misses = from.number();
      this.#bidLow = from.number();
      this.#bidHigh = from.number();
      this.#askLow = from.number();
      this.#askHigh = from.number();
      this.stale = from.flag();
      loadWindow(from, this.#bidSizes);
      loadWindow(from, this.#askSizes);
      this.#farBids.load(from);
      this.#farAsks.load(from);
    });
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
    if (Number.isNaN(this.#base)) return -Infinity;
    const sizes = this.#bidSizes, low = this.#bidLow;
    const i = price - this.#base;
    if (i > SPAN) {
      const far = this.#farBids.below(price);
      if (far >= this.#base + SPAN) return far;
    }
    let j = Math.min(i - 1, this.#bidHigh);
    while (j >= low && sizes[j] === 0) j--;
    if (j >= low) return this.#base + j;
    // Nothing lies below: the mark rises, so that no place is looked at in vain twice.
    this.#bidLow = Math.max(low, Math.min(i, SPAN));
    return this.#farBids.below(i >= 0 && i <= SPAN ? this.#base : price);
  }

  #askAbove(price: number): number {
    if (Number.isNaN(this.#base)) return Infinity;
    const sizes = this.#askSizes, high = this.#askHigh;
    const i = price - this.#base;
    if (i < -1) {
      const far = this.#farAsks.above(price);
      if (far < this.#base) return far;
    }
    let j = Math.max(i + 1, this.#askLow);
    while (j <= high && sizes[j] === 0) j++;
    if (j <= high) return this.#base + j;
    this.#askHigh = Math.min(high, Math.max(i, -1));
    return this.#farAsks.above(i >= -1 && i < SPAN ? this.#base + SPAN - 1 : price);
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
    const base = anchor - SPAN / 2;
    const bids = move(this.#bidSizes, this.#farBids, this.#base, base, this.#bidLow, this.#bidHigh);
    this.#bidLow = bids.low;
    this.#bidHigh = bids.high;
    const asks = move(this.#askSizes, this.#farAsks, this.#base, base, this.#askLow, this.#askHigh);
    this.#askLow = asks.low;
    this.#askHigh = asks.high;
    this.#base = base;
  }

  #clearAll(): void {
    this.#bidSizes.fill(0, Math.max(this.#bidLow, 0), this.#bidHigh + 1);
    this.#askSizes.fill(0, Math.max(this.#askLow, 0), this.#askHigh + 1);
    this.#bidLow = this.#askLow = SPAN;
    this.#bidHigh = this.#askHigh = -1;
    this.#farBids.clear();
    this.#farAsks.clear();
    this.#misses = 0;
    this.#base = NaN;
    this.bestBid = -Infinity;
    this.bestAsk = Infinity;
  }
}

/** Moves the levels of a side's window, from place `low` to `high`, to a window at another base; returns their new places. */
function move(
  sizes: Float64Array,
  far: SparseLevels,
  from: number,
  to: number,
  low: number,
  high: number,
): { low: number; high: number } {
  for (let i = low; i <= high; i++) if (sizes[i] !== 0) far.set(from + i, sizes[i]);
  if (low <= high) sizes.fill(0, low, high + 1);
  const marks = { low: SPAN, high: -1 };
  for (let price = far.above(to - 1); price < to + SPAN; price = far.above(price)) {
    const i = price - to;
    sizes[i] = far.set(price, 0);
    marks.low = Math.min(marks.low, i);
    marks.high = i;
  }
  return marks;
}

/** Writes the levels of a side's window: their places and sizes. */
function saveWindow(to: StateWriter, sizes: Float64Array, low: number, high: number): void {
  const places: number[] = [];
  for (let i = low; i <= high; i++) if (sizes[i] !== 0) places.push(i);
  to.column(Int32Array.from(places));
  to.column(Float64Array.from(places, (i) => sizes[i]));
}

function loadWindow(from: StateReader, sizes: Float64Array): void {
  const places = from.column(new Int32Array(0)), values = from.column(new Float64Array(0));
  for (let i = 0; i < places.length; i++) sizes[places[i]] = values[i];
}
