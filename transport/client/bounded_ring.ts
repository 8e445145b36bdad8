/**
 * A queue of bounded length over a ring.
 *
 * | operation | cost |
 * |---|---|
 * | push, shift, last | O(1), no allocation after the first lap |
 *
 * @example
 * ```ts
 * import { BoundedRing } from "./bounded_ring.ts";
 *
 * const ring = new BoundedRing<string>(2);
 * ring.push("a");
 * ring.push("b");
 * if (!ring.full || ring.shift() !== "a" || ring.size !== 1) throw new Error("first in, first out");
 * ```
 */
export class BoundedRing<T> {
  readonly capacity: number;
  readonly #items: (T | undefined)[] = [];
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    if (!(Number.isInteger(capacity) && capacity >= 1)) {
      throw new RangeError(`Cannot make a queue: its capacity is ${capacity}; give a whole number from 1`);
    }
    this.capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  get full(): boolean {
    return this.#size === this.capacity;
  }

  /** Puts an item at the end; throws where there is no room. */
  push(item: T): void {
    if (this.full) throw new Error("Bug: pushed into a full queue");
    this.#items[(this.#head + this.#size++) % this.capacity] = item;
  }

  /** Takes the first item out; undefined where there is none. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.capacity;
    this.#size--;
    return item;
  }

  /** The item at the end; undefined where there is none. */
  get last(): T | undefined {
    return this.#size === 0 ? undefined : this.#items[(this.#head + this.#size - 1) % this.capacity];
  }

  /** Puts another item in the place of the one at the end. */
  replaceLast(item: T): void {
    if (this.#size === 0) throw new Error("Bug: replaced in an empty queue");
    this.#items[(this.#head + this.#size - 1) % this.capacity] = item;
  }

  /** Takes all out. */
  clear(): void {
    this.#items.length = 0;
    this.#head = this.#size = 0;
  }
}
