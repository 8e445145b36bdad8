import type { Command, CommandResult } from "../../engine/core/command.ts";
import type { PaperSession } from "../../engine/run/paper.ts";
import { type ClockData, Driver, type DriverOptions, type DriverState } from "./driver.ts";
import { checkMode } from "./modes.ts";
import { MACHINE, type Timing } from "./timing.ts";

/** Moves between two looks at the time, and how long they may take before everything else is heard, in ms. */
const MOVES = 64, SLICE_MS = 8;
/** The longest wait, in ms: what the clock says is told as often at least. */
const WAIT_MS = 250;
/** Time between two messages about the clock while it runs, in ms. */
const TELL_MS = 100;

/**
 * Moves a paper session on as rows arrive and wall time goes on, and hands it commands: a {@linkcode Driver} whose clock is the
 * world's, and so cannot be paused, stepped, or made to go at another pace.
 *
 * Between rows and what is due it sleeps; rows that arrive wake it. It waits for no client: those that are slow are conflated
 * or cut, as their hub's limits have it.
 */
export class PaperDriver extends Driver {
  readonly #paper: PaperSession;
  readonly #options: Pick<DriverOptions, "look" | "onClock">;
  readonly #timing: Timing;
  #state: DriverState = "waiting";
  #wake: (() => void) | undefined;
  #told = -Infinity;

  constructor(paper: PaperSession, options: Pick<DriverOptions, "look" | "onClock" | "timing"> = {}) {
    super(paper.run, { pace: "real", timing: options.timing });
    this.#paper = paper;
    this.#options = options;
    this.#timing = options.timing ?? MACHINE;
  }

  override get clock(): ClockData {
    const { clock } = this.#paper.run.session.core;
    return { time: clock.toEpochNs(clock.now), state: this.#state, pace: "real", speed: 1 };
  }

  override get over(): boolean {
    return this.#state === "ended" || this.#state === "failed";
  }

  /** Moves the session on until it ends or is stopped; its loop says how it ended. */
  override async run(): Promise<void> {
    const { loop } = this.#paper.run;
    this.#paper.onArrival = () => this.#wake?.();
    this.#set("running");
    for (let more = true; more;) {
      this.#options.look?.();
      const began = this.#timing.now();
      do more = this.#paper.advance(MOVES); while (more && !loop.waits && this.#timing.now() - began < SLICE_MS);
      if (!more) break;
      if (this.#timing.now() - this.#told >= TELL_MS) this.#tell();
      await this.#sleep(Math.min(this.#paper.wait, WAIT_MS));
    }
    this.#paper.onArrival = undefined;
    this.#set(loop.finished && loop.incomplete === undefined ? "ended" : "failed");
  }

  override command(command: Command): CommandResult {
    const result = this.#paper.command(command);
    this.#wake?.();
    return result;
  }

  override stop(reason: Error): void {
    this.#paper.stop(reason);
    this.#wake?.();
  }

  /** Always throws ProtocolError MODE_UNSUPPORTED, as do the four that follow. */
  override pause(): void {
    checkMode("paper", "clock_pause");
  }

  override resume(): void {
    checkMode("paper", "clock_resume");
  }

  override step(): void {
    checkMode("paper", "clock_step");
  }

  override speed(): void {
    checkMode("paper", "clock_speed");
  }

  override seek(): void {
    checkMode("paper", "clock_seek");
  }

  #set(state: DriverState): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    this.#told = this.#timing.now();
    this.#options.onClock?.(this.clock);
  }

  /** Waits, or until rows or a command have come. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#wake = undefined;
        resolve();
      };
      const cancel = this.#timing.after(ms, wake);
      this.#wake = wake;
    });
  }
}
