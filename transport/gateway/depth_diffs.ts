import type { BookLevels } from "../host/book_watch.ts";
import type { SpotSymbol } from "./spot_symbol.ts";

/** A level as it is sent: price and size. */
export type LevelText = readonly [price: string, size: string];

/** A part of the chain of changes: updates `U` to `u`, with what has become of each level that they changed. */
export interface DepthDiff {
  readonly U: number;
  readonly u: number;
  readonly b: readonly LevelText[];
  readonly a: readonly LevelText[];
}

/**
 * The changes of one book since the last part of its chain was taken. Parts chain exactly: each begins with the update behind the
 * last of the one before.
 *
 * Memory: the levels that changed since.
 *
 * @example
 * ```ts
 * import { instrument } from "../../engine/core/instrument.ts";
 * import { DepthDiffs } from "./depth_diffs.ts";
 * import { SpotSymbol } from "./spot_symbol.ts";
 * const btc = instrument({ symbol: "BTCUSDT", venue: "binance", tick: "0.1", lot: "0.001", currency: "USDT" });
 * const diffs = new DepthDiffs(41);
 * diffs.add(42, { bids: [[618000, 5]], asks: [] });
 * diffs.add(43, { bids: [[618000, 0]], asks: [[618001, 7]] });
 * const { U, u, b, a } = diffs.take(new SpotSymbol(0, btc, "BTCUSDT"))!;
 * if (U !== 42 || u !== 43 || b[0][1] !== "0.00000000" || a[0][0] !== "61800.10000000") throw new Error("unexpected");
 * ```
 */
export class DepthDiffs {
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  #taken: number;
  #last: number;

  /** `last` is the update up to which everybody knows the book. */
  constructor(last: number) {
    this.#taken = this.#last = last;
  }

  /** Update `id` changed these levels. */
  add(id: number, { bids, asks }: BookLevels): void {
    for (const [price, lots] of bids) this.#bids.set(price, lots);
    for (const [price, lots] of asks) this.#asks.set(price, lots);
    this.#last = id;
  }

  /** Takes what has changed; undefined where nothing has. */
  take(symbol: SpotSymbol): DepthDiff | undefined {
    if (this.#last === this.#taken) return undefined;
    const diff = {
      U: this.#taken + 1,
      u: this.#last,
      b: levelTexts(symbol, this.#bids),
      a: levelTexts(symbol, this.#asks),
    };
    this.#bids.clear();
    this.#asks.clear();
    this.#taken = this.#last;
    return diff;
  }
}

/** Levels as they are sent. */
export function levelTexts(symbol: SpotSymbol, levels: Iterable<readonly [price: number, lots: number]>): LevelText[] {
  return Array.from(levels, ([price, lots]) => [symbol.price(price), symbol.size(lots)]);
}
