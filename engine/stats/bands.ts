/** One run of several that differ in a model: plain data. */
export interface BandRun {
  /** The queue model: "optimistic", "power3", "log", "risk", "exact", or the run's own. */
  readonly queue: string;
  /** What the model assumes of our place in a queue; "asked" for the run's own where it is none of these. */
  readonly assumes: "optimistic" | "probabilistic" | "pessimistic" | "exact" | "asked";
  /** The seed of all its draws. */
  readonly seed: number;
  /** Orders that risk approved. */
  readonly orders: number;
  /** Own fills. */
  readonly trades: number;
  /** Profit in whole currency; null where the run settles in several. */
  readonly pnl: number | null;
  /** Fees in whole currency; null where the run settles in several. */
  readonly fees: number | null;
  /** The deepest fall from a peak in money, above 0. */
  readonly maxDrawdown: number | null;
  /** Hash over everything the session put out. */
  readonly digest: string;
  /** Why it ended before its tapes; absent where it is complete. Such a run gives no end of a band. */
  readonly incomplete?: string;
}

/** Which run gave an end. */
export interface BandEnd {
  /** The queue model. */
  readonly queue: string;
  /** The seed. */
  readonly seed: number;
}

/** Between which ends a figure lies, and what gave each; the first of several that are equal. */
export interface Interval {
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
  /** The run at the lower end. */
  readonly lowBy: BandEnd;
  /** The run at the upper end. */
  readonly highBy: BandEnd;
}

/** How a figure is spread over seeds: quartiles between neighbours are interpolated. */
export interface Spread {
  /** The least. */
  readonly min: number;
  /** Three of four lie at it or above. */
  readonly q1: number;
  /** Half of them lie at it or above. */
  readonly median: number;
  /** One of four lies at it or above. */
  readonly q3: number;
  /** The most. */
  readonly max: number;
}

/** A queue model's figures over all seeds. */
export interface SeedSpread {
  /** The queue model. */
  readonly queue: string;
  /** How many there are. */
  readonly seeds: number;
  /** In whole currency; null where no run has it. */
  readonly pnl: Spread | null;
  /** Own fills. */
  readonly trades: Spread;
  /** The deepest fall in whole currency, above 0; null where no run has it. */
  readonly maxDrawdown: Spread | null;
}

/** Several runs that differ in models, and between which ends their figures lie. */
export interface Bands {
  /** Every run, by model and then seed. */
  readonly runs: readonly BandRun[];
  /** Profit in whole currency; null where no run has it. */
  readonly pnl: Interval | null;
  /** Own fills. */
  readonly trades: Interval;
  /** The deepest fall in whole currency, above 0; null where no run has it. */
  readonly maxDrawdown: Interval | null;
  /** By queue model, where there are several seeds. */
  readonly seeds?: readonly SeedSpread[];
  /** What a reader should know, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Works out the bands of some runs, one at least.
 *
 * @example
 * ```ts
 * import { summarise } from "./bands.ts";
 * const run = { assumes: "pessimistic", seed: 1, orders: 9, fees: 0, maxDrawdown: 1, digest: "" } as const;
 * const { pnl } = summarise([{ ...run, queue: "risk", trades: 4, pnl: -2 }, { ...run, queue: "log", trades: 6, pnl: 3 }], []);
 * if (pnl!.high !== 3 || pnl!.highBy.queue !== "log") throw new Error("unexpected");
 * ```
 */
export function summarise(runs: readonly BandRun[], notes: readonly string[]): Bands {
  const whole = runs.filter(({ incomplete }) => incomplete === undefined);
  const counted = whole.length > 0 ? whole : runs;
  const queues = [...new Set(runs.map(({ queue }) => queue))];
  const seeds = queues.map((queue) => spreadOf(queue, counted.filter((run) => run.queue === queue)));
  const several = new Set(runs.map(({ seed }) => seed)).size > 1;
  const early = runs.filter(({ incomplete }) => incomplete !== undefined);
  return {
    runs,
    pnl: interval(counted, ({ pnl }) => pnl),
    trades: interval(counted, ({ trades }) => trades)!,
    maxDrawdown: interval(counted, ({ maxDrawdown }) => maxDrawdown),
    ...several ? { seeds: seeds.filter((each) => each !== undefined) } : {},
    notes: [
      ...notes,
      ...early.map(({ queue, seed, incomplete }) => `${queue}, seed ${seed}: ended early: ${incomplete}`).slice(0, 4),
    ],
  };
}

function interval(runs: readonly BandRun[], figure: (run: BandRun) => number | null): Interval | null {
  let low: BandRun | undefined, high: BandRun | undefined;
  for (const run of runs) {
    const value = figure(run);
    if (value === null) continue;
    if (low === undefined || value < figure(low)!) low = run;
    if (high === undefined || value > figure(high)!) high = run;
  }
  if (low === undefined || high === undefined) return null;
  const end = ({ queue, seed }: BandRun): BandEnd => ({ queue, seed });
  return { low: figure(low)!, high: figure(high)!, lowBy: end(low), highBy: end(high) };
}

function spreadOf(queue: string, runs: readonly BandRun[]): SeedSpread | undefined {
  if (runs.length === 0) return undefined;
  return {
    queue,
    seeds: runs.length,
    pnl: spread(runs.map(({ pnl }) => pnl)),
    trades: spread(runs.map(({ trades }) => trades))!,
    maxDrawdown: spread(runs.map(({ maxDrawdown }) => maxDrawdown)),
  };
}

function spread(values: readonly (number | null)[]): Spread | null {
  const sorted = Float64Array.from(values.filter((value) => value !== null)).sort();
  if (sorted.length === 0) return null;
  const at = (part: number) => {
    const place = part * (sorted.length - 1), below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  };
  return { min: at(0), q1: at(0.25), median: at(0.5), q3: at(0.75), max: at(1) };
}
