import { BUY, SELL } from "../core/event.ts";
import type { LevelBook } from "./book.ts";

/**
 * The CRC-32 of ASCII text (reflected polynomial 0xEDB88320, as in zip and Ethernet), an unsigned 32-bit integer.
 *
 * `previous` is the CRC of the text before it, so that a text need not be put together: `crc32("b", crc32("a"))` is
 * `crc32("ab")`. Cost: O(characters), one table look-up each, no allocation.
 *
 * @example
 * ```ts
 * import { crc32 } from "./crc32.ts";
 * if (crc32("123456789") !== 0xcbf43926) throw new Error("unexpected");
 * ```
 */
export function crc32(text: string, previous = 0): number {
  let crc = ~previous;
  for (let i = 0; i < text.length; i++) crc = TABLE[(crc ^ text.charCodeAt(i)) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The best levels of a book as decimal text, the way an exchange writes them: what its checksums are made of. */
export interface LevelTexts {
  /** Levels of a side. */
  count(side: number): number;
  /** Price of the `i`-th best level of a side, from 0. */
  price(side: number, i: number): string;
  /** Size of the `i`-th best level of a side. */
  size(side: number, i: number): string;
}

const KRAKEN_LEVELS = 10;

/**
 * The checksum of a Kraken book (v1 `book-N`, field `c`; v2 alike), unsigned.
 *
 * The best 10 asks, then the best 10 bids, each as the digits of its price and of its size, without point and leading zeros.
 */
export function krakenChecksum(levels: LevelTexts): number {
  let crc = 0;
  for (const side of [SELL, BUY]) {
    const count = Math.min(KRAKEN_LEVELS, levels.count(side));
    for (let i = 0; i < count; i++) crc = crcOfDigits(levels.size(side, i), crcOfDigits(levels.price(side, i), crc));
  }
  return crc;
}

const OKX_LEVELS = 25;

/**
 * The checksum of an OKX v5 book (`books` and the like, field `checksum`), a signed 32-bit integer.
 *
 * The best 25 levels, bid and ask in turn as long as there are any, as "price:size" with colons between.
 */
export function okxChecksum(levels: LevelTexts): number {
  const bids = levels.count(BUY), asks = levels.count(SELL);
  let crc = 0, colon = "";
  for (let i = 0; i < OKX_LEVELS; i++) {
    for (const side of [BUY, SELL]) {
      if (i >= (side === BUY ? bids : asks)) continue;
      crc = crc32(levels.size(side, i), crc32(":", crc32(levels.price(side, i), crc32(colon, crc))));
      colon = ":";
    }
  }
  return crc | 0;
}

/**
 * An L2 book as text for a checksum, where the exchange writes all prices, and all sizes, of an instrument in one way.
 *
 * `read` takes the levels again after the book has changed.
 *
 * @example
 * ```ts
 * import { formatDecimal } from "../core/decimal.ts";
 * import { BUY } from "../core/event.ts";
 * import { BookTexts, krakenChecksum } from "./crc32.ts";
 * import { L2Book } from "./l2.ts";
 * const book = new L2Book();
 * book.set(BUY, 35415, 500000000); // 354.15000000 × 5.00000000
 * const texts = new BookTexts(book, (ticks) => formatDecimal(ticks, 2) + "000000", (lots) => formatDecimal(lots, 8));
 * texts.read();
 * if (krakenChecksum(texts) !== 3915777615) throw new Error(`unexpected ${krakenChecksum(texts)}`);
 * ```
 */
export class BookTexts implements LevelTexts {
  readonly #bidPrices = new Float64Array(OKX_LEVELS);
  readonly #bidSizes = new Float64Array(OKX_LEVELS);
  readonly #askPrices = new Float64Array(OKX_LEVELS);
  readonly #askSizes = new Float64Array(OKX_LEVELS);
  #bids = 0;
  #asks = 0;

  /** `priceText` writes ticks, `sizeText` lots, as the exchange does. */
  constructor(
    readonly book: LevelBook,
    readonly priceText: (ticks: number) => string,
    readonly sizeText: (lots: number) => string,
  ) {}

  /** Takes the best 25 levels a side as they are now. */
  read(): void {
    this.#bids = this.book.top(BUY, OKX_LEVELS, this.#bidPrices, this.#bidSizes);
    this.#asks = this.book.top(SELL, OKX_LEVELS, this.#askPrices, this.#askSizes);
  }

  count(side: number): number {
    return side === BUY ? this.#bids : this.#asks;
  }

  price(side: number, i: number): string {
    return this.priceText(side === BUY ? this.#bidPrices[i] : this.#askPrices[i]);
  }

  size(side: number, i: number): string {
    return this.sizeText(side === BUY ? this.#bidSizes[i] : this.#askSizes[i]);
  }
}

const POINT = 46, ZERO = 48;

/** The CRC of a decimal's digits, from the first that is not zero. */
function crcOfDigits(text: string, previous: number): number {
  let crc = ~previous, leading = true;
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i);
    if (byte === POINT || (leading && byte === ZERO)) continue;
    leading = false;
    crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});
