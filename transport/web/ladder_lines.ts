/** A level of a book: its price in ticks, and what stands there. */
export type Level = readonly [ticks: number, lots: number];

/** A line of the ladder: a price, what the market has there, and what we have. */
export interface Line {
  readonly ticks: number;
  readonly lots: number;
  readonly own: number;
}

/**
 * One side of a ladder, best first: the levels of the book, and our own orders at their prices, be there a level or not. Book and
 * orders come a moment apart, and a book that is only replayed never has our orders in it: an order of ours is on its own side
 * all the same. `direction`: 1 for asks, −1 for bids.
 *
 * @example
 * ```ts
 * import { linesOf } from "./ladder_lines.ts";
 * const lines = linesOf([[99, 5], [98, 7]], new Map([[100, 2], [98, 1]]), -1, 10);
 * if (lines.map(({ ticks, lots, own }) => `${ticks} ${lots} ${own}`).join() !== "100 0 2,99 5 0,98 7 1") throw new Error("unexpected");
 * ```
 */
export function linesOf(
  levels: readonly Level[],
  own: ReadonlyMap<number, number>,
  direction: number,
  most: number,
): Line[] {
  const lots = new Map(levels);
  for (const ticks of own.keys()) if (!lots.has(ticks)) lots.set(ticks, 0);
  return [...lots].sort(([a], [b]) => direction * (a - b)).slice(0, most)
    .map(([ticks, lots]) => ({ ticks, lots, own: own.get(ticks) ?? 0 }));
}
