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
 * With a step it is fixed, and a value off it is an error; without one it learns: it starts at `decimals`, and a finer
 * value throws {@linkcode FinerGrid}, upon which the conversion starts again one step finer. Most sources show their
 * finest value in the first messages, so that a second start costs nothing.
 *
 * A live market has no start again, and in its book there are orders from before its lot or tick was made coarser. A fixed
 * grid may cut: of a value off it the whole units count, and one where there are none. Or it may leave odd values out (NaN).
 *
 * @example
 * ```ts
 * import { Grid } from "./grid.ts";
 * const lots = new Grid("lot", { mantissa: 1, decimals: 5 }, { cuts: true });
 * if (lots.units(25426189, 6) !== 2542618 || lots.units(1, 6) !== 1 || lots.units(0, 6) !== 0) throw new Error("unexpected");
 * ```
 */
export class Grid {
  readonly #fixed: boolean;
  readonly #cuts: boolean;
  readonly #odd: ((value: string) => boolean) | undefined;
  #step: Decimal;

  constructor(
    readonly name: "tick" | "lot",
    step: Decimal | { learnFrom: number },
    { cuts = false, odd }: {
      readonly cuts?: boolean;
      /** Asked of a value off a fixed grid, a decimal: true where it is to be left out, for whoever reads it. */
      readonly odd?: (value: string) => boolean;
    } = {},
  ) {
    this.#cuts = cuts;
    this.#odd = odd;
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
   * NaN for a value that is to be left out. Throws FinerGrid (learning), or RangeError: "Cannot place …" when the value is
   * off a fixed grid (OffGrid) or 2^53 units and more.
   */
  units(mantissa: number, decimals: number): number {
    const { mantissa: step, decimals: have } = this.#step;
    let value = mantissa;
    if (decimals < have) value = mantissa * POWERS_OF_TEN[have - decimals];
    else if (decimals > have) {
      const scale = POWERS_OF_TEN[decimals - have];
      value = mantissa / scale;
      if (!Number.isInteger(value)) {
        if (this.#cuts) return this.#cut(value / step);
        if (this.#odd?.(formatDecimal(mantissa, decimals))) return NaN;
        if (this.#fixed) throw this.#offGrid(mantissa, decimals);
        let needed = decimals;
        for (let rest = mantissa; rest % 10 === 0; rest /= 10) needed--;
        throw new FinerGrid(this, needed);
      }
    }
    if (step !== 1) {
      value /= step;
      if (!Number.isInteger(value)) {
        if (this.#cuts) return this.#cut(value);
        if (this.#odd?.(formatDecimal(mantissa, decimals))) return NaN;
        throw this.#offGrid(mantissa, decimals);
      }
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

  /** What has a size is there, however little. */
  #cut(value: number): number {
    return Math.sign(value) * Math.max(1, Math.floor(Math.abs(value)));
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
