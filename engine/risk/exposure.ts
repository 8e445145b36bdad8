import type { Valuation } from "../account/valuation.ts";
import type { OpenOrders } from "./open_orders.ts";
import type { Worth } from "./worth.ts";

/** What exposure needs to know of an account. */
interface Positions {
  position(instrument: number): number;
}

/**
 * What the positions of a currency are worth, were open orders filled, in minor units at the marks.
 *
 * - Gross: of each instrument the worse of its two sides, long with every buy filled or short with every sell filled; all of
 *   them together. It may therefore be more than can ever be at one time, and never less.
 * - Net: all buys filled and no sell, as seen from the long side; all sells and no buy, as seen from the short side.
 * - Long is above 0 whatever the kind of the contract; currencies are never added.
 * - The lots an order would add are counted in the worst of its own side: `more`, towards `side`.
 *
 * | call | cost |
 * |---|---|
 * | `worst` | constant, nothing allocated |
 * | `lookGross`, `lookNet` | the number of instruments, nothing allocated |
 */
export class Exposure {
  /** Gross, the instrument's own part of it, and net, as last looked at: a number that a call returns may be an object of its own. */
  readonly #sums = new Float64Array(3);

  constructor(
    private readonly valuation: Valuation,
    private readonly worth: Worth,
    private readonly open: OpenOrders,
    private readonly positions: Positions,
  ) {}

  /** The lots that an instrument comes to on its worse side, with `more` of `side`. */
  worst(instrument: number, side: number, more: number): number {
    const held = side * this.positions.position(instrument);
    const own = this.open.worst(instrument, side, held, 0, 0) + more;
    return Math.max(own, this.open.worst(instrument, -side, -held, 0, 0));
  }

  /** What {@linkcode lookGross} found last, and what the instrument asked about comes to in it. */
  get gross(): number {
    return this.#sums[0];
  }

  get own(): number {
    return this.#sums[1];
  }

  /** What {@linkcode lookNet} found last. */
  get net(): number {
    return this.#sums[2];
  }

  /** Works out the gross exposure of the instrument's currency with `more` lots of `side`; NaN where a mark is missing. */
  lookGross(instrument: number, side: number, more: number, marks2: ArrayLike<number>): void {
    const { currencyOf } = this.valuation;
    let sum = 0;
    for (let i = 0; i < currencyOf.length; i++) {
      if (currencyOf[i] !== currencyOf[instrument]) continue;
      const lots = this.worst(i, side, i === instrument ? more : 0);
      const units = lots === 0 ? 0 : this.worth.units(i, lots, marks2[i]);
      if (i === instrument) this.#sums[1] = units;
      sum += units;
    }
    this.#sums[0] = sum;
  }

  /** Works out the net exposure towards `side` of the instrument's currency with `more` lots of it; NaN where a mark is missing. */
  lookNet(instrument: number, side: number, more: number, marks2: ArrayLike<number>): void {
    const { currencyOf } = this.valuation;
    let sum = 0;
    for (let i = 0; i < currencyOf.length; i++) {
      if (currencyOf[i] !== currencyOf[instrument]) continue;
      const held = side * this.positions.position(i);
      const lots = this.open.worst(i, side, held, 0, 0) + (i === instrument ? more : 0);
      sum += lots === 0 ? 0 : this.worth.units(i, lots, marks2[i]);
    }
    this.#sums[2] = sum;
  }
}
