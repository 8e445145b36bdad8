import type { Command, CommandResult } from "../../engine/core/command.ts";

/** How a session's time goes on: as fast as it can, at so many simulated seconds a second, or a turn at a time. */
export type Pace = "free" | "real" | "lockstep";

/** Whether it goes on. */
export type DriverState = "waiting" | "running" | "paused" | "ended" | "failed";

/** Where a session stands, as the channel `clock` says it. */
export interface ClockData {
  readonly [field: string]: unknown;
  readonly time: bigint;
  readonly state: DriverState;
  readonly pace: Pace;
  readonly speed: number;
}

/**
 * What moves a session on, tells of its clock, and hands it commands between two moves: one for each way in which time goes on.
 *
 * | driver | time | waits |
 * |---|---|---|
 * | `BacktestDriver` | of its tapes | for nobody, for the wall clock times `speed`, or for a turn |
 * | `PaperDriver` | the world's | for rows and wall time, or for a turn |
 *
 * A driver of the world's time has no {@linkcode tape}: nobody can stop or hurry it.
 */
export interface Driver {
  /** Where it stands. */
  readonly clock: ClockData;
  /** Whether the session has ended, one way or the other. */
  readonly over: boolean;
  /** What can be asked of a clock of tape time; undefined where time is the world's. */
  readonly tape: TapeClock | undefined;
  /** Moves the session to its end, or until it is stopped; whoever made it knows how it ended. */
  run(): Promise<void>;
  /** Hands the session a command, between two moves. Throws TypeError or RangeError for a malformed one. */
  command(command: Command): CommandResult;
  /** Lets a session begin that was made to wait for somebody; it does nothing to one that goes on. */
  begin(): void;
  /** Whoever it waited for has had its turn. */
  turn(): void;
  /** Ends the session where it stands. */
  stop(reason: Error): void;
}

/** A clock of tape time: it stops, goes by moves, and goes at any speed. Nothing of that changes what the session puts out. */
export interface TapeClock {
  /** Whether it is on its way to where it is to begin; nobody's commands have a place before that. */
  readonly forwarding: boolean;
  /** Stops after the move that is being made. */
  pause(): void;
  /** Goes on. */
  resume(): void;
  /** Makes so many moves (1 unless said) as fast as it can, and pauses. RangeError for a count that is not whole and above 0. */
  step(count?: number): void;
  /** Goes on at another speed, and pace (real unless said). RangeError for a speed that is none. */
  speed(speed: number, pace?: Pace): void;
  /**
   * Goes on as fast as it can to the first move at or after a time, and pauses there.
   *
   * RangeError for a time that is past: moves cannot be unmade, and what they put out is in journal and tables already. Whoever
   * can make the session again goes back so; see `Sessions`.
   */
  seek(time: bigint): void;
}
