import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/** One closed position, for display. Prices and profit are floats in whole currency. */
export interface RoundTrip {
  /** When it was opened, in Unix seconds. */
  readonly entryTime: number;
  /** When it was closed, in Unix seconds. */
  readonly exitTime: number;
  /** 1 long, -1 short. */
  readonly side: number;
  /** Lots opened in all. */
  readonly lots: number;
  /** Mean price of what opened it. */
  readonly entryPrice: number;
  /** Mean price of what closed it. */
  readonly exitPrice: number;
  /** Profit after fees. */
  readonly pnl: number;
  /** Profit over the value at entry: 0.01 is 1 %. */
  readonly returnFraction: number;
  /** Place of the instrument in the session's list. */
  readonly instrument: number;
}

/** Round trips kept from the start, and as many from the end. */
const KEPT = 256;
const FIELDS = 9;

/**
 * Closed positions: running statistics of all, and the first and last 256 of them for display.
 *
 * A win is a profit above 0, so that a round trip of exactly 0 is neither a win nor a loss, as it is in the profit
 * factor. Durations are in seconds.
 *
 * | operation | cost |
 * |---|---|
 * | add | constant, nothing allocated |
 * | list | at most 512 objects |
 *
 * @example
 * ```ts
 * import { RoundTrips } from "./round_trips.ts";
 * const trips = new RoundTrips();
 * trips.add(0, 60, 1, 10, 100, 101, 10, 0.01);
 * trips.add(60, 90, -1, 10, 101, 102, -10, -10 / 1010);
 * if (trips.count !== 2 || trips.wins !== 1 || trips.meanPnl !== 0) throw new Error("unexpected");
 * ```
 */
export class RoundTrips {
  readonly #kept = new Float64Array(2 * KEPT * FIELDS);
  #count = 0;
  #wins = 0;
  #losses = 0;
  #winSum = 0;
  #lossSum = 0;
  #meanPnl = 0;
  #squares = 0;
  #returnSum = 0;
  #gainSum = 0;
  #declineSum = 0;
  #logSum = 0;
  #best = NaN;
  #worst = NaN;
  #durationSum = 0;
  #durationMax = 0;

  /**
   * Takes a closed position. Times are Unix seconds, prices and profit whole currency; `pnl` is after fees, and
   * `returnFraction` the profit over the value at entry. RangeError where profit or return is not a finite number.
   */
  add(
    entryTime: number,
    exitTime: number,
    side: number,
    lots: number,
    entryPrice: number,
    exitPrice: number,
    pnl: number,
    returnFraction: number,
    instrument = 0,
  ): void {
    if (!(pnl - pnl === 0 && returnFraction - returnFraction === 0)) {
      throw new RangeError(
        `Cannot count a round trip: profit is ${pnl} and return ${returnFraction}; both must be finite`,
      );
    }
    const kept = this.#kept;
    const at = slot(this.#count) * FIELDS;
    kept[at] = entryTime;
    kept[at + 1] = exitTime;
    kept[at + 2] = side;
    kept[at + 3] = lots;
    kept[at + 4] = entryPrice;
    kept[at + 5] = exitPrice;
    kept[at + 6] = pnl;
    kept[at + 7] = returnFraction;
    kept[at + 8] = instrument;
    const count = ++this.#count;
    if (pnl > 0) {
      this.#wins++;
      this.#winSum += pnl;
    } else if (pnl < 0) {
      this.#losses++;
      this.#lossSum += pnl;
    }
    // Welford's update: the sum of squares of a million nearly equal profits would lose its digits.
    const delta = pnl - this.#meanPnl;
    this.#meanPnl += delta / count;
    this.#squares += delta * (pnl - this.#meanPnl);
    this.#returnSum += returnFraction;
    if (returnFraction > 0) this.#gainSum += returnFraction;
    else this.#declineSum += returnFraction;
    this.#logSum += Math.log1p(returnFraction);
    if (!(returnFraction <= this.#best)) this.#best = returnFraction;
    if (!(returnFraction >= this.#worst)) this.#worst = returnFraction;
    const duration = exitTime - entryTime;
    this.#durationSum += duration;
    if (duration > this.#durationMax) this.#durationMax = duration;
  }

  /** Closed positions, those with a profit above 0, and those below. */
  get count(): number {
    return this.#count;
  }
  get wins(): number {
    return this.#wins;
  }
  get losses(): number {
    return this.#losses;
  }

  /** Profits summed, and losses summed (0 or below), in money. */
  get grossProfit(): number {
    return this.#winSum;
  }
  get grossLoss(): number {
    return this.#lossSum;
  }

  /** Mean profit and its deviation with one degree of freedom taken; NaN where there are too few. */
  get meanPnl(): number {
    return this.#count === 0 ? NaN : this.#meanPnl;
  }
  get deviationPnl(): number {
    return this.#count < 2 ? NaN : Math.sqrt(this.#squares / (this.#count - 1));
  }

  /** Positive returns summed, and negative ones (0 or below), as fractions. */
  get gains(): number {
    return this.#gainSum;
  }
  get declines(): number {
    return this.#declineSum;
  }

  /** The highest and the lowest return, the arithmetic mean, and the geometric one; NaN where there are none. */
  get best(): number {
    return this.#best;
  }
  get worst(): number {
    return this.#worst;
  }
  get meanReturn(): number {
    return this.#returnSum / this.#count;
  }
  /** NaN, or -1, where one trade lost all that was put in, or more. */
  get geometricReturn(): number {
    return Math.expm1(this.#logSum / this.#count);
  }

  /** Seconds in the market: of the longest round trip, and on average. */
  get maxSec(): number {
    return this.#count === 0 ? NaN : this.#durationMax;
  }
  get meanSec(): number {
    return this.#durationSum / this.#count;
  }

  /** The first and the last 256 round trips, in the order of their exits. */
  list(): RoundTrip[] {
    const count = this.#count;
    const list: RoundTrip[] = [];
    for (let i = 0; i < Math.min(count, KEPT); i++) list.push(this.#read(i));
    for (let i = Math.max(KEPT, count - KEPT); i < count; i++) list.push(this.#read(slot(i)));
    return list;
  }

  save(to: StateWriter): void {
    to.section("round trips", 1, () => {
      to.number(this.#count);
      to.number(this.#wins);
      to.number(this.#losses);
      to.number(this.#winSum);
      to.number(this.#lossSum);
      to.number(this.#meanPnl);
      to.number(this.#squares);
      to.number(this.#returnSum);
      to.number(this.#gainSum);
      to.number(this.#declineSum);
      to.number(this.#logSum);
      to.number(this.#best);
      to.number(this.#worst);
      to.number(this.#durationSum);
      to.number(this.#durationMax);
      to.column(this.#kept, Math.min(this.#count, 2 * KEPT) * FIELDS);
    });
  }

  load(from: StateReader): void {
    from.section("round trips", 1, () => {
      this.#count = from.number();
      this.#wins = from.number();
      this.#losses = from.number();
      this.#winSum = from.number();
      this.#lossSum = from.number();
      this.#meanPnl = from.number();
      this.#squares = from.number();
      this.#returnSum = from.number();
      this.#gainSum = from.number();
      this.#declineSum = from.number();
      this.#logSum = from.number();
      this.#best = from.number();
      this.#worst = from.number();
      this.#durationSum = from.number();
      this.#durationMax = from.number();
      this.#kept.set(from.column(this.#kept));
    });
  }

  #read(place: number): RoundTrip {
    const [entryTime, exitTime, side, lots, entryPrice, exitPrice, pnl, returnFraction, instrument] = this.#kept
      .subarray(place * FIELDS, (place + 1) * FIELDS);
    return { entryTime, exitTime, side, lots, entryPrice, exitPrice, pnl, returnFraction, instrument };
  }
}

/** Where the n-th round trip is kept: the first ones for good, the rest going round. */
function slot(n: number): number {
  return n < KEPT ? n : KEPT + (n % KEPT);
}
