import type { Command } from "commander";
import type { RunResult } from "../../stats/result.ts";
import type { BacktestOptions } from "../prepare.ts";
import type { Cli } from "./cli.ts";

/** Runs a backtest in its own way; `folder` is where its files go, where any do. Throws as `backtest` does. */
export type Runner = (options: BacktestOptions, folder?: string) => Promise<RunResult>;

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
