import type { CommandEntry } from "../../engine/core/command.ts";
import type { ArrivingSession } from "../../engine/run/arriving_session.ts";
import type { BacktestOptions } from "../../engine/run/prepare.ts";
import type { Connection, HubLimits, HubMetrics } from "../hub/mod.ts";
import type { Timers } from "../link/timers.ts";
import type { CommandTraces } from "../ops/mod.ts";
import type { ProtocolError } from "../protocol/errors.ts";
import type { Pace } from "./driver.ts";
import type { Mode } from "./modes.ts";
import type { SentCommand } from "./session_commands.ts";
import type { Guard } from "./stall_watch.ts";

/** How a session is served. */
export interface HostOptions {
  /** Names it; scopes and clients' hellos go by it. */
  readonly id: string;
  /** backtest unless said. */
  readonly mode?: Mode;
  /** live: it trades at a test network, so that nobody is shown that money is real. */
  readonly testMoney?: boolean;
  /** Makes the session where it is a paper session, of the options as they are served: those have no tapes then. */
  readonly paper?: (options: Omit<BacktestOptions, "tape">) => ArrivingSession;
  /** free unless said. */
  readonly pace?: Pace;
  /** Simulated seconds a second at pace real; 1 unless said. */
  readonly speed?: number;
  /** Waits for `clock_resume` before the first move. */
  readonly paused?: boolean;
  /**
   * Asked before the first move and after each: whether the clock is to wait for the driver's `turn`. `next` is when the next move
   * happens, session time in ns as far as it is known.
   */
  readonly waits?: (next: number) => boolean;
  /** Nothing is merged on any channel: for digests of what clients saw. */
  readonly lossless?: boolean;
  readonly limits?: Partial<HubLimits>;
  readonly metrics?: HubMetrics;
  /** Time for the driver, the hub and what commands say of when they are too late; the machine's. */
  readonly timers?: Timers;
  /** Verifies a newer token of a connection's principal; tokens cannot be changed where absent. */
  readonly refresh?: (connection: Connection, token: string) => Promise<Connection["principal"]>;
  /** Counts a request for what is past, by user and address; the ms to wait where too many came. */
  readonly historyWait?: (connection: Connection) => number;
  /** Traces commands from end to end. */
  readonly traces?: CommandTraces;
  /** Where it goes at once, hearing nobody, to pause there; at its beginning where absent. */
  readonly forward?: ForkPlace;
  /** Makes another session that is this one up to a place, and returns its id; cannot be had where absent. */
  readonly fork?: (place: ForkPlace, by: Connection) => string;
  /**
   * Puts the same session in this one's place, as it was at a place of its past, once this command is answered. Where absent the
   * clock does not go back: what has happened stands in files that somebody else writes.
   */
  readonly rewind?: (place: ForkPlace) => void;
  /** Does what calls the strategy, and sees that it comes back. */
  readonly guard?: Guard;
  /** Hears of what is no fault of a client's. */
  readonly onFault?: (error: unknown) => void;
  /** Hears of each command, and what came of it. */
  readonly onCommand?: (by: CommandedBy, sent: SentCommand, outcome: { code: number } | ProtocolError) => void;
}

/** Who commands: a client's connection, or somebody in this process, who has neither a number nor a link. */
export type CommandedBy = Pick<Connection, "principal"> & Partial<Pick<Connection, "id" | "link">>;

/** A place in a session: after so many moves, or before the first at or after a time (ns since 1970), and what came in till then. */
export interface ForkPlace {
  readonly steps: number;
  readonly until?: bigint;
  readonly inputs: readonly CommandEntry[];
}
