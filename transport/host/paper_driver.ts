import type { Command, CommandResult } from "../../engine/core/command.ts";
import type { ArrivingSession } from "../../engine/run/arriving_session.ts";
import { systemTimers, type Timers } from "../link/timers.ts";
import type { BacktestDriverOptions } from "./backtest_driver.ts";
import type { ClockData, Driver, DriverState } from "./driver.ts";
import { Nap } from "../../engine/live/nap.ts";

/** Moves between two looks at the time, and how long they may take before everything else is heard, in ms. */
const MOVES = 64, SLICE_MS = 8;
/** The longest wait, in ms: what the clock says is told as often at least. */
const WAIT_MS = 250;
/** Time between two messages about the clock while it runs, in ms. */
const TELL_MS = 100;

/** What a paper session's driver is made of: as a backtest's, as far as the world's clock goes. */
export type PaperDriverOptions = Pick<BacktestDriverOptions, "look" | "onClock" | "paused" | "timers" | "waits">;

/**
 * Moves a paper session on as rows arrive and wall time goes on, and hands it commands: its clock is the world's, and so cannot
 * be paused, stepped, or made to go at another pace.
 *
 * Somebody may drive it from outside (`waits`): it then falls behind the world until they have had their turn, and what they ask
 * for comes at the time of the move they were asked about. What had arrived by then they do not see yet.
 *
 * Between rows and what is due it sleeps; rows that arrive wake it. It waits for no client: those that are slow are conflated
 * or cut, as their hub's limits have it.
 */
export class PaperDriver implements Driver {
  readonly tape = undefined;
  readonly #paper: ArrivingSession;
  readonly #options: PaperDriverOptions;
  readonly #timers: Timers;
  readonly #nap: Nap;
  #state: DriverState = "waiting";
  #started = false;
  /** It waits for a turn. */
  #turnOf = false;
  #told = -Infinity;

  constructor(paper: ArrivingSession, options: PaperDriverOptions = {}) {
    this.#paper = paper;
    if (options.paused) this.#state = "paused";
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
    this.#nap = new Nap(this.#timers);
  }

  get clock(): ClockData {
    return { time: this.#paper.time, state: this.#state, pace: "real", speed: 1 };
  }

  get over(): boolean {
    return this.#state === "ended" || this.#state === "failed";
  }

  /** Moves the session on until it ends or is stopped; its loop says how it ended. */
  async run(): Promise<void> {
    const { loop } = this.#paper.run;
    this.#paper.onArrival = () => this.#nap.wake();
    if (this.#state === "paused") this.#tell();
    while (this.#state === "paused" && loop.incomplete === undefined) {
      await this.#nap.sleep(WAIT_MS);
      this.#options.look?.();
    }
    this.#set("running");
    for (;;) {
      this.#options.look?.();
      if (!this.#turnOf && !this.#slice()) break;
      if (loop.incomplete !== undefined) break;
      if (this.#timers.now() - this.#told >= TELL_MS) this.#tell();
      await this.#nap.sleep(this.#turnOf ? WAIT_MS : Math.min(this.#paper.wait, WAIT_MS));
    }
    this.#paper.onArrival = undefined;
    this.#set(loop.finished && loop.incomplete === undefined ? "ended" : "failed");
  }

  command(command: Command): CommandResult {
    const { session } = this.#paper.run, { clock } = session.core;
    const result = this.#turnOf ? session.command(command, clock.toEpochNs(clock.now)) : this.#paper.command(command);
    // It may have brought up something that whoever drives it hears of before the next move; in a turn, behind that.
    if (!this.#turnOf && this.#options.waits?.()) this.#turnOf = true;
    this.#nap.wake();
    return result;
  }

  turn(): void {
    this.#turnOf = false;
    this.#nap.wake();
  }

  begin(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    this.#nap.wake();
  }

  stop(reason: Error): void {
    this.#paper.stop(reason);
    this.#nap.wake();
  }

  /** Makes moves for a while, as far as it can; false once there are no more. */
  #slice(): boolean {
    const { loop } = this.#paper.run, began = this.#timers.now(), { waits } = this.#options;
    if (waits && !this.#started && !this.#start()) return true;
    for (;;) {
      if (!this.#paper.advance(waits ? 1 : MOVES)) return false;
      this.#turnOf = waits?.() ?? false;
      if (this.#turnOf || loop.waits || this.#timers.now() - began >= SLICE_MS) return true;
    }
  }

  /** Starts the session for whoever drives it, who has a turn before the first move; false where it has to wait. */
  #start(): boolean {
    const { loop, session } = this.#paper.run;
    this.#paper.advance(0);
    if (!session.ready) return false;
    this.#started = loop.start();
    this.#turnOf = this.#started && this.#options.waits!();
    return !this.#turnOf;
  }

  #set(state: DriverState): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    this.#told = this.#timers.now();
    this.#options.onClock?.(this.clock);
  }
}
