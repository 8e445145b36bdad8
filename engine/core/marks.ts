import type { Feed } from "./feed.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";

/**
 * What positions are valued at: by instrument the last mark there was, in half ticks, NaN before the first.
 *
 * - The mark is the middle of our book, else the last price (see {@linkcode MarketView}); where the market has neither any
 *   more, the last one it had.
 * - After a split the last mark holds, in new ticks, until the market shows another one.
 *
 * | call | cost |
 * |---|---|
 * | `refresh` | the number of instruments |
 */
export class Marks {
  /** Half ticks by instrument, as of the last `refresh`. */
  readonly values: Float64Array;
  /** By instrument: lots that splits have made of one. */
  readonly growth: Float64Array;
  /** The market's mark of before a split, which no longer counts. */
  readonly #outdated: Float64Array;

  constructor(count: number) {
    this.values = new Float64Array(count).fill(NaN);
    this.growth = new Float64Array(count).fill(1);
    this.#outdated = new Float64Array(count).fill(NaN);
  }

  /** Whether there is a mark for every instrument. */
  get known(): boolean {
    const { values } = this;
    for (let i = 0; i < values.length; i++) if (values[i] !== values[i]) return false;
    return true;
  }

  /** Looks at the markets as we see them now; returns `values`. */
  refresh(feeds: readonly Feed[]): Float64Array {
    const { values } = this;
    for (let i = 0; i < values.length; i++) {
      const mark2 = feeds[i].view.mark2;
      if (mark2 !== mark2 || mark2 === this.#outdated[i]) continue;
      this.#outdated[i] = NaN;
      values[i] = mark2;
    }
    return values;
  }

  /** A fill at a price in ticks: the mark of an instrument that has none yet. */
  filled(instrument: number, price: number): void {
    const { values } = this;
    if (values[instrument] !== values[instrument]) values[instrument] = 2 * price;
  }

  /** Each `denominator` lots have become `numerator`; the market's mark is still of before that. */
  split(instrument: number, numerator: number, denominator: number): void {
    const { values } = this;
    this.growth[instrument] *= numerator / denominator;
    this.#outdated[instrument] = values[instrument];
    values[instrument] = Math.round(values[instrument] * denominator / numerator);
  }

  save(to: StateWriter): void {
    for (const column of [this.values, this.growth, this.#outdated]) to.column(column);
  }

  load(from: StateReader): void {
    for (const column of [this.values, this.growth, this.#outdated]) from.into(column);
  }
}
