import { BUY, SELL } from "../core/event.ts";
import { LevelIndex } from "./level_index.ts";

/** Words of an order's record in {@linkcode OrderQueues.orders}: its neighbours, its level, and what the owner keeps there. */
export const NEXT = 0, PREVIOUS = 1, LEVEL = 2, OWNER = 3, ID_LOW = 4, ID_HIGH = 5;
/** Words of a level's record in {@linkcode OrderQueues.levels}. */
export const HEAD = 0, TAIL = 1, COUNT = 2, SIDE = 3;
/** Where an order's size stands in {@linkcode OrderQueues.orderSizes}: slot × 4 + SIZE. */
export const SIZE = 3;
/** Where a level's price and size stand in {@linkcode OrderQueues.levelNumbers}: level × 4 + LEVEL_PRICE. */
export const LEVEL_PRICE = 2, LEVEL_SIZE = 3;

/** Orders and levels there is room for at first. */
const SMALLEST = 256;

/** Words of one table at most: 2^24 live orders, more than any one instrument has had. */
const WORDS_MAX = 1 << 27;

/**
 * Resting orders of one instrument in queues by price and time: what an L3 book and a matching engine have in common.
 *
 * Orders and levels are slots, numbers from 1 (0: none), in records of 32 bytes that two typed arrays view as words and as
 * numbers. Queues are linked through the records. A slot that is free has level 0; whoever holds one must know whose it is. The arrays are replaced
 * when they grow, so nobody keeps them over an `append`. The lots of one level must sum to below 2^53.
 *
 * | operation | cost |
 * |---|---|
 * | `append`, `reduce`, `remove` | O(1) near the touch, else the cost of a {@linkcode LevelIndex} |
 * | `lotsAhead`, `ordersAhead` | O(least of the orders ahead and those behind) |
 * | `clear` | O(orders cleared) |
 * | memory | 32 bytes an order, 32 a level, doubled as needed, slots reused; 132 KiB of price windows |
 */
export class OrderQueues {
  readonly bids = new LevelIndex();
  readonly asks = new LevelIndex();
  /** Records of orders, eight words each. */
  orders = new Int32Array(SMALLEST * 8);
  /** The same memory, four numbers a record. */
  orderSizes = new Float64Array(this.orders.buffer);
  /** Records of levels, eight words each. */
  levels = new Int32Array(SMALLEST * 8);
  /** The same memory, four numbers a record. */
  levelNumbers = new Float64Array(this.levels.buffer);
  /** Orders that rest. */
  count = 0;

  // Slots below the end were used once; those free again are linked through NEXT and HEAD.
  #orderEnd = 1;
  #freeOrder = 0;
  #levelEnd = 1;
  #freeLevel = 0;

  /** Slots of orders there is memory for. */
  get capacity(): number {
    return this.orders.length >>> 3;
  }

  /** Best bid in ticks, -Infinity where there is none. */
  get bestBid(): number {
    return this.bids.best;
  }

  /** Best ask in ticks, Infinity where there is none. */
  get bestAsk(): number {
    return 0 - this.asks.best;
  }

  /** The level at a price of `side`, 0 where there is none. */
  level(side: number, price: number): number {
    return side === BUY ? this.bids.get(price) : this.asks.get(-price);
  }

  /** The best level of `side`, 0 where there is none. */
  bestLevel(side: number): number {
    const index = side === BUY ? this.bids : this.asks;
    return index.count === 0 ? 0 : index.get(index.best);
  }

  /** Lots at a price of `side`, 0 where there is no level. */
  levelSize(side: number, price: number): number {
    return this.levelNumbers[this.level(side, price) * 4 + LEVEL_SIZE];
  }

  /** Copies the best `n` levels of `side`, best first, into three columns; returns how many there are. */
  top(side: number, n: number, prices: Float64Array, sizes: Float64Array, counts: Int32Array): number {
    const { levels, levelNumbers } = this;
    let k = 0;
    for (let level = this.bestLevel(side); level !== 0 && k < n; level = this.levelBehind(level)) {
      prices[k] = levelNumbers[level * 4 + LEVEL_PRICE];
      sizes[k] = levelNumbers[level * 4 + LEVEL_SIZE];
      counts[k++] = levels[level * 8 + COUNT];
    }
    return k;
  }

  /** The next worse level on the side of `level`, 0 where there is none. */
  levelBehind(level: number): number {
    const price = this.levelNumbers[level * 4 + LEVEL_PRICE];
    const bid = this.levels[level * 8 + SIDE] === BUY;
    const index = bid ? this.bids : this.asks;
    const key = index.below(bid ? price : -price);
    return key === -Infinity ? 0 : index.get(key);
  }

  /** The price of an order. */
  price(slot: number): number {
    return this.levelNumbers[this.orders[slot * 8 + LEVEL] * 4 + LEVEL_PRICE];
  }

  /** The side of an order. */
  side(slot: number): number {
    return this.levels[this.orders[slot * 8 + LEVEL] * 8 + SIDE];
  }

  /** Puts a new order at the back of the queue at `price` and returns its slot. */
  append(side: number, price: number, size: number, owner: number, idLow: number, idHigh: number): number {
    let slot = this.#freeOrder;
    if (slot !== 0) {
      this.#freeOrder = this.orders[slot * 8 + NEXT];
    } else {
      slot = this.#orderEnd++;
      if (slot * 8 === this.orders.length) {
        this.orders = grown(this.orders);
        this.orderSizes = new Float64Array(this.orders.buffer);
      }
    }
    const orders = this.orders, at = slot * 8;
    orders[at + OWNER] = owner;
    orders[at + ID_LOW] = idLow;
    orders[at + ID_HIGH] = idHigh;
    this.orderSizes[slot * 4 + SIZE] = size;
    this.#enqueue(slot, side, price, size);
    this.count++;
    return slot;
  }

  /** Takes `lots` off an order, fewer than it has; it keeps its place. */
  reduce(slot: number, lots: number): void {
    this.orderSizes[slot * 4 + SIZE] -= lots;
    this.levelNumbers[this.orders[slot * 8 + LEVEL] * 4 + LEVEL_SIZE] -= lots;
  }

  /** Puts an order at the back of the queue at another price, or of its own, with a new size. */
  move(slot: number, price: number, size: number): void {
    const side = this.side(slot);
    this.#dequeue(slot);
    this.orderSizes[slot * 4 + SIZE] = size;
    this.#enqueue(slot, side, price, size);
  }

  /** Takes an order out; its slot is free from then on. */
  remove(slot: number): void {
    this.#dequeue(slot);
    this.orders[slot * 8 + LEVEL] = 0;
    this.orders[slot * 8 + NEXT] = this.#freeOrder;
    this.#freeOrder = slot;
    this.count--;
  }

  /** Lots in front of an order in its queue. */
  lotsAhead(slot: number): number {
    const { orders, orderSizes } = this;
    let ahead = 0, behind = 0;
    let before = orders[slot * 8 + PREVIOUS], after = orders[slot * 8 + NEXT];
    // Both ways at once: who stands near either end is found soon.
    while (before !== 0 && after !== 0) {
      ahead += orderSizes[before * 4 + SIZE];
      behind += orderSizes[after * 4 + SIZE];
      before = orders[before * 8 + PREVIOUS];
      after = orders[after * 8 + NEXT];
    }
    if (before === 0) return ahead;
    const level = orders[slot * 8 + LEVEL];
    return this.levelNumbers[level * 4 + LEVEL_SIZE] - orderSizes[slot * 4 + SIZE] - behind;
  }

  /** Orders in front of an order in its queue. */
  ordersAhead(slot: number): number {
    const { orders } = this;
    let steps = 0;
    let before = orders[slot * 8 + PREVIOUS], after = orders[slot * 8 + NEXT];
    while (before !== 0 && after !== 0) {
      steps++;
      before = orders[before * 8 + PREVIOUS];
      after = orders[after * 8 + NEXT];
    }
    return before === 0 ? steps : this.levels[orders[slot * 8 + LEVEL] * 8 + COUNT] - 1 - steps;
  }

  /** Forgets every order and gives their memory back. */
  clear(): void {
    this.bids.clear();
    this.asks.clear();
    this.orders = new Int32Array(SMALLEST * 8);
    this.orderSizes = new Float64Array(this.orders.buffer);
    this.levels = new Int32Array(SMALLEST * 8);
    this.levelNumbers = new Float64Array(this.levels.buffer);
    this.#orderEnd = this.#levelEnd = 1;
    this.#freeOrder = this.#freeLevel = this.count = 0;
  }

  #enqueue(slot: number, side: number, price: number, size: number): void {
    price += 0; // So that −0 becomes 0.
    const index = side === BUY ? this.bids : this.asks, key = side === BUY ? price : -price;
    const level = index.get(key) || this.#newLevel(index, key, side, price);
    const { orders, levels } = this, at = slot * 8, levelAt = level * 8;
    const tail = levels[levelAt + TAIL];
    orders[at + LEVEL] = level;
    orders[at + PREVIOUS] = tail;
    orders[at + NEXT] = 0;
    if (tail === 0) levels[levelAt + HEAD] = slot;
    else orders[tail * 8 + NEXT] = slot;
    levels[levelAt + TAIL] = slot;
    levels[levelAt + COUNT]++;
    this.levelNumbers[level * 4 + LEVEL_SIZE] += size;
  }

  #dequeue(slot: number): void {
    const { orders, levels } = this, at = slot * 8;
    const level = orders[at + LEVEL], levelAt = level * 8;
    const before = orders[at + PREVIOUS], after = orders[at + NEXT];
    if (--levels[levelAt + COUNT] === 0) {
      this.#dropLevel(level);
      return;
    }
    if (before === 0) levels[levelAt + HEAD] = after;
    else orders[before * 8 + NEXT] = after;
    if (after === 0) levels[levelAt + TAIL] = before;
    else orders[after * 8 + PREVIOUS] = before;
    this.levelNumbers[level * 4 + LEVEL_SIZE] -= this.orderSizes[slot * 4 + SIZE];
  }

  #newLevel(index: LevelIndex, key: number, side: number, price: number): number {
    let level = this.#freeLevel;
    if (level !== 0) {
      this.#freeLevel = this.levels[level * 8 + HEAD];
    } else {
      level = this.#levelEnd++;
      if (level * 8 === this.levels.length) {
        this.levels = grown(this.levels);
        this.levelNumbers = new Float64Array(this.levels.buffer);
      }
    }
    const levels = this.levels, at = level * 8;
    levels[at + HEAD] = levels[at + TAIL] = levels[at + COUNT] = 0;
    levels[at + SIDE] = side;
    this.levelNumbers[level * 4 + LEVEL_PRICE] = price;
    this.levelNumbers[level * 4 + LEVEL_SIZE] = 0;
    index.add(key, level);
    return level;
  }

  #dropLevel(level: number): void {
    const price = this.levelNumbers[level * 4 + LEVEL_PRICE];
    if (this.levels[level * 8 + SIDE] === BUY) this.bids.remove(price);
    else this.asks.remove(-price);
    this.levels[level * 8 + HEAD] = this.#freeLevel;
    this.#freeLevel = level;
  }
}

/** Whether a number is BUY or SELL. */
export function isSide(side: number): boolean {
  return side === BUY || side === SELL;
}

function grown(words: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  if (words.length >= WORDS_MAX) {
    throw new RangeError(
      `Cannot hold another order or level: ${WORDS_MAX >>> 3} stand; does the tape never delete any?`,
    );
  }
  const larger = new Int32Array(words.length * 2);
  larger.set(words);
  return larger;
}
