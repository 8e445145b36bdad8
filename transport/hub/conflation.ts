import type { Channel } from "../protocol/channels.ts";
import type { Data } from "./entry.ts";

/** Levels of one side, as messages carry them: `[ticks, lots]`. */
export type Level = readonly [ticks: number, lots: number];

/** Levels of a book, best first; 0 lots: the level is gone. */
export interface BookData {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly checksum?: number;
}

/**
 * The data of one update that stands for several of a topic, in order: books by level, positions and P&L by field, of all else
 * the newest. A book's checksum is kept where the last update has one.
 *
 * Cost: O(levels log levels) for books, O(fields) for positions and P&L, else O(1).
 *
 * @example
 * ```ts
 * import { mergedData } from "./conflation.ts";
 * const merged = mergedData("book", [{ bids: [[10, 1], [9, 4]], asks: [] }, { bids: [[10, 0]], asks: [[12, 3]] }]);
 * if (JSON.stringify(merged) !== '{"bids":[[10,0],[9,4]],"asks":[[12,3]]}') throw new Error("unexpected");
 * ```
 */
export function mergedData(channel: Channel, updates: readonly Data[]): Data {
  const last = updates[updates.length - 1];
  if (updates.length === 1) return last;
  if (channel === "positions" || channel === "pnl") return Object.assign({}, ...updates);
  if (channel !== "book") return last;
  const books = updates as unknown as readonly BookData[], checksum = books[books.length - 1].checksum;
  return {
    bids: sortedLevels(levelsOf(books, "bids"), "bids"),
    asks: sortedLevels(levelsOf(books, "asks"), "asks"),
    ...(checksum === undefined ? {} : { checksum }),
  };
}

/** Levels by price, best first. */
export function sortedLevels(levels: ReadonlyMap<number, number>, side: "bids" | "asks"): Level[] {
  return [...levels].sort(side === "bids" ? (a, b) => b[0] - a[0] : (a, b) => a[0] - b[0]);
}

function levelsOf(books: readonly BookData[], side: "bids" | "asks"): Map<number, number> {
  const levels = new Map<number, number>();
  for (const book of books) {
    for (const [ticks, lots] of book[side]) levels.set(ticks, lots);
  }
  return levels;
}
