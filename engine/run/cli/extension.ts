import type { Command } from "commander";
import type { RunResult } from "../../stats/result.ts";
import type { ArrivingSession } from "../arriving_session.ts";
import type { BacktestOptions } from "../prepare.ts";
import type { Cli } from "./cli.ts";

/** What a session is made of beside its options. */
export interface RunnerAround {
  /** Where its files go, where any do. */
  readonly folder?: string;
  /** Its orders go to an exchange: with real money, or its test network's. To a simulated venue where absent. */
  readonly live?: "real" | "test";
  /** Makes the session where rows arrive while it runs, of the options as they are run: those have no tapes then. */
  readonly paper?: (options: Omit<BacktestOptions, "tape">) => ArrivingSession;
}

/** Moves a session on in its own way; throws as `backtest` does. */
export type Runner = (options: BacktestOptions, around?: RunnerAround) => Promise<RunResult>;

/**
 * What someone outside the engine adds to the command line: the engine knows nothing of who watches a run, and who does hangs
 * itself in here.
 */
export interface Extension {
  /** Adds commands, and flags to those that are there: `run` and `start` by name. */
  add(program: Command, cli: Cli): void;
  /**
   * How a session is to be moved on where the flags of `run` or `start` ask for something of this extension; undefined where
   * they do not. Throws `Failure` for flags that do not fit.
   */
  runner(cli: Cli, flags: Readonly<Record<string, unknown>>): Runner | undefined;
}
