import type { Command } from "commander";
import { oneOf } from "./flags.ts";

/** What `run` takes to trade at an exchange. */
export interface LiveFlags {
  /** "binance-spot:BTCUSDT". */
  readonly live?: string;
  readonly yes?: boolean;
  readonly keys?: string;
  readonly rehearsed?: string;
  readonly foreignOrders?: "stop" | "leave";
  readonly positions?: "stop" | "adopt";
}

/** Their names, as commander has them. */
export const LIVE_FLAGS: readonly (keyof LiveFlags)[] = ["yes", "keys", "rehearsed", "foreignOrders", "positions"];

/** Adds them. */
export function addLiveFlags(command: Command): void {
  command
    .option(
      "--live <market>",
      "as --paper, but orders go to the exchange; it asks first, wants every limit stated, and the instruments as they were " +
        "when the strategy was rehearsed",
    )
    .option("--yes", "live: start without asking")
    .option(
      "--keys <file>",
      "live: our keys, in a file that nobody else may read (the environment, LOCKSTEP_BINANCE_KEY …)",
    )
    .option(
      "--rehearsed <folder>",
      "live: the run that this one was rehearsed by (the newest of the strategy in --out)",
    )
    .option(
      "--foreign-orders <rule>",
      "live: orders of others on its instruments when it starts: stop, or leave them (stop)",
      oneOf(["stop", "leave"]),
    )
    .option(
      "--positions <rule>",
      "live: positions that its log does not explain when it starts: stop, or adopt them (stop)",
      oneOf(["stop", "adopt"]),
    );
}
