import { wider } from "../../core/wider.ts";
/**
 * Fills that wait for the cancels which take their lots out of the book, in the order they came.
 *
 * | operation | cost |
 * |---|---|
 * | `put` | O(1) |
 * | `take` | O(1) when cancels come in the order of the fills, as they do; else O(fills waiting) |
 * | memory | 32 bytes a fill of one moment of exchange time |
 */
export class FillQueue {
  /** Fills waiting. */
  count = 0;
  /** The price of what was taken last, as it was put. */
  price = 0;

  #from = 0;
  #to = 0;
  #ids = new Uint32Array(32);
  #prices = new Float64Array(16);
  #lots = new Float64Array(16);

  /** Adds a fill of `lots` at `price`. */
  put(idLow: number, idHigh: number, price: number, lots: number): void {
    if (this.count === 0) this.#from = this.#to = 0;
    if (this.#to === this.#lots.length) this.#grow();
    const at = this.#to++;
    this.#ids[2 * at] = idLow;
    this.#ids[2 * at + 1] = idHigh;
    this.#prices[at] = price;
    this.#lots[at] = lots;
    this.count++;
  }

  /** Takes up to `lots` of the fills of an order, first come first; returns how many there were. */
  take(idLow: number, idHigh: number, lots: number): number {
    if (this.count === 0) return 0;
    let taken = 0;
    for (let at = this.#from; at < this.#to && taken < lots; at++) {
      if (this.#lots[at] === 0 || this.#ids[2 * at] !== idLow || this.#ids[2 * at + 1] !== idHigh) continue;
      const part = Math.min(this.#lots[at], lots - taken);
      this.price = this.#prices[at];
      this.#lots[at] -= part;
      if (this.#lots[at] === 0) this.count--;
      taken += part;
    }
    while (this.#from < this.#to && this.#lots[this.#from] === 0) this.#from++;
    return taken;
  }

  /** Takes the first fill that waits, whatever its order; returns its lots. */
  takeFirst(): number {
    while (this.#from < this.#to) {
      const lots = this.#lots[this.#from];
      this.price = this.#prices[this.#from];
      this.#lots[this.#from++] = 0;
      if (lots > 0) {
        this.count--;
        return lots;
      }
    }
    return 0;
  }

  #grow(): void {
    const length = this.#lots.length * 2;
    this.#ids = wider(this.#ids, length * 2);
    this.#prices = wider(this.#prices, length);
    this.#lots = wider(this.#lots, length);
  }
}
