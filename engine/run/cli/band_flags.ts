import type { Command } from "commander";
import type { BandOptions } from "../bands.ts";
import { EXIT } from "./exit_codes.ts";
import { Failure } from "./failure.ts";
import { wholeNumber } from "./flags.ts";

/** Flags about the uncertainty of fills, as commander hands them over. */
export interface BandFlags {
  readonly bands?: boolean;
  readonly seeds?: number;
  readonly sandbox?: boolean;
  readonly from?: string;
}

/** Adds `--bands` and `--seeds`. */
export function addBandFlags(command: Command): void {
  command
    .option(
      "--bands",
      "run under optimistic, probabilistic, pessimistic (and exact) queues, and say between which ends it lies",
    )
    .option(
      "--seeds <n>",
      "do so over seeds 1 to n, from which random latencies are drawn (the market of --agents is of --seed); with --bands all combinations",
      wholeNumber,
    )
    .option("--as-levels", "read tapes of single orders as ones of levels, on which --queue says where orders stand");
}

/** What they ask for; undefined where for nothing. Throws Failure where they do not go with others. */
export function bandsOf({ bands, seeds, sandbox, from }: BandFlags): BandOptions | undefined {
  if (!bands && seeds === undefined) return undefined;
  const name = bands ? "--bands" : "--seeds";
  const other = sandbox ? "--sandbox" : from === undefined ? undefined : "--from";
  if (other !== undefined) {
    throw new Failure(EXIT.USAGE, `${name} runs whole sessions side by side in this thread; leave ${other} out`);
  }
  return { queues: bands === true, seeds };
}
