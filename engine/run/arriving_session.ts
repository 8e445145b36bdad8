import { Code } from "../core/codes.ts";
import type { Command, CommandResult } from "../core/command.ts";
import { REACH } from "../core/clock.ts";
import { fullName } from "../core/instrument_names.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import { GrowingTape } from "../feed/growing_tape.ts";
import { TapeRecorder } from "../feed/tape_recorder.ts";
import type { TapeFile } from "../feed/tape_writer.ts";
import type { RunResult } from "../stats/result.ts";
import { type BacktestOptions, endRun, stopIfAsked } from "./backtest.ts";
import { prepare, type Prepared } from "./prepare.ts";
import { journalTapes } from "./run_journal.ts";
import { sha256 } from "./sha256.ts";

/** One instrument of a session on rows as they arrive. */
export interface ArrivingInstrument {
  readonly instrument: InstrumentSpec;
  /** Levels and trades, unless said: l3 is single orders. */
  readonly layout?: "l2" | "l3";
  /** Where what arrives is recorded; without it the session cannot be run again. The file is the caller's to close. */
  readonly file?: TapeFile;
  /**
   * Rows as they arrive, handed over each second with the journal, so that the session can be run again as far as it came before it is
   * over: what `file` holds has no end until then. The caller's to close, and to remove once `complete`.
   */
  readonly arrivals?: TapeFile;
  /** Where `file` will be found. */
  readonly path?: string;
}

/** What such a session is made of: what a backtest is, but rows that arrive in place of tapes, and wall time. */
export interface ArrivingSessionOptions
  extends Omit<BacktestOptions, "tape" | "inputs" | "stopAfter" | "snapshots" | "from" | "onProgress"> {
  readonly feeds: readonly ArrivingInstrument[];
  /** Wall time, ns since 1970-01-01 UTC: the clock by which frames are stamped as they arrive. */
  readonly wall: () => bigint;
}

/** Moves between two looks at what else may be due. */
const MOVES = 4096;
/** How much of a session that is killed is lost to who runs it again, in ns. */
const HANDED_OVER_NS = 1_000_000_000n;

/**
 * A session on rows as they arrive: the backtest's core, models and journal. Its orders go to the simulated venue, and it is a paper
 * session then; or to an exchange, see `AwaySession`.
 *
 * Whoever decodes frames adds their rows to `feeds`, with exchange and local time, and calls {@linkcode advance}; whoever has a
 * timer calls it again after {@linkcode wait}. Nothing in it waits, and nothing is asked twice.
 *
 * - It starts when each feed has shown its first message.
 * - The simulated venue learns of the market as we do; see `LateFeed` for what is assumed of that, and `late` in the result
 *   for what it came to.
 * - A feed that ends does so with its last message (`end` of its `GrowingTape`, before `advance`); a session in the midst of
 *   its feeds is stopped.
 * - Rows are recorded as they were taken. Its journal names the recordings when it ends, and is run again on them: the same
 *   moves, records and digest.
 *
 * @example
 * ```ts
 * import { openTape } from "./open_tape.ts";
 * import { ArrivingSession } from "./arriving_session.ts";
 * import { RecordedFrames } from "./recorded_frames.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const { reader: tape, close } = openTape("fixtures/data/market_l2.arrow");
 * let now = BigInt(tape.meta.span!.localFirst);
 * const paper = new ArrivingSession({ strategy: touchMaker, feeds: [{ instrument: tape.meta.instrument }], wall: () => now, latency: "10ms" });
 * const frames = new RecordedFrames([{ tape, into: [...paper.feeds.values()][0] }]);
 * do {
 *   now += 250_000_000n;
 *   frames.push(now);
 * } while (paper.advance());
 * const { trades, late } = paper.finish();
 * close();
 * if (trades === 0 || late === undefined) throw new Error("unexpected");
 * ```
 */
export class ArrivingSession {
  readonly run: Prepared;
  readonly options: BacktestOptions;
  /** Where rows go, by full name: "BTCUSDT@binance". */
  readonly feeds: ReadonlyMap<string, GrowingTape>;
  /** Is told when rows have arrived, so that `advance` may have something to do: whoever waits need not ask. */
  onArrival: (() => void) | undefined = undefined;
  /** Its recordings and its journal have their ends. */
  complete = false;
  readonly #wall: () => bigint;
  readonly #tapes: readonly GrowingTape[];
  readonly #recorders: readonly (TapeRecorder | undefined)[];
  readonly #began: bigint;
  /** Whether arrivals are written, and when they were handed over last. */
  readonly #arrivals: boolean;
  #handedOver: bigint;
  #now: bigint;

  constructor({ feeds, wall, ...options }: ArrivingSessionOptions) {
    this.#wall = wall;
    this.#now = this.#began = this.#handedOver = wall();
    this.#arrivals = feeds.some(({ arrivals }) => arrivals);
    this.#recorders = feeds.map(({ file, arrivals, instrument, layout = "l2" }) =>
      file && new TapeRecorder({ file, arrivals, instrument, layout })
    );
    this.#tapes = feeds.map(({ instrument, layout, file }, i) =>
      new GrowingTape({ instrument, layout, name: file?.name, begins: this.#began, record: this.#recorders[i] })
    );
    this.feeds = new Map(feeds.map(({ instrument }, i) => [fullName(instrument), this.#tapes[i]]));
    for (const tape of this.#tapes) tape.onShown = () => this.onArrival?.();
    const tape = feeds.map(({ path, file, instrument }) => path ?? file?.name ?? instrument.symbol);
    const lateKnowledge = options.orders === "away" ? undefined : options.lateKnowledge ?? {};
    this.options = { ...options, ...(lateKnowledge && { lateKnowledge }), tape };
    this.run = prepare(this.options, this.#tapes);
  }

  /** Goes on as far as rows and wall time allow, by at most so many moves; false once it has ended. */
  advance(moves = Infinity): boolean {
    const { loop, session } = this.run;
    if (this.#arrivals && this.#now - this.#handedOver >= HANDED_OVER_NS) this.#handOver();
    this.#look();
    for (let left = moves; left > 0;) {
      stopIfAsked(this.run, this.options);
      const before = session.steps;
      if (!loop.advance(Math.min(left, MOVES))) return false;
      if (loop.waits) return true;
      left -= Math.max(1, session.steps - before);
    }
    return true;
  }

  /** Its time, ns since 1970-01-01 UTC: until its first rows have come, wall time at the last look. */
  get time(): bigint {
    const { loop, session: { core: { clock } } } = this.run;
    return loop.started ? clock.toEpochNs(clock.now) : this.#now;
  }

  /** How long it waits now, in ms, unless rows arrive before; 0 where it does not, Infinity where it waits for rows alone. */
  get wait(): number {
    const { loop, session: { core: { clock }, due, ready, late } } = this.run;
    if (!loop.waits) return 0;
    if (!ready || !(due < Infinity)) return Infinity;
    return Math.max(0, Math.ceil((due - Math.max(clock.now, late!.until)) / 1e6));
  }

  /**
   * Carries out a command at wall time, behind all that was due by then. CLOSED where the strategy throws in it: the session is over
   * then. Throws as `Session.command`.
   */
  command(command: Command): CommandResult {
    this.advance();
    const { loop, session } = this.run;
    return loop.outside(() => session.command(command)) ?? { id: command.id ?? "", code: Code.CLOSED, order: 0 };
  }

  /** No more rows come: it goes through those that have arrived, and then it has ended. */
  end(): void {
    this.#look();
    for (const tape of this.#tapes) if (tape.open) tape.end(this.#now);
  }

  /** Ends it where it stands; orders on their way do not arrive. */
  stop(reason: Error): void {
    const { loop, session } = this.run;
    if (session.ready) loop.start();
    loop.stop(reason);
  }

  /** Completes the recordings and the journal of a session that has ended; throws RunError as `backtest`. */
  finish(): RunResult {
    const { run, options } = this;
    this.#tapes.forEach((tape, i) => {
      const cut = tape.open ? run.loop.incomplete?.message ?? "the session ended before it did" : undefined;
      const meta = this.#recorders[i]?.finish(sha256(), cut);
      tape.meta = meta ?? { ...tape.meta, rows: tape.rows };
    });
    const { journal } = options;
    const seconds = () => Number(this.#now - this.#began) / 1e9;
    const tapes = journal && journalTapes({ session: run.session, tapes: this.#tapes }, journal);
    try {
      return endRun(run, options, seconds, tapes);
    } finally {
      this.complete = run.journal?.failure === undefined;
    }
  }

  /** What arrived by the last look goes to the system, and what the session made of it. */
  #handOver(): void {
    this.#handedOver = this.#now;
    try {
      for (const recorder of this.#recorders) recorder?.mark(this.#now);
    } catch (error) {
      // A full disk: the session ends as where its tape cannot be written.
      return this.stop(error as Error);
    }
    this.run.journal?.flush();
  }

  /** Closes the time that has passed: what arrives from now on arrives later. */
  #look(): void {
    const { session: { core: { clock }, late } } = this.run, wall = this.#wall();
    if (wall > this.#now) this.#now = wall;
    for (const tape of this.#tapes) tape.settle(this.#now);
    late!.until = Math.min(clock.fromEpochNs(this.#now), REACH - 1);
  }
}
