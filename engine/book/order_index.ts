/** Buckets of an empty index. */
const SMALLEST = 1024;
/** Words of a bucket: low and high half of the id, the slot, and one that keeps a bucket in one cache line. */
const LOW = 0, HIGH = 1, SLOT = 2;

/**
 * From a 64-bit order id, as two 32-bit halves, to a slot number above 0.
 *
 * Open addressing with linear probing; a removal moves followers back, so that no tombstones pile up. Ids that follow each
 * other are the common case: 64 of them in a row share one stretch of buckets, so that an exchange that counts its orders
 * is served from cache and without a collision. The stretches are scattered by both halves of the id, and ids inside one
 * turn by it, so that ids with a stride do not pile up either.
 *
 * | operation | cost |
 * |---|---|
 * | `get`, `set`, `remove` | O(1); at most half of the buckets are used |
 * | growing, shrinking | O(n), once in n operations |
 * | memory | 32 to 64 bytes an id, halved when seven eighths are empty |
 *
 * @example
 * ```ts
 * import { OrderIndex } from "./order_index.ts";
 * const index = new OrderIndex();
 * index.set(7, 0, 42);
 * if (index.get(7, 0) !== 42 || index.get(7, 1) !== 0) throw new Error("unexpected");
 * ```
 */
export class OrderIndex {
  #table = new Int32Array(SMALLEST * 4);
  #mask = SMALLEST - 1;
  #count = 0;

  /** Ids held. */
  get count(): number {
    return this.#count;
  }

  /** Buckets, at least twice the ids held. */
  get capacity(): number {
    return this.#mask + 1;
  }

  /** The slot of an id, 0 where it is not known. */
  get(low: number, high: number): number {
    low |= 0;
    high |= 0;
    const table = this.#table, mask = this.#mask;
    for (let i = home(low, high) & mask;; i = (i + 1) & mask) {
      const at = i << 2, slot = table[at + SLOT];
      if (slot === 0 || (table[at + LOW] === low && table[at + HIGH] === high)) return slot;
    }
  }

  /** Sets the slot (an integer above 0) of an id, new or known. */
  set(low: number, high: number, slot: number): void {
    low |= 0;
    high |= 0;
    if ((this.#count + 1) * 2 > this.#mask + 1) this.#resize((this.#mask + 1) * 2);
    const table = this.#table, mask = this.#mask;
    for (let i = home(low, high) & mask;; i = (i + 1) & mask) {
      const at = i << 2;
      if (table[at + SLOT] === 0) {
        table[at + LOW] = low;
        table[at + HIGH] = high;
        table[at + SLOT] = slot;
        this.#count++;
        return;
      }
      if (table[at + LOW] === low && table[at + HIGH] === high) {
        table[at + SLOT] = slot;
        return;
      }
    }
  }

  /** Forgets an id; returns the slot it had, 0 where it was not known. */
  remove(low: number, high: number): number {
    low |= 0;
    high |= 0;
    const table = this.#table, mask = this.#mask;
    let i = home(low, high) & mask;
    while (table[(i << 2) + LOW] !== low || table[(i << 2) + HIGH] !== high || table[(i << 2) + SLOT] === 0) {
      if (table[(i << 2) + SLOT] === 0) return 0;
      i = (i + 1) & mask;
    }
    const slot = table[(i << 2) + SLOT];
    for (let j = (i + 1) & mask; table[(j << 2) + SLOT] !== 0; j = (j + 1) & mask) {
      const from = j << 2, to = i << 2;
      const wanted = home(table[from + LOW], table[from + HIGH]) & mask;
      if (((j - wanted) & mask) < ((j - i) & mask)) continue;
      table[to + LOW] = table[from + LOW];
      table[to + HIGH] = table[from + HIGH];
      table[to + SLOT] = table[from + SLOT];
      i = j;
    }
    table[(i << 2) + SLOT] = 0;
    this.#count--;
    if (this.#count * 8 < mask && mask >= SMALLEST) this.#resize((mask + 1) / 2);
    return slot;
  }

  /** Forgets every id and gives its memory back. */
  clear(): void {
    if (this.#mask >= SMALLEST) this.#table = new Int32Array(SMALLEST * 4);
    else this.#table.fill(0);
    this.#mask = SMALLEST - 1;
    this.#count = 0;
  }

  #resize(capacity: number): void {
    const old = this.#table, table = new Int32Array(capacity * 4), mask = capacity - 1;
    for (let from = 0; from < old.length; from += 4) {
      const slot = old[from + SLOT];
      if (slot === 0) continue;
      const low = old[from + LOW], high = old[from + HIGH];
      let i = home(low, high) & mask;
      while (table[(i << 2) + SLOT] !== 0) i = (i + 1) & mask;
      table[(i << 2) + LOW] = low;
      table[(i << 2) + HIGH] = high;
      table[(i << 2) + SLOT] = slot;
    }
    this.#table = table;
    this.#mask = mask;
  }
}

/** The bucket an id would like, before the mask. */
function home(low: number, high: number): number {
  let stretch = Math.imul((low >>> 6) ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  stretch ^= stretch >>> 15;
  return (stretch << 6) | ((low ^ (stretch >>> 24)) & 63);
}
