import type { StrategyDefinition } from "../../core/strategy.ts";
import type { RecordedCore, Recorder } from "../../core/recorder.ts";
import type { TapeReader } from "../../feed/tape_reader.ts";
import type { RunResult } from "../../stats/result.ts";
import { type BacktestOptions, StoppedError } from "../backtest.ts";
import { breathing } from "../breathing.ts";
import { prepare } from "../prepare.ts";
import { resultOf } from "../run_result.ts";
import { type CurrencyAmounts, pnlOf } from "./money.ts";
import { OrderTrail } from "./order_trail.ts";

/** What all re-runs of one session share. */
export interface SessionParts {
  readonly strategy: StrategyDefinition;
  /** In the order of the session's instruments. */
  readonly tapes: readonly TapeReader[];
  /** With how many positions it begins. */
  readonly openings: number;
  readonly onProgress?: BacktestOptions["onProgress"];
  /** Asked now and then; true ends it with StoppedError. */
  readonly stopped?: () => boolean;
}

/** A session that was made again in some way. */
export interface SessionAgain {
  readonly trail: OrderTrail;
  readonly pnl: CurrencyAmounts;
  readonly result: RunResult;
  /** What positions are valued at in the end, in half ticks by instrument. */
  readonly marks2: readonly number[];
  /** When its last move was, ns since 1970-01-01 UTC. */
  readonly lastMove: bigint;
  /** What went wrong in it; absent where it came to its end, or was stopped where it was to be. */
  readonly error?: string;
}

/** What a re-run is made of beside those parts. */
export interface AgainOptions extends Omit<BacktestOptions, "strategy" | "tape" | "recorders"> {
  /** Hears of its records. */
  readonly recorder?: Recorder;
  /** It is stopped behind what happens at this moment, ns since 1970-01-01 UTC. */
  readonly until?: bigint;
}

/** The clock of a session that is about to be made, for models that need one. */
export class SessionClock implements Recorder {
  #clock!: RecordedCore["clock"];

  attach(core: RecordedCore): void {
    this.#clock = core.clock;
  }

  /** A time of the session as ns since 1970-01-01 UTC. */
  readonly epochNs = (now: number): bigint => this.#clock.toEpochNs(now);
}

/** Moves between two looks at the time. */
const SLICE = 32;

/**
 * Makes a session again, to its end or to a moment, and returns its orders and its money. A session whose strategy throws ends there.
 *
 * Throws RangeError or TypeError for options that do not fit, and StoppedError.
 */
export async function sessionAgain(parts: SessionParts, options: AgainOptions): Promise<SessionAgain> {
  const { recorder, until, ...plain } = options, { strategy, tapes, openings, onProgress, stopped } = parts;
  const trail = new OrderTrail(openings), recorders = recorder ? [recorder, trail] : [trail];
  const given: BacktestOptions = { ...plain, strategy, tape: tapes, recorders, onProgress, everyMessage: true };
  const run = prepare(given, tapes), { loop, session } = run, { core } = session;
  const stop = new Error(options.stopAfter?.reason ?? "as the session was");
  let lastMove = 0n;
  loop.after = () => void (lastMove = core.clock.toEpochNs(core.now));
  const advance = (): boolean => {
    if (until === undefined) return loop.advance(SLICE);
    if (session.late) {
      // What its venues work out by then may make no move, and the next one is beyond.
      session.late.until = core.clock.fromEpochNs(until);
      if (loop.advance(SLICE) && !loop.waits) return true;
      loop.stop(stop);
      return false;
    }
    for (let i = 0; i < SLICE; i++) {
      if (loop.steps > 0 && core.clock.toEpochNs(0) + BigInt(ceiling(session.due)) > until) {
        loop.stop(stop);
        return false;
      }
      if (!loop.advance(1)) return false;
    }
    return true;
  };
  await breathing(advance, () => {
    if (stopped?.()) throw new StoppedError();
  });
  const result = resultOf(run, given, 0, loop.incomplete?.message);
  const { message = stop.message } = loop.incomplete ?? {}, marks2 = [...core.marks.refresh(core.feeds)];
  return {
    trail,
    pnl: pnlOf(result),
    result,
    marks2,
    lastMove,
    ...(message === stop.message ? {} : { error: message }),
  };
}

/** A session's time, or the end of all time, as a whole number. */
function ceiling(time: number): number {
  return time < Infinity ? time : Number.MAX_SAFE_INTEGER;
}
