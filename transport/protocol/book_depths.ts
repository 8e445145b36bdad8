/** How many levels a side the book can be had with, beside all of it. */
export const BOOK_DEPTHS: readonly number[] = [1, 5, 10, 25, 50, 100, 500, 1000];

/**
 * The levels a side that are sent to whoever asks for so many: as many or a few more, 0 for all. Each depth costs the hub a view of
 * the book with a history of its own, which all share who get that depth: hence few.
 *
 * @example
 * ```ts
 * import { depthSent } from "./book_depths.ts";
 * if ([1, 7, 10, 2000].map(depthSent).join() !== "1,10,10,0") throw new Error("unexpected");
 * ```
 */
export function depthSent(asked: number): number {
  return asked === 0 ? 0 : BOOK_DEPTHS.find((depth) => depth >= asked) ?? 0;
}
