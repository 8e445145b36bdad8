import { OrderIndex } from "../book/order_index.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { wider } from "../core/wider.ts";

/**
 * What the tape says that an order has left, for those orders of which a venue's book says otherwise because of us.
 *
 * | operation | cost |
 * |---|---|
 * | `get`, `set`, `remove` | O(1) |
 * | `keep` | O(orders held) |
 * | memory | 48 bytes an order held, doubled as needed |
 */
export class TapeSizes {
  /** Orders held, and those of them with which the tape is done: 0 lots left. */
  count = 0;
  done = 0;
  readonly #index = new OrderIndex();
  #low = new Int32Array(16);
  #high = new Int32Array(16);
  #lots = new Float64Array(16);

  /** Lots the tape says an order has, -1 where it is not held. */
  get(idLow: number, idHigh: number): number {
    const place = this.#index.get(idLow, idHigh);
    return place === 0 ? -1 : this.#lots[place - 1];
  }

  /** Holds an order, or changes its lots. */
  set(idLow: number, idHigh: number, lots: number): void {
    const place = this.#index.get(idLow, idHigh);
    if (lots === 0) this.done++;
    if (place !== 0) {
      if (this.#lots[place - 1] === 0) this.done--;
      this.#lots[place - 1] = lots;
      return;
    }
    if (this.count === this.#lots.length) this.#grow();
    this.#low[this.count] = idLow;
    this.#high[this.count] = idHigh;
    this.#lots[this.count++] = lots;
    this.#index.set(idLow, idHigh, this.count);
  }

  /** Holds an order no more. */
  remove(idLow: number, idHigh: number): void {
    const place = this.#index.remove(idLow, idHigh);
    if (place === 0) return;
    if (this.#lots[place - 1] === 0) this.done--;
    const last = --this.count;
    if (place - 1 === last) return;
    this.#low[place - 1] = this.#low[last];
    this.#high[place - 1] = this.#high[last];
    this.#lots[place - 1] = this.#lots[last];
    this.#index.set(this.#low[last], this.#high[last], place);
  }

  /** Holds on only to orders that `wanted` says yes to. */
  keep(wanted: (idLow: number, idHigh: number) => boolean): void {
    for (let i = this.count - 1; i >= 0; i--) {
      if (!wanted(this.#low[i], this.#high[i])) this.remove(this.#low[i], this.#high[i]);
    }
  }

  save(to: StateWriter): void {
    to.number(this.done);
    to.column(this.#low, this.count);
    to.column(this.#high, this.count);
    to.column(this.#lots, this.count);
  }

  load(from: StateReader): void {
    const done = from.number();
    const low = from.column(this.#low), high = from.column(this.#high), lots = from.column(this.#lots);
    this.keep(() => false);
    for (let i = 0; i < lots.length; i++) this.set(low[i], high[i], lots[i]);
    this.done = done;
  }

  #grow(): void {
    const length = this.count * 2;
    this.#low = wider(this.#low, length);
    this.#high = wider(this.#high, length);
    this.#lots = wider(this.#lots, length);
  }
}
