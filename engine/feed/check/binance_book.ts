import { L2Book } from "../../book/l2.ts";
import { formatDecimal, POWERS_OF_TEN } from "../../core/decimal.ts";
import { BUY, SELL, type Side } from "../../core/event.ts";
import { countAt, decimalAt } from "../decode/digits.ts";
import { SourceError } from "../decoder.ts";
import { BROKEN, DROP, TOO_OLD, UpdateChain } from "../decode/update_chain.ts";

const HELD_MAX = 1024;

/** Best bid and ask with their sizes, as numbers nearest to the decimals. */
export interface Quote {
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
}

/** Levels of one side as sent: [["61737.63000000", "0.00000000"], …]. */
type Levels = readonly (readonly unknown[])[];

/**
 * One symbol's book, kept from its depth updates and snapshots as Binance's own rules say.
 *
 * It shares the chain of update ids with the decoder, and nothing else: the straight way, from JSON, against which the fast
 * one is tested. Its tick is as fine as the finest price so far.
 */
export class BinanceBook {
  readonly chain = new UpdateChain();
  /** The depth stream that is followed; undefined until the first update of a file. */
  stream: string | undefined;
  updates = 0;
  snapshots = 0;
  gaps = 0;
  #book = new L2Book();
  #decimals = 0;
  #held: { previous: number; last: number; bids: Levels; asks: Levels }[] = [];

  /** Levels of both sides. */
  get levels(): number {
    return this.#book.count(BUY) + this.#book.count(SELL);
  }

  /** Whether the id of a snapshot lies within the updates held. */
  fits(id: number): boolean {
    return this.#held.length > 0 && id >= this.#held[0].previous && id <= this.chain.last;
  }

  /** Applies a depth update; false where it holds nothing new. */
  update(data: Record<string, unknown>, line: number): boolean {
    const last = countAt(data.u, "u", line);
    const strict = data.pu !== undefined;
    const previous = strict ? countAt(data.pu, "pu", line) : countAt(data.U, "U", line) - 1;
    const bids = levelsOf(data.b, "b", line), asks = levelsOf(data.a, "a", line);
    const verdict = this.chain.event(previous, last, strict);
    if (verdict === DROP) return false;
    this.updates++;
    if (verdict === BROKEN) {
      this.gaps++;
      this.#held.length = 0;
    }
    if (this.#held.length === HELD_MAX) this.#held.splice(0, HELD_MAX / 2);
    this.#held.push({ previous, last, bids, asks });
    this.#apply(BUY, bids, line);
    this.#apply(SELL, asks, line);
    return true;
  }

  /** Applies a REST snapshot, and the held updates that are newer. */
  snapshot(data: Record<string, unknown>, line: number): void {
    const id = countAt(data.lastUpdateId, "lastUpdateId", line);
    const bids = levelsOf(data.bids, "bids", line), asks = levelsOf(data.asks, "asks", line);
    const { whole, last: known } = this.chain;
    if (this.chain.snapshot(id, this.#held[0]?.previous ?? -1) === TOO_OLD) return;
    this.snapshots++;
    if (whole && id <= known && bids.length > 0 && asks.length > 0) {
      this.#book.clear(BUY, Math.min(...bids.map(([price]) => this.#ticks(price, line))));
      this.#book.clear(SELL, Math.max(...asks.map(([price]) => this.#ticks(price, line))));
    } else this.#book.clear(0);
    this.#apply(BUY, bids, line);
    this.#apply(SELL, asks, line);
    for (const update of this.#held) {
      if (update.last <= id) continue;
      this.#apply(BUY, update.bids, line);
      this.#apply(SELL, update.asks, line);
    }
  }

  /** The best levels now; a side without any is ∓Infinity, 0. */
  quote(): Quote {
    const { bestBid, bestBidSize, bestAsk, bestAskSize } = this.#book;
    return { bid: this.#price(bestBid), bidSize: bestBidSize, ask: this.#price(bestAsk), askSize: bestAskSize };
  }

  #apply(side: Side, levels: Levels, line: number): void {
    for (const [price, size] of levels) {
      const ticks = this.#ticks(price, line);
      const { mantissa, decimals } = decimalAt(size, "size", line);
      if (mantissa < 0) throw new SourceError(`size is ${size}`, line, "a size is 0 or more: repair or drop the line");
      this.#book.set(side, ticks, mantissa / POWERS_OF_TEN[decimals]);
    }
  }

  #ticks(price: unknown, line: number): number {
    const { mantissa, decimals } = decimalAt(price, "price", line);
    if (decimals > this.#decimals) this.#refine(decimals);
    return mantissa * POWERS_OF_TEN[this.#decimals - decimals];
  }

  #price(ticks: number): number {
    return Math.abs(ticks) === Infinity ? ticks : Number(formatDecimal(ticks, this.#decimals));
  }

  /** Starts a book with finer ticks from the levels of the one there is. */
  #refine(decimals: number): void {
    const old = this.#book, book = new L2Book();
    const scale = POWERS_OF_TEN[decimals - this.#decimals];
    for (const side of [BUY, SELL]) {
      let price = old.next(side, side === BUY ? Infinity : -Infinity);
      for (; Math.abs(price) !== Infinity; price = old.next(side, price)) {
        book.set(side, price * scale, old.size(side, price));
      }
    }
    this.#book = book;
    this.#decimals = decimals;
  }
}

function levelsOf(value: unknown, name: string, line: number): Levels {
  if (Array.isArray(value) && value.every(Array.isArray)) return value;
  throw new SourceError(
    `${name} is ${JSON.stringify(value)?.slice(0, 60) ?? "missing"}`,
    line,
    "levels are [[price, size], …]: repair or drop the line",
  );
}
