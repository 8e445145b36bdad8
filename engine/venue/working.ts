import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { wider } from "../core/wider.ts";

/**
 * Our orders working on one side of a venue, best price first, and at one price in the order in which they came.
 *
 * | operation | cost |
 * |---|---|
 * | `add`, `remove` | O(n) of our own orders on the side |
 * | `best`, `worst` | O(1) |
 */
export class Working {
  /** Slots in priority order; valid up to `count`. */
  slots = new Int32Array(16);
  count = 0;
  /** Price of the first and the last; a range that holds nothing while there is none. */
  best: number;
  worst: number;
  readonly #prices: (slot: number) => number;
  /** 1 for bids, -1 for asks: `sign * price` falls along the list. */
  readonly #sign: number;

  constructor(side: number, prices: (slot: number) => number) {
    this.#sign = side;
    this.#prices = prices;
    this.best = -side * Infinity;
    this.worst = side * Infinity;
  }

  /** Puts an order behind all of its price. */
  add(slot: number): void {
    if (this.count === this.slots.length) this.slots = wider(this.slots, this.count * 2);
    const slots = this.slots, price = this.#prices(slot) * this.#sign;
    let i = this.count++;
    while (i > 0 && this.#prices(slots[i - 1]) * this.#sign < price) {
      slots[i] = slots[i - 1];
      i--;
    }
    slots[i] = slot;
    this.#range();
  }

  /** Takes an order out, if it is there. */
  remove(slot: number): void {
    const i = this.slots.subarray(0, this.count).indexOf(slot);
    if (i < 0) return;
    this.slots.copyWithin(i, i + 1, this.count);
    this.count--;
    this.#range();
  }

  save(to: StateWriter): void {
    to.column(this.slots, this.count);
  }

  /** The prices of its orders have to be known again. */
  load(from: StateReader): void {
    const slots = from.column(this.slots);
    while (this.slots.length < slots.length) this.slots = new Int32Array(this.slots.length * 2);
    this.slots.set(slots);
    this.count = slots.length;
    this.#range();
  }

  #range(): void {
    const n = this.count;
    this.best = n > 0 ? this.#prices(this.slots[0]) : -this.#sign * Infinity;
    this.worst = n > 0 ? this.#prices(this.slots[n - 1]) : this.#sign * Infinity;
  }
}
