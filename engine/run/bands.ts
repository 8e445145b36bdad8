import { SharedTape } from "../feed/shared_windows.ts";
import type { TapeReader } from "../feed/tape_reader.ts";
import { WINDOW } from "../feed/window_cache.ts";
import type { BandRun, Bands } from "../stats/bands.ts";
import { summarise } from "../stats/bands.ts";
import type { RunResult } from "../stats/result.ts";
import { endRun, openTapes, RunError, stopIfAsked, StoppedError } from "./backtest.ts";
import { breathing } from "./breathing.ts";
import { asksQueue, type BacktestOptions, prepare, type Prepared } from "./prepare.ts";

/** What is to be run beside a backtest. */
export interface BandOptions {
  /** Whether queue models are varied: true unless `seeds` is given alone. */
  readonly queues?: boolean;
  /** How many seeds, 1 to `seeds`, every random latency is drawn from; those of the run itself where absent. */
  readonly seeds?: number;
}

/** A backtest whose fills are uncertain: where their queue place, or the latency of their orders, is not known. */
export type BandedOptions = BacktestOptions & { readonly bands?: BandOptions };

/** Sessions that go on in turn; more of them run in several turns over the tape, each with a decoding of its own. */
export const TOGETHER_MAX = 16;
/** Seeds that can be asked for. */
const SEEDS_MAX = 1000;

/** Queue models of levels from the best to the worst that a place in the queue can give. */
const MODELS: readonly (readonly [label: BandRun["assumes"], queue: string])[] = [
  ["optimistic", "optimistic"],
  ["probabilistic", "power3"],
  ["probabilistic", "log"],
  ["pessimistic", "risk"],
];

/**
 * Runs a strategy under several queue models, and seeds of latency, over one decoding of its tapes; says between which ends
 * P&L, fills and drawdown lie, and which model gave each.
 *
 * - On levels: `optimistic` (nobody stands before us), `power3` and `log` (who cancels stood before us or behind), `risk`
 *   (only trades advance us), and the run's own where it is another.
 * - On single orders `exact`, too, and the others as if the tape told only levels (LevelsVenue).
 * - On bars there is no queue, and only seeds can be varied.
 * - A seed is the whole run's: it changes what the strategy draws itself as well, and any row of the table can be made again
 *   by `queue` and `seed`. With latencies that are constant and a strategy that draws nothing, all seeds are alike.
 * - The ends are those of these models, and no bounds of what the market would have done: all of them take the tape as
 *   recorded.
 *
 * Sessions go on in turn, a window of the tape at a time, {@linkcode TOGETHER_MAX} of them at once: four models took 0.85 of
 * the processor time of four separate runs on a recorded tape (3M rows of BTCUSDT, 1.07 to 1.19 times as fast), and as much
 * on a made one with an order in every 18 rows, where decoding is a thirtieth of the work. Throws as `backtest`, but
 * for a run that ends early: that is said with it.
 *
 * @example
 * ```ts
 * import { bands } from "./bands.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const { pnl, trades } = bands({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow", latency: "1ms" });
 * if (trades.highBy.queue !== "optimistic" || !(pnl!.low <= pnl!.high)) throw new Error("unexpected");
 * ```
 */
export function bands(options: BandedOptions): Bands {
  const { tapes, close } = openTapes(options);
  try {
    const turn = new Turns(options, tapes);
    while (turn.advance());
    return turn.end().bands;
  } finally {
    close();
  }
}

/**
 * {@linkcode bands}, and the run itself with all that it records: its result has the bands. The rest of the program breathes
 * meanwhile, as in `backtestAsync`, and it throws RunError alike.
 */
export async function bandedRun(options: BandedOptions): Promise<RunResult> {
  const { tapes, close } = openTapes(options);
  try {
    const turn = new Turns(options, tapes);
    await breathing(() => turn.advance(), () => turn.look());
    const { bands, own, error } = turn.end();
    const result = { ...own, bands };
    if (error) throw new RunError(result, error);
    return result;
  } finally {
    close();
  }
}

/** One session of several, with how it ended. */
interface Member {
  readonly run: Omit<BandRun, "trades" | "orders" | "pnl" | "fees" | "maxDrawdown" | "digest">;
  readonly options: BacktestOptions;
  /** The run as it was asked for, which alone is recorded. */
  readonly own: boolean;
  prepared?: Prepared;
  /** Time of its own, and the result. */
  ms: number;
  result?: RunResult;
  error?: Error;
}

/** All sessions: some at once, then the next. */
class Turns {
  readonly #members: readonly Member[];
  readonly #tapes: readonly TapeReader[];
  /** Those that are not done, and where they are to come next. */
  #running: Member[] = [];
  #rows = 0;
  #begun = 0;
  #stopped = false;

  constructor(private readonly options: BandedOptions, tapes: readonly TapeReader[]) {
    this.#tapes = tapes;
    this.#members = membersOf(options, tapes);
    this.#begin();
  }

  /** Brings each session that runs a window further; false when all are done. */
  advance(): boolean {
    if (this.#running.length === 0 && !this.#begin()) return false;
    this.#rows += WINDOW;
    for (const member of this.#running) this.#go(member);
    this.#running = this.#running.filter(({ result }) => result === undefined);
    return true;
  }

  /** Asks whether to stop, and whether the journal can be written. */
  look(): void {
    this.#stopped ||= this.options.stopped?.() === true;
    for (const member of this.#running) {
      if (member.own) stopIfAsked(member.prepared!, member.options);
      if (this.#stopped) member.prepared!.loop.stop(new StoppedError());
    }
  }

  end(): { readonly bands: Bands; readonly own: RunResult; readonly error: Error | undefined } {
    const own = this.#members.find((member) => member.own)!;
    const done = this.#members.filter(({ result }) => result !== undefined);
    const runs = done.map(({ run, result, error }): BandRun => ({
      ...run,
      orders: result!.orders,
      trades: result!.trades,
      pnl: result!.pnl,
      fees: result!.fees,
      maxDrawdown: result!.figures.maxDrawdown,
      digest: result!.digest,
      ...error === undefined ? {} : { incomplete: error.message },
    }));
    const bands = summarise(runs, notesOf(this.options, this.#tapes, own.result!));
    return { bands, own: own.result!, error: own.error };
  }

  /** Makes the next sessions over windows that they share. */
  #begin(): boolean {
    const next = this.#stopped ? [] : this.#members.slice(this.#begun, this.#begun + TOGETHER_MAX);
    sharing(this.#tapes, () => {
      for (const member of next) member.prepared = prepare(member.options, this.#tapes);
    });
    this.#begun += next.length;
    this.#running = next;
    this.#rows = 0;
    return next.length > 0;
  }

  #go(member: Member): void {
    const { prepared, options } = member, { loop, session } = prepared!;
    const { feeds } = session.core, began = performance.now();
    let more = true, passed = 0;
    while (more && passed < this.#rows) {
      more = loop.advance(STEPS);
      passed = 0;
      for (const feed of feeds) passed += feed.row;
    }
    member.ms += performance.now() - began;
    if (more) return;
    try {
      member.result = endRun(prepared!, options, () => member.ms / 1000);
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      member.result = error.result;
      member.error = error.cause;
    }
    // A session holds books and windows, and many may follow.
    member.prepared = undefined;
  }
}

/** Steps between two looks at how far a session has come. */
const STEPS = 8;

/** Makes sessions that share the windows of their tapes. */
function sharing(tapes: readonly TapeReader[], make: () => void): void {
  try {
    for (const tape of tapes) tape.shared = new SharedTape(tape);
    make();
  } finally {
    for (const tape of tapes) tape.shared = undefined;
  }
}

/** Every combination of model and seed; the run's own stands among them. */
function membersOf(options: BandedOptions, tapes: readonly TapeReader[]): Member[] {
  const { bands: asked = {}, ...plain } = options;
  const { seeds } = asked;
  if (seeds !== undefined && !(Number.isInteger(seeds) && seeds >= 2 && seeds <= SEEDS_MAX)) {
    throw new RangeError(`Cannot draw from ${seeds} seeds: a band takes 2 to ${SEEDS_MAX}; give so many`);
  }
  if (options.from !== undefined) {
    throw new RangeError(
      "Cannot give bands from a snapshot: it is of one model, and others start at the tape; leave it out",
    );
  }
  const models = asked.queues ?? seeds === undefined ? modelsOf(options, tapes) : [ownModel(options, tapes)];
  const draws = seeds === undefined ? [options.seed ?? 1] : Array.from({ length: seeds }, (_, i) => i + 1);
  const own = options.seed ?? 1;
  if (!draws.includes(own)) draws.push(own);
  // What is recorded is recorded once: the run as it was asked for.
  const quiet = {
    ...plain,
    recorders: undefined,
    journal: undefined,
    snapshots: undefined,
    onProgress: undefined,
    onSession: undefined,
  };
  const members: Member[] = [];
  for (const { queue, assumes, change, isOwn } of models) {
    for (const seed of draws) {
      const asIs = isOwn && seed === own;
      const given = asIs ? plain : { ...quiet, ...change, seed };
      members.push({ run: { queue, assumes, seed }, options: given, own: asIs, ms: 0 });
    }
  }
  return members;
}

interface Model {
  readonly queue: string;
  readonly assumes: BandRun["assumes"];
  readonly change: Partial<BacktestOptions>;
  readonly isOwn: boolean;
}

function ownModel(options: BandedOptions, tapes: readonly TapeReader[]): Model {
  const modelled = tapes.some(({ layout }) => asksQueue(layout, options));
  const { queue = "risk" } = options;
  const name = typeof queue === "function" ? "own" : queue;
  if (modelled) return { queue: name, assumes: "asked", change: {}, isOwn: true };
  const exact = tapes.some(({ layout }) => layout === "l3");
  return { queue: exact ? "exact" : "none", assumes: exact ? "exact" : "asked", change: {}, isOwn: true };
}

function modelsOf(options: BandedOptions, tapes: readonly TapeReader[]): Model[] {
  const orders = tapes.some(({ layout }) => layout === "l3"), levels = tapes.some(({ layout }) => layout === "l2");
  if (!orders && !levels) {
    throw new RangeError("Cannot give bands: bars have no queue whose model could be another; give seeds instead");
  }
  const asLevels = orders ? { asLevels: true } : {};
  const own = ownModel(options, tapes);
  const ownAlias = own.queue === "power" ? "power3" : own.queue;
  const all = MODELS.map(([assumes, queue]): Model => {
    // With orders and levels at once, the run's own is exact on the one and a model on the other.
    const isOwn = ownAlias === queue && (!orders || options.asLevels === true);
    return { queue, assumes, change: { queue, ...asLevels }, isOwn };
  });
  if (!all.some(({ isOwn }) => isOwn)) all.push(own);
  if (orders && options.asLevels) {
    all.push({ queue: "exact", assumes: "exact", change: { asLevels: undefined, queue: undefined }, isOwn: false });
  }
  return all;
}

/** What a reader must know of the bands. */
function notesOf(options: BandedOptions, tapes: readonly TapeReader[], { run }: RunResult): string[] {
  const notes: string[] = [];
  const { bands: asked = {} } = options;
  if (asked.seeds !== undefined && !/lognormal|sampled/.test(run.models.latency)) {
    notes.push(
      `Latency is ${run.models.latency}, and not random: seeds change only what the strategy draws itself; ` +
        `give one such as lognormal(5ms,0.5) or table(1ms,9ms)`,
    );
  }
  const varied = asked.queues ?? asked.seeds === undefined;
  if (varied && tapes.some(({ layout }) => layout === "l3")) {
    notes.push("Models other than exact take the tape of orders as one of levels");
  }
  return notes;
}
