import { RollingMean } from "./rolling.ts";

/**
 * Price bands around a reference, as limit up and limit down have them.
 *
 * - The reference is the mean price of the trades within the window, each counted once whatever its size. Before the first
 *   trade it is the first middle of the book; where the window has no trades any more it stays what it was.
 * - A trade outside the bands is no part of the reference: no such trade is allowed where bands are the law.
 * - The bands lie at reference ± band × |reference|, not rounded to ticks, and move with the reference at once.
 * - The upper band is reached by a best bid at or above it, the lower by a best ask at or below it. Between the two a market
 *   may be quoted on one side at the band; that alone is no limit state.
 * - After a pause the reference is the middle there is then.
 *
 * | call | cost |
 * |---|---|
 * | each | constant, and each part of the window that is over once |
 *
 * @example
 * ```ts
 * import { PriceBands } from "./price_bands.ts";
 * const bands = new PriceBands(0.05, 300e9);
 * bands.trade(0, 1000);
 * if (!Number.isNaN(bands.reached(0, 1049, 1051))) throw new Error("within the bands");
 * if (bands.reached(0, 1050, 1052) !== 1050) throw new Error("limit up");
 * ```
 */
export class PriceBands {
  /** In ticks; NaN before there is a price. */
  reference = NaN;
  readonly trades: RollingMean;

  /** `band` is a share of the reference, `window` in ns. */
  constructor(readonly band: number, window: number) {
    this.trades = new RollingMean(window);
  }

  /** A trade of the market. */
  trade(now: number, price: number): void {
    this.advance(now);
    const { reference } = this, room = this.band * Math.abs(reference);
    if (price > reference + room || price < reference - room) return;
    this.trades.add(now, price);
    this.reference = this.trades.mean;
  }

  /** The middle of the book, of use while there is no reference; NaN where there is none. */
  quote(now: number, middle: number): void {
    this.advance(now);
    if (this.reference !== this.reference) this.reference = middle;
  }

  /** The band that best prices have reached; NaN where they are within the bands, or there is no reference. */
  reached(now: number, bid: number, ask: number): number {
    this.advance(now);
    const { reference } = this, room = this.band * Math.abs(reference);
    if (bid >= reference + room) return reference + room;
    if (ask <= reference - room) return reference - room;
    return NaN;
  }

  /** A pause is over: the bands lie around `middle`; where that is NaN, around the next price. */
  reopen(now: number, middle: number): void {
    this.trades.advance(now);
    this.clear();
    this.reference = middle;
  }

  /** Forgets all prices. */
  clear(): void {
    this.trades.clear();
    this.reference = NaN;
  }

  /** Takes `shift` off the times held. */
  rebase(shift: number): void {
    this.trades.rebase(shift);
  }

  private advance(now: number): void {
    this.trades.advance(now);
    if (this.trades.count > 0) this.reference = this.trades.mean;
  }
}
