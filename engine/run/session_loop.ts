import type { BacktestOptions } from "./prepare.ts";
import type { CommandEntry } from "../core/command.ts";
import type { Session } from "../core/session.ts";

/**
 * Moves a session on in slices, and remembers how far it came and how it ended: what all who run one share.
 *
 * @example
 * ```ts
 * import { openTape } from "./open_tape.ts";
 * import { prepare } from "./prepare.ts";
 * import { SessionLoop } from "./session_loop.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const tape = openTape("fixtures/data/market_l2.arrow");
 * const run = prepare({ strategy: touchMaker, tape: tape.reader }, [tape.reader]);
 * const loop = new SessionLoop(run.session);
 * while (loop.advance(1000));
 * tape.close();
 * if (!loop.finished || loop.incomplete !== undefined) throw new Error("unexpected");
 * ```
 */
export class SessionLoop {
  /** Whether it was finished: to its end, or where it was stopped; not where the strategy threw. */
  finished = false;
  /** Why it ended before its tapes did. */
  incomplete: Error | undefined;
  /** Of a session that was stopped: its output records before that. */
  before: number | undefined;
  /** It stops between the parts of the session's end, for whoever is the strategy from outside; else they are made at once. */
  patient = false;
  /** Does what calls the strategy: for whoever watches that it comes back. */
  guard: <Result>(work: () => Result) => Result = (work) => work();
  /** Called after each move. */
  after: (() => void) | undefined;
  readonly #session: Session;
  readonly #inputs: readonly CommandEntry[];
  readonly #stopAfter: BacktestOptions["stopAfter"];
  /** Who is still to be given the session. */
  #onSession: BacktestOptions["onSession"];
  /** How many of the inputs were handed over. */
  #given = 0;
  #started = false;

  /** `inputs`: commands from outside as a journal has them, in order; each is handed over in its place. */
  constructor(
    session: Session,
    { inputs = [], stopAfter, onSession }: Pick<BacktestOptions, "inputs" | "stopAfter" | "onSession"> = {},
  ) {
    this.#session = session;
    this.#inputs = inputs;
    this.#stopAfter = stopAfter;
    this.#onSession = onSession;
  }

  /** Moves the session made. A session made again comes to the same place after as many. */
  get steps(): number {
    return this.#session.steps;
  }

  /** Whether the session was started: before that its clock stands nowhere. */
  get started(): boolean {
    return this.#started;
  }

  /** Nothing comes next for now: more rows must arrive, or time go on. Of a session over finished tapes it is never so. */
  get waits(): boolean {
    return this.#started ? this.#session.late?.waits ?? false : !this.#session.ready;
  }

  /** Starts the session, if it was not, without a step; false where it could not be. */
  start(): boolean {
    return this.guard(() => this.#start());
  }

  #start(): boolean {
    if (this.#started) return this.incomplete === undefined;
    this.#started = true;
    try {
      this.#session.start();
      return true;
    } catch (error) {
      this.incomplete = this.#session.explain(error);
      this.#abandon();
      return false;
    }
  }

  /** Goes on by at most `count` steps, or fewer where it waits; false once the session has ended. */
  advance(count: number): boolean {
    return this.guard(() => this.#advance(count));
  }

  #advance(count: number): boolean {
    if (this.finished || this.incomplete !== undefined) return false;
    if (!this.#started && !this.#session.ready) return this.#unready();
    if (!this.#start()) return false;
    const session = this.#session, { after } = this, last = this.#stopAfter?.steps ?? Infinity;
    try {
      this.#tell();
      if (session.ending > 0) return this.#end();
      const end = Math.min(session.steps + count, last);
      while (session.steps < end) {
        const stop = Math.min(end, this.#hand());
        while (session.steps < stop) {
          if (session.step()) {
            after?.();
            continue;
          }
          // Where nobody says how far it may go, no more rows come either.
          if (session.late?.waits && session.late.until < Infinity) return true;
          return this.#end();
        }
      }
    } catch (error) {
      this.incomplete = session.explain(error);
      this.#abandon();
      return false;
    }
    if (session.steps < last) return true;
    this.#stop(new Error(this.#stopAfter!.reason));
    return false;
  }

  /** There is no row to start by: as long as somebody says how far it may go, one may come. */
  #unready(): boolean {
    if (this.#session.late!.until < Infinity) return true;
    this.#stop(new Error(this.#stopAfter?.reason ?? "a tape was cut off before its first row"));
    return false;
  }

  /** Hands over the inputs that have their place here, without a move: what comes from outside now comes behind them. */
  catchUp(): void {
    if (!this.finished && this.incomplete === undefined && this.start()) this.#hand();
  }

  /**
   * Does what comes from outside, between two moves; undefined where the strategy threw in it, which ends the session as in a move. Any
   * other error is the caller's.
   */
  outside<Result>(act: () => Result): Result | undefined {
    try {
      return this.guard(act);
    } catch (error) {
      const explained = this.#session.explain(error);
      if (explained === error) throw error;
      this.incomplete = explained;
      this.#abandon();
      return undefined;
    }
  }

  /** The session was started elsewhere, and stands where a snapshot left it: inputs of before are over. */
  resume(): void {
    this.#started = true;
    this.#given = this.#inputs.findIndex(({ steps }) => steps >= this.#session.steps);
    if (this.#given < 0) this.#given = this.#inputs.length;
  }

  /** Ends the session where it stands; one that has come to its end by itself does not wait there any more. */
  stop(reason: Error): void {
    this.guard(() => this.#stop(reason));
  }

  #stop(reason: Error): void {
    if (this.finished || this.incomplete !== undefined) return;
    this.patient = false;
    if (this.#session.ending > 0) return void this.#advance(0);
    this.incomplete = reason;
    if (this.#started) this.#hand();
    this.before = this.#session.core.digest.records;
    try {
      this.#end();
    } catch (error) {
      this.incomplete = this.#session.explain(error);
      this.#abandon();
    }
  }

  /** What stands is recorded as far as that goes: the first error is the one to tell. */
  #abandon(): void {
    try {
      this.#session.abandon();
    } catch {
      // The state itself is what broke.
    }
  }

  /** Hands over what has its place here, and returns the place of what comes next. */
  #hand(): number {
    const session = this.#session, inputs = this.#inputs;
    for (; this.#given < inputs.length; this.#given++) {
      const entry = inputs[this.#given], { steps, ending = 0 } = entry;
      if (steps > session.steps) return steps;
      if (ending > session.ending) break;
      session.takeAgain(entry);
    }
    return Infinity;
  }

  #tell(): void {
    const onSession = this.#onSession;
    this.#onSession = undefined;
    onSession?.(this.#session);
  }

  /** Makes the next part of the session's end, or all; false once it is over. */
  #end(): boolean {
    do {
      if (!this.#session.close()) {
        this.finished = true;
        return false;
      }
      this.#hand();
    } while (!this.patient);
    return true;
  }
}
