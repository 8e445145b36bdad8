/**
 * Order books: by level ({@linkcode L2Book}) and by order ({@linkcode L3Book}).
 *
 * Each has a slow, obvious twin (`naive_l2.ts`, `naive_l3.ts`) that passes the same tests, and a fuzz that compares the two
 * after every step. What each operation costs stands in the table of its class. `crc32.ts` proves books of venues that
 * send checksums.
 *
 * @module
 */
export type { LevelBook, OrderBook } from "./book.ts";
export { crc32 } from "./crc32.ts";
export { L2Book } from "./l2.ts";
export { L3Book } from "./l3.ts";
