import type { Side } from "../../core/event.ts";
import { OrderIndex } from "../../book/order_index.ts";
import { wider } from "../../core/wider.ts";

/**
 * The live orders of one stock, so that messages that name only a reference can be given side, price and size.
 *
 * | operation | cost |
 * |---|---|
 * | `find`, `add`, `take` | O(1) |
 * | memory | 29 bytes and an index entry a live order at the most there were; slots are used again |
 */
export class ItchOrders {
  #index = new OrderIndex();
  #ids = new Uint32Array(2048);
  #prices = new Float64Array(1024);
  #sizes = new Float64Array(1024);
  #sides = new Int8Array(1024);
  /** Free slots, the last first; slot 0 is none. */
  #free = new Uint32Array(1024);
  #freeCount = 0;
  #slots = 1;

  /** Orders alive. */
  get count(): number {
    return this.#index.count;
  }

  /** The slot of an order, 0 where there is none. */
  find(idLow: number, idHigh: number): number {
    return this.#index.get(idLow, idHigh);
  }

  /** Adds an order; false where its id is there already. */
  add(idLow: number, idHigh: number, side: Side, price: number, size: number): boolean {
    if (this.#index.get(idLow, idHigh) !== 0) return false;
    const slot = this.#freeCount > 0 ? this.#free[--this.#freeCount] : this.#slots++;
    if (slot === this.#prices.length) this.#grow();
    this.#ids[2 * slot] = idLow;
    this.#ids[2 * slot + 1] = idHigh;
    this.#prices[slot] = price;
    this.#sizes[slot] = size;
    this.#sides[slot] = side;
    this.#index.set(idLow, idHigh, slot);
    return true;
  }

  /** Takes lots, not more than are left, off an order; it is gone when none are left. */
  take(slot: number, lots: number): void {
    this.#sizes[slot] -= lots;
    if (this.#sizes[slot] > 0) return;
    this.#index.remove(this.#ids[2 * slot], this.#ids[2 * slot + 1]);
    this.#free[this.#freeCount++] = slot;
  }

  idLow(slot: number): number {
    return this.#ids[2 * slot];
  }

  idHigh(slot: number): number {
    return this.#ids[2 * slot + 1];
  }

  side(slot: number): Side {
    return this.#sides[slot] as Side;
  }

  /** Ticks. */
  price(slot: number): number {
    return this.#prices[slot];
  }

  /** Lots left. */
  size(slot: number): number {
    return this.#sizes[slot];
  }

  /** Forgets all. */
  clear(): void {
    this.#index.clear();
    this.#freeCount = 0;
    this.#slots = 1;
  }

  #grow(): void {
    const length = this.#prices.length * 2;
    this.#ids = wider(this.#ids, length * 2);
    this.#prices = wider(this.#prices, length);
    this.#sizes = wider(this.#sizes, length);
    this.#sides = wider(this.#sides, length);
    this.#free = wider(this.#free, length);
  }
}
