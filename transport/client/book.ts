import type { ChannelMessage } from "../protocol/messages.ts";
import type { UpdateData } from "./update.ts";
import { defined } from "./defined.ts";

/** Price in ticks and size in lots of one level. */
export type Level = readonly [ticks: number, lots: number];

/** A whole book at one sequence, best levels first. It does not change after it was handed over. */
export interface BookView {
  readonly symbol: string;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  /** The update it stands after. */
  readonly seq: number;
  /** When that update happened: session time in ns since 1970-01-01 UTC. */
  readonly timestamp: bigint;
  /** Updates since the view before that this one stands for beside its own. */
  readonly merged: number;
  /** It comes from the cache, and may be long past. */
  readonly stale: boolean;
}

/** A side, the best level last: most changes are near the best, so that little moves. */
class Side {
  readonly prices: number[] = [];
  readonly sizes: number[] = [];
  /** 1 where higher is better, −1 where lower is. */
  readonly #sign: number;

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  set(price: number, size: number): void {
    const { prices, sizes } = this;
    const rank = price * this.#sign;
    let low = 0, high = prices.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (prices[middle] * this.#sign < rank) low = middle + 1;
      else high = middle;
    }
    const there = prices[low] === price;
    if (size === 0) {
      if (there) prices.splice(low, 1), sizes.splice(low, 1);
    } else if (there) sizes[low] = size;
    else prices.splice(low, 0, price), sizes.splice(low, 0, size);
  }

  /** The best `most` levels, best first. */
  best(most: number): Level[] {
    const levels: Level[] = [];
    for (let i = this.prices.length - 1; i >= 0 && levels.length < most; i--) {
      levels.push([this.prices[i], this.sizes[i]]);
    }
    return levels;
  }
}

/**
 * The levels of one instrument, made of a snapshot and what changed since. Order and wholeness of the messages are the topic's
 * affair; whether the outcome is the server's book is said by the checksum.
 *
 * | operation | cost |
 * |---|---|
 * | apply | O(levels changed × (log n + levels better than it)) |
 * | view | O(levels viewed) |
 *
 * @example
 * ```ts
 * import { Book } from "./book.ts";
 *
 * const book = new Book("BTC");
 * const common = { channel: "book", symbol: "BTC", timestamp: 0n, prev: 0 } as const;
 * book.apply({ ...common, type: "snapshot", seq: 1, data: { bids: [[100, 2], [99, 1]], asks: [[101, 3]] } });
 * book.apply({ ...common, type: "update", seq: 2, prev: 1, data: { bids: [[100, 0]], asks: [] } });
 * if (book.view().bids[0][0] !== 99) throw new Error("100 is gone");
 * ```
 */
export class Book {
  readonly symbol: string;
  #bids = new Side(1);
  #asks = new Side(-1);
  #seq = 0;
  #timestamp = 0n;
  #epoch: string | undefined;

  constructor(symbol: string) {
    this.symbol = symbol;
  }

  /** The update it stands after. */
  get seq(): number {
    return this.#seq;
  }

  /** Takes a snapshot or the update that follows. */
  apply(message: ChannelMessage): void {
    if (message.type === "snapshot") {
      this.#bids = new Side(1);
      this.#asks = new Side(-1);
      this.#epoch = message.epoch;
    }
    const { bids, asks } = message.data as UpdateData<"book">;
    for (const [price, size] of bids) this.#bids.set(price, size);
    for (const [price, size] of asks) this.#asks.set(price, size);
    this.#seq = message.seq;
    this.#timestamp = message.timestamp;
  }

  /** The best `most` bids, best first. */
  bids(most = Infinity): Level[] {
    return this.#bids.best(most);
  }

  /** The best `most` asks, best first. */
  asks(most = Infinity): Level[] {
    return this.#asks.best(most);
  }

  /** The book as it is now, at most `depth` levels a side. */
  view(depth = Infinity, merged = 0, stale = false): BookView {
    return {
      symbol: this.symbol,
      bids: this.bids(depth),
      asks: this.asks(depth),
      seq: this.#seq,
      timestamp: this.#timestamp,
      merged,
      stale,
    };
  }

  /** The book as the snapshot that would make it again. */
  snapshot(): ChannelMessage {
    return defined({
      type: "snapshot",
      channel: "book",
      symbol: this.symbol,
      data: { bids: this.bids(), asks: this.asks() },
      timestamp: this.#timestamp,
      seq: this.#seq,
      prev: 0,
      epoch: this.#epoch,
    });
  }
}
