import type { Command, CommandResult } from "../../engine/core/command.ts";
import type { Prepared } from "../../engine/run/prepare.ts";
import { systemTimers, type Timers } from "../link/timers.ts";
import type { ClockData, Driver, DriverState, Pace, TapeClock } from "./driver.ts";
import { Nap } from "../../engine/live/nap.ts";

/** What a driver of a backtest is made of. */
export interface BacktestDriverOptions {
  /** free unless said. */
  readonly pace?: Pace;
  /** Simulated seconds a second, at pace real; 1 unless said. */
  readonly speed?: number;
  /** Waits for `resume` before the first move. */
  readonly paused?: boolean;
  /** Goes to a place first, as fast as it can, and pauses there: after so many moves, or before the first at or after a time. */
  readonly forward?: { readonly steps: number; readonly until?: bigint };
  /** It has come to that place. */
  readonly arrived?: () => void;
  /** Asked between slices of work: stops the run where it must, as an interrupt or a full disk does. */
  readonly look?: () => void;
  /** Hears whenever time or state are worth telling. */
  readonly onClock?: (clock: ClockData) => void;
  /** Asked before each slice of work: whether whoever listens is behind, and would lose something if it went on now. */
  readonly pressed?: () => boolean;
  /** After each move and command: true where somebody's turn has come, and the clock waits until {@linkcode BacktestDriver.turn}. */
  readonly waits?: () => boolean;
  readonly timers?: Timers;
}

/** How long the session moves before sockets and timers are heard, in ms. */
const SLICE_MS = 8;
/** Moves between two looks at the time. */
const MOVES = 16;
/** The longest wait for something that is due, in ms: commands end it anyway. */
const WAIT_MS = 250;
/** How long it waits for clients that are pressed, in ms. */
const PRESSED_MS = 5;
/** Time between two messages about the clock while it runs, in ms. */
const TELL_MS = 100;

/** Speeds that make sense: simulated seconds a second. */
const SPEED_MIN = 1e-6, SPEED_MAX = 1e9;

/**
 * Moves a session over recorded tapes on at a pace, and hands it commands between two moves.
 *
 * - free: as fast as it goes, in slices of 8 ms between which everything else is heard.
 * - real: each move when its time has come, at `speed` simulated seconds a second; a session that falls behind goes as fast as
 *   it can, and what it missed is not skipped.
 * - lockstep: after a move that concerns whoever drives it from outside, the clock waits for {@linkcode turn}.
 *
 * What a session puts out does not depend on pace, speed, pauses or steps: only on the moves at which commands came.
 */
export class BacktestDriver implements Driver, TapeClock {
  readonly #run: Prepared;
  readonly #options: BacktestDriverOptions;
  readonly #timers: Timers;
  readonly #nap: Nap;
  #state: DriverState;
  #pace: Pace;
  #speed: number;
  /** Moves to make before it pauses. */
  #moves = Infinity;
  /** Where it stops to pause, in ns since 1970; undefined where nowhere. */
  #until: bigint | undefined;
  /** It waits for a turn. */
  #turnOf = false;
  /** Where simulated and wall time met last. */
  #anchor: { readonly session: bigint; readonly wall: number } | undefined;
  #told = -Infinity;
  #forwarding: boolean;

  constructor(run: Prepared, options: BacktestDriverOptions = {}) {
    this.#run = run;
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
    this.#nap = new Nap(this.#timers);
    this.#pace = options.pace ?? "free";
    this.#speed = checkSpeed(options.speed ?? 1);
    this.#forwarding = options.forward !== undefined;
    this.#state = options.paused && !this.#forwarding ? "paused" : "waiting";
  }

  get tape(): TapeClock {
    return this;
  }

  get clock(): ClockData {
    const { loop, session } = this.#run;
    // Before it has started its clock stands nowhere.
    return {
      time: loop.started ? this.#time() : session.startsAt,
      state: this.#state,
      pace: this.#pace,
      speed: this.#speed,
    };
  }

  get over(): boolean {
    return this.#state === "ended" || this.#state === "failed";
  }

  get forwarding(): boolean {
    return this.#forwarding;
  }

  /** Moves the session to its end, or until its loop is stopped; the loop says how it ended. */
  async run(): Promise<void> {
    const { loop } = this.#run;
    if (this.#state === "waiting") this.#set("running");
    else this.#tell();
    await this.#begin();
    for (;;) {
      this.#options.look?.();
      if (loop.incomplete !== undefined) break;
      if (this.#state === "paused" || this.#turnOf) await this.#nap.sleep(WAIT_MS);
      else {
        const wait = this.#slice();
        if (wait === undefined) break;
        if (this.#timers.now() - this.#told >= TELL_MS) this.#tell();
        await this.#nap.sleep(wait);
      }
    }
    this.#set(loop.finished && loop.incomplete === undefined ? "ended" : "failed");
  }

  /** Starts the session, at its beginning or where it is to begin. */
  async #begin(): Promise<void> {
    const { loop } = this.#run, { waits, forward } = this.#options;
    if (forward) return await this.#goForward(forward);
    // Whoever drives it from outside has a turn before the first move, as a strategy has its `onStart`, and must be there for it.
    while (waits && this.#state === "paused" && loop.incomplete === undefined) {
      await this.#nap.sleep(WAIT_MS);
      this.#options.look?.();
    }
    if (loop.start() && waits?.()) this.#turnOf = true;
  }

  /** Makes the moves up to a place, and pauses there, with all the commands behind it that an earlier run had there. */
  async #goForward({ steps, until }: NonNullable<BacktestDriverOptions["forward"]>): Promise<void> {
    const { loop } = this.#run;
    const there = () => loop.steps >= steps || (until !== undefined && this.#nextTime() >= until);
    let more = loop.start();
    while (more && !there()) {
      const began = this.#timers.now();
      do {
        more = loop.advance(until === undefined ? Math.min(MOVES, steps - loop.steps) : 1);
      } while (more && !there() && this.#timers.now() - began < SLICE_MS);
      this.#options.look?.();
      if (this.#timers.now() - this.#told >= TELL_MS) this.#tell();
      await this.#nap.sleep(0);
    }
    loop.catchUp();
    this.#forwarding = false;
    this.#options.arrived?.();
    if (more) this.pause();
  }

  command(command: Command): CommandResult {
    const result = this.#run.session.command(command);
    // It may have brought up something that whoever drives it hears of before the next move; in a turn, behind that.
    if (!this.#turnOf && this.#options.waits?.()) this.#turnOf = true;
    this.#nap.wake();
    return result;
  }

  begin(): void {
    if (this.#state === "paused") this.resume();
  }

  pause(): void {
    if (this.over) return;
    this.#until = undefined;
    this.#moves = Infinity;
    this.#set("paused");
  }

  resume(): void {
    if (this.over) return;
    this.#until = undefined;
    this.#moves = Infinity;
    this.#go();
  }

  step(count = 1): void {
    if (!(Number.isSafeInteger(count) && count > 0)) {
      throw new RangeError(`Cannot step: count is ${count}; give a whole number above 0`);
    }
    if (this.over) return;
    this.#moves = count;
    this.#go();
  }

  speed(speed: number, pace: Pace = "real"): void {
    this.#speed = checkSpeed(speed);
    this.#pace = pace;
    this.#anchor = undefined;
    this.#tell();
    this.#nap.wake();
  }

  seek(time: bigint): void {
    const now = this.#time();
    if (time < now) {
      throw new RangeError(
        `Cannot seek to ${time}: the session stands at ${now}; clock_fork with a time makes another that stands there`,
      );
    }
    if (this.over) return;
    this.#until = time;
    this.#moves = Infinity;
    this.#go();
  }

  turn(): void {
    this.#turnOf = false;
    // At pace real the time of the wait is not made up for.
    this.#anchor = undefined;
    this.#nap.wake();
  }

  stop(reason: Error): void {
    this.#run.loop.stop(reason);
    this.#nap.wake();
  }

  /** Makes moves for a while; returns how many ms to wait before the next, undefined where there are no more. */
  #slice(): number | undefined {
    const { loop } = this.#run, { waits, pressed } = this.#options;
    if (pressed?.()) return PRESSED_MS;
    const began = this.#timers.now();
    // Each move by itself, where somebody may have to be waited for.
    const single = this.#moves < Infinity || this.#until !== undefined || this.#pace !== "free" || waits !== undefined;
    for (;;) {
      if (this.#until !== undefined && this.#nextTime() >= this.#until) return this.#rest();
      const wait = this.#late();
      if (wait > 0) return wait;
      if (!loop.advance(single ? 1 : MOVES)) return undefined;
      if (--this.#moves <= 0) return this.#rest();
      if (waits?.()) {
        this.#turnOf = true;
        return 0;
      }
      if (this.#timers.now() - began >= SLICE_MS) return 0;
    }
  }

  /** Pauses after steps, or at the time that was sought. */
  #rest(): number {
    this.pause();
    return 0;
  }

  /** How many ms remain until the next move is due, at pace real. */
  #late(): number {
    if (this.#pace !== "real" || this.#until !== undefined || this.#moves < Infinity) return 0;
    const next = this.#nextTime(), wall = this.#timers.now();
    this.#anchor ??= { session: this.#time(), wall };
    const due = this.#anchor.wall + Number(next - this.#anchor.session) / 1e6 / this.#speed;
    return Math.min(Math.max(0, due - wall), WAIT_MS);
  }

  /** When the next move happens; now, where that is not known. */
  #nextTime(): bigint {
    const { session } = this.#run, { clock } = session.core;
    const { due } = session;
    return Number.isFinite(due) ? clock.toEpochNs(due) : this.#time();
  }

  #time(): bigint {
    const { core } = this.#run.session;
    return core.clock.toEpochNs(core.now);
  }

  #go(): void {
    this.#anchor = undefined;
    this.#set("running");
    this.#nap.wake();
  }

  #set(state: DriverState): void {
    if (state === "paused") this.#anchor = undefined;
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    this.#told = this.#timers.now();
    this.#options.onClock?.(this.clock);
  }
}

function checkSpeed(speed: number): number {
  if (speed >= SPEED_MIN && speed <= SPEED_MAX) return speed;
  throw new RangeError(`Cannot go at speed ${speed}: it takes ${SPEED_MIN} to ${SPEED_MAX} simulated seconds a second`);
}
