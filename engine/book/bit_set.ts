/**
 * A set of small integers with fast neighbours: which levels of a dense window hold something.
 *
 * | operation | cost |
 * |---|---|
 * | `add`, `remove`, `has` | O(1) |
 * | `above`, `below` | O(1) near by, else one look per 1,024 numbers |
 * | memory | capacity / 8 bytes, and 1/32 of that |
 */
export class BitSet {
  readonly #words: Int32Array;
  readonly #summary: Int32Array;

  /** For numbers from 0 to below `capacity`, a multiple of 1,024. */
  constructor(capacity: number) {
    this.#words = new Int32Array(capacity >>> 5);
    this.#summary = new Int32Array(capacity >>> 10);
  }

  add(i: number): void {
    this.#words[i >>> 5] |= 1 << (i & 31);
    this.#summary[i >>> 10] |= 1 << ((i >>> 5) & 31);
  }

  remove(i: number): void {
    const word = i >>> 5;
    if ((this.#words[word] &= ~(1 << (i & 31))) === 0) this.#summary[word >>> 5] &= ~(1 << (word & 31));
  }

  has(i: number): boolean {
    return (this.#words[i >>> 5] & (1 << (i & 31))) !== 0;
  }

  clear(): void {
    this.#words.fill(0);
    this.#summary.fill(0);
  }

  /** The smallest member above `i`, or -1. */
  above(i: number): number {
    const words = this.#words;
    let word = i >>> 5;
    const bit = i & 31;
    // Shifting by 32 would shift by 0, hence the two steps.
    let bits = words[word] & ((-1 << bit) << 1);
    if (bits !== 0) return (word << 5) + lowest(bits);
    let group = word >>> 5;
    bits = this.#summary[group] & ((-1 << (word & 31)) << 1);
    while (bits === 0) {
      if (++group >= this.#summary.length) return -1;
      bits = this.#summary[group];
    }
    word = (group << 5) + lowest(bits);
    return (word << 5) + lowest(words[word]);
  }

  /** The largest member below `i`, or -1. */
  below(i: number): number {
    const words = this.#words;
    let word = i >>> 5;
    let bits = words[word] & ((1 << (i & 31)) - 1);
    if (bits !== 0) return (word << 5) + 31 - Math.clz32(bits);
    let group = word >>> 5;
    bits = this.#summary[group] & ((1 << (word & 31)) - 1);
    while (bits === 0) {
      if (--group < 0) return -1;
      bits = this.#summary[group];
    }
    word = (group << 5) + 31 - Math.clz32(bits);
    return (word << 5) + 31 - Math.clz32(words[word]);
  }
}

function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
