import type { Command } from "commander";
import { join } from "node:path";
import { parseAgents } from "../../agents/agent_spec.ts";
import { makeAgentTape } from "../agent_tape.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { failingWith, Failure, isOfSystem, reasonOf } from "./failure.ts";
import { Interrupt } from "./interrupt.ts";
import { ProgressBar } from "./progress.ts";
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
 * the run is over. Throws Failure where they do not fit, nobody can write there, or Ctrl-C comes while the market is made.
 */
export async function feedOf(cli: Cli, { tape = [], agents, seed = 1, out }: RunFlags): Promise<Feed> {
  if (agents === undefined) return { tapes: tape, [Symbol.dispose]() {} };
  if (tape.length > 0) throw new Failure(EXIT.USAGE, "--agents and --tape are two feeds; leave one of them out");
  failingWith(EXIT.USAGE, () => parseAgents(agents));
  let temporary: string | undefined;
  const dispose = () => temporary !== undefined && Deno.removeSync(temporary, { recursive: true });
  using interrupt = new Interrupt();
  using bar = new ProgressBar(cli.terminal, "agents", " simulated s");
  try {
    const folder = out === false
      ? temporary = Deno.makeTempDirSync({ prefix: "lockstep_agents_" })
      : join(out, "agents");
    const watched = { onProgress: bar.update, signal: interrupt.signal };
    const { path } = await makeAgentTape(agents, seed, folder, watched);
    return { tapes: [path], [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    if (interrupt.stopped) {
      throw new Failure(EXIT.INTERRUPTED, "Interrupted; nothing of the agents' market is kept", { cause: error });
    }
    if (!(error instanceof Error) || error.message.startsWith("Cannot ") || !isOfSystem(error)) throw error;
    const [where, remedy] = out === false
      ? ["a temporary folder", "set TMPDIR to a folder that can be written"]
      : [join(out, "agents"), "give --out a folder that can be written, or --no-out"];
    throw new Failure(EXIT.OUTPUT, `Cannot write ${where}: ${reasonOf(error)}; ${remedy}`, { cause: error });
  }
}
