import type { Command } from "commander";
import { join } from "node:path";
import { parseAgents } from "../../agents/agent_spec.ts";
import { makeAgentTape } from "../agent_tape.ts";
import { EXIT } from "./exit_codes.ts";
import { failingWith, Failure } from "./failure.ts";
import type { RunFlags } from "./run_options.ts";

/** Adds what `run` takes for a market that participants make, in place of tapes. */
export function addAgentFlag(command: Command): void {
  command.option(
    "--agents <time>",
    "in place of tapes, a market that simulated participants make for so long, drawn from --seed: 8h, or " +
      "8h,newsRate=0.5,view=l3; also limitRate, marketRate, cancelRate (a second), newsTicks, startTicks, feedMs",
  );
}

/** The tapes of a run, those that are made for it among them. */
export interface Feed extends Disposable {
  readonly tapes: readonly string[];
}

/**
 * The tapes that flags name, or make: the market of participants lies in the folder of runs, in "agents"; without one it is gone when
 * the run is over. Throws Failure where they do not fit.
 */
export function feedOf({ tape = [], agents, seed = 1, out }: RunFlags): Feed {
  if (agents === undefined) return { tapes: tape, [Symbol.dispose]() {} };
  if (tape.length > 0) throw new Failure(EXIT.USAGE, "--agents and --tape are two feeds; leave one of them out");
  failingWith(EXIT.USAGE, () => parseAgents(agents));
  const folder = out === false ? Deno.makeTempDirSync() : join(out, "agents");
  const dispose = () => out === false && Deno.removeSync(folder, { recursive: true });
  try {
    return { tapes: [makeAgentTape(agents, seed, folder).path], [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
