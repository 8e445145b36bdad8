/**
 * A queue of records of one width, numbers in a row, for two files that are read side by side.
 *
 * | operation | cost |
 * |---|---|
 * | `put`, `drop` | O(width), amortised |
 * | memory | twice the most that ever waited |
 */
export class RecordQueue {
  readonly width: number;
  /** Records that wait. */
  count = 0;
  #numbers: Float64Array;
  #from = 0;

  constructor(width: number) {
    this.width = width;
    this.#numbers = new Float64Array(width * 64);
  }

  /** Where the numbers of the record `index` places behind the first begin in {@linkcode numbers}. */
  at(index: number): number {
    return (this.#from + index) * this.width;
  }

  /** The numbers, at {@linkcode at}; they move when a record is put. */
  get numbers(): Float64Array {
    return this.#numbers;
  }

  /** Adds a record; returns where its numbers, left from an older record, are to be written. */
  put(): number {
    const { width } = this;
    const to = (this.#from + this.count) * width;
    this.count++;
    if (to + width <= this.#numbers.length) return to;
    const live = this.#numbers.subarray(this.#from * width, to);
    if (this.#from * width * 2 < this.#numbers.length) {
      const larger = new Float64Array(this.#numbers.length * 2);
      larger.set(live);
      this.#numbers = larger;
    } else {
      this.#numbers.copyWithin(0, this.#from * width, to);
    }
    this.#from = 0;
    return live.length;
  }

  /** Takes the first `count` records off. */
  drop(count: number): void {
    this.count -= count;
    this.#from = this.count === 0 ? 0 : this.#from + count;
  }

  /** Takes all off. */
  clear(): void {
    this.count = this.#from = 0;
  }
}
