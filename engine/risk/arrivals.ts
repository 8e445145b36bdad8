import type { Core } from "../core/core.ts";

/**
 * The middle of our book when each order was sent, in half ticks; NaN where there was none.
 *
 * | call | cost |
 * |---|---|
 * | `sent`, `of` | O(1) |
 * | memory | 8 bytes for each slot of the order table |
 */
export class Arrivals {
  readonly known: { mid2: Float64Array };
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
    this.known = { mid2: new Float64Array(core.orders.capacity).fill(NaN) };
  }

  /** Remembers it, as the order in `slot` leaves. */
  sent(slot: number): void {
    const { known } = this, { capacity, instrument } = this.#core.orders;
    if (known.mid2.length < capacity) {
      const wider = new Float64Array(capacity).fill(NaN);
      wider.set(known.mid2);
      known.mid2 = wider;
    }
    known.mid2[slot] = this.#core.mid2(instrument[slot]);
  }

  /** Twice the middle at which the order in `slot` was sent. */
  of(slot: number): number {
    return this.known.mid2[slot];
  }
}
