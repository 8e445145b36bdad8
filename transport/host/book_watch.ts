import { BUY, SELL } from "../../engine/core/event.ts";
import type { Feed } from "../../engine/core/feed.ts";
import type { BookView } from "../../engine/core/strategy.ts";
import { BOOK_LEVELS, bookChecksum } from "../protocol/book_checksum.ts";

/** Levels a side that are published of a book of single orders; one of levels may be deeper. */
const LEVELS_MAX = 1000;
/** Updates between two that carry a checksum. */
const CHECKSUM_EVERY = 64;

/** A level: price in ticks, lots. */
type Level = readonly [price: number, lots: number];

/** What a message changed of a book, or all of it. */
export interface BookLevels {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly checksum?: number;
}

/**
 * One book as it is published: what each message changed of it, put together from the levels that were set; where levels were
 * cleared, from a look at all of them; where the tape tells single orders, at the best 1000 of each side.
 *
 * | call | cost |
 * |---|---|
 * | `update` | the levels set, or all there are after a clear; of single orders 2000 |
 * | `all` | the levels there are, sorted |
 * | memory | the levels there are |
 */
export class BookWatch {
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  #prices = new Float64Array(LEVELS_MAX);
  #sizes = new Float64Array(LEVELS_MAX);
  #updates = 0;
  #begun = false;

  /** What the message that `feed` has just applied changed; undefined where that is nothing. */
  update({ view: { pending, book } }: Pick<Feed, "view">): BookLevels | undefined {
    const bids: Level[] = [], asks: Level[] = [];
    if (!this.#begun || !pending.logs || pending.cleared) {
      // From now on the view keeps what it sets; another watch of it may have asked for that in this message.
      this.#begun = pending.logs = true;
      this.#look(book, BUY, this.#bids, bids);
      this.#look(book, SELL, this.#asks, asks);
    } else {
      for (let i = 0; i < pending.changes; i++) {
        const side = pending.changedSides[i], price = pending.changedPrices[i];
        set(side === BUY ? this.#bids : this.#asks, price, book.size(side, price), side === BUY ? bids : asks);
      }
    }
    if (bids.length === 0 && asks.length === 0) return undefined;
    const update = { bids: sorted(bids, BUY), asks: sorted(asks, SELL) };
    return ++this.#updates % CHECKSUM_EVERY === 0 ? { ...update, checksum: this.#checksum() } : update;
  }

  /** All levels, best first. */
  all(): BookLevels {
    const bids = sorted([...this.#bids], BUY), asks = sorted([...this.#asks], SELL);
    return { bids, asks, checksum: bookChecksum(bids, asks) };
  }

  #look(book: BookView, side: number, known: Map<number, number>, changed: Level[]): void {
    const count = this.#top(book, side);
    const there = new Set<number>();
    for (let i = 0; i < count; i++) {
      there.add(this.#prices[i]);
      set(known, this.#prices[i], this.#sizes[i], changed);
    }
    for (const price of known.keys()) if (!there.has(price)) set(known, price, 0, changed);
  }

  /** Reads the best levels of a side, of a book of levels all; returns how many there are. */
  #top(book: BookView, side: number): number {
    for (;;) {
      const room = this.#prices.length, count = book.top(side, room, this.#prices, this.#sizes);
      if (count < room || book.orders !== undefined) return count;
      this.#prices = new Float64Array(2 * room);
      this.#sizes = new Float64Array(2 * room);
    }
  }

  #checksum(): number {
    return bookChecksum(best(this.#bids, BUY), best(this.#asks, SELL));
  }
}

/** Sets a level, and keeps that where it is a change. */
function set(known: Map<number, number>, price: number, size: number, changed: Level[]): void {
  if ((known.get(price) ?? 0) === size) return;
  if (size > 0) known.set(price, size);
  else known.delete(price);
  changed.push([price, size]);
}

/** Best first; the last change of a price stands. */
function sorted(levels: readonly Level[], side: number): readonly Level[] {
  return [...new Map(levels)].sort(([a], [b]) => side * (b - a));
}

/** The levels that a checksum is made of. */
function best(known: ReadonlyMap<number, number>, side: number): readonly Level[] {
  return sorted([...known], side).slice(0, BOOK_LEVELS);
}
