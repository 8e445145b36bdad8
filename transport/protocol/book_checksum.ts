import { crc32 } from "../../engine/book/crc32.ts";

/** Levels a side that a checksum is made of. */
export const BOOK_LEVELS = 10;

/** A level: price in ticks, lots. */
type Level = readonly [price: number, lots: number];

/**
 * The checksum of a book: CRC-32 (that of zip and zlib) over the best ten bids and then the best ten asks, best first, each
 * written as `ticks:lots` in decimal, with `|` between them. An empty book has 0.
 *
 * `bids` and `asks` are best first; what is beyond ten is not looked at. Cost: O(characters of twenty levels).
 *
 * @example
 * ```ts
 * import { bookChecksum } from "./book_checksum.ts";
 * // The CRC-32 of "99:3|98:1|101:2".
 * if (bookChecksum([[99, 3], [98, 1]], [[101, 2]]) !== 23342972) throw new Error("unexpected");
 * ```
 */
export function bookChecksum(bids: readonly Level[], asks: readonly Level[]): number {
  let crc = 0, between = "";
  for (const side of [bids, asks]) {
    const count = Math.min(BOOK_LEVELS, side.length);
    for (let i = 0; i < count; i++) {
      crc = crc32(`${between}${side[i][0]}:${side[i][1]}`, crc);
      between = "|";
    }
  }
  return crc;
}
