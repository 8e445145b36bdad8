import { type Decimal, formatDecimal, POWERS_OF_TEN } from "../core/decimal.ts";

/** Thrown by a learning {@linkcode Grid} when a value is finer than what it has seen: start again with `decimals`. */
export class FinerGrid extends Error {
  constructor(readonly grid: Grid, readonly decimals: number) {
    super(`${grid.name} needs ${decimals} decimals`);
    this.name = "FinerGrid";
  }
}

/** Thrown by a fixed {@linkcode Grid} for a value between two of its steps. */
export class OffGrid extends RangeError {}

/**
 * The grid of prices (ticks) or sizes (lots).
 *
 * With a step it is fixed, and a value off it is an error. Without one it learns: it starts at `decimals`, and a finer
 * value throws {@linkcode FinerGrid}, upon which the conversion starts again one step finer. Most sources show their
 * finest value in the first messages, so that a second start costs nothing.
 */
export class Grid {
  readonly #fixed: boolean;
  #step: Decimal;

  constructor(readonly name: "tick" | "lot", step: Decimal | { learnFrom: number }) {
    this.#fixed = "mantissa" in step;
    this.#step = "mantissa" in step ? step : { mantissa: 1, decimals: step.learnFrom };
  }

  /** The size of one unit. */
  get step(): Decimal {
    return this.#step;
  }

  /**
   * `mantissa` × 10^-`decimals` in units of this grid, an integer.
   *
   * Throws FinerGrid (learning), or RangeError: "Cannot place …" when the value is off a fixed grid (OffGrid) or 2^53 units and more.
   */
  units(mantissa: number, decimals: number): number {
    const { mantissa: step, decimals: have } = this.#step;
    let value = mantissa;
    if (decimals < have) value = mantissa * POWERS_OF_TEN[have - decimals];
    else if (decimals > have) {
      const scale = POWERS_OF_TEN[decimals - have];
      value = mantissa / scale;
      if (!Number.isInteger(value)) {
        if (this.#fixed) throw this.#offGrid(mantissa, decimals);
        let needed = decimals;
        for (let rest = mantissa; rest % 10 === 0; rest /= 10) needed--;
        throw new FinerGrid(this, needed);
      }
    }
    if (step !== 1) {
      value /= step;
      if (!Number.isInteger(value)) throw this.#offGrid(mantissa, decimals);
    }
    if (!(Math.abs(value) < 2 ** 53)) {
      throw new RangeError(
        `Cannot place ${
          formatDecimal(mantissa, decimals)
        }: it is 2^53 units of ${this.name} ${this.#text()} or more; ` +
          `give a coarser --${this.name}`,
      );
    }
    return value;
  }

  /** Whether `mantissa` × 10^-`decimals` lies on the grid as it stands; a learning grid learns nothing of it. */
  holds(mantissa: number, decimals: number): boolean {
    const { mantissa: step, decimals: have } = this.#step;
    const value = decimals < have
      ? mantissa * POWERS_OF_TEN[have - decimals]
      : mantissa / POWERS_OF_TEN[decimals - have];
    return Number.isInteger(value) && Number.isInteger(value / step);
  }

  #text(): string {
    return formatDecimal(this.#step.mantissa, this.#step.decimals);
  }

  #offGrid(mantissa: number, decimals: number): OffGrid {
    return new OffGrid(
      `Cannot place ${formatDecimal(mantissa, decimals)}: it is off the grid of ${this.name} ${this.#text()}; ` +
        `give a finer --${this.name}`,
    );
  }
}
