import type { Command } from "commander";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Cli } from "./cli.ts";
import { examples } from "./flags.ts";
import type { RunFlags } from "./run_options.ts";

const ROOT = new URL("../../../", import.meta.url);
const STRATEGY = "strategies/market_maker.ts";
const TAPE = "fixtures/data/market_l2.arrow";
/** What a small trader meets, rather than nothing: a first result should not be too good to be true. */
const TERMS = { latency: ["10ms"], fees: "maker=0.0002,taker=0.0005", cash: { USD: "10000" } };
const NEXT = `Next: deno task lockstep run ${STRATEGY} --tape ${TAPE} --latency 50ms --queue power3 --set spread=3`;

/** Adds `start`: a first backtest on the tape that comes with the project. */
export function addStart(program: Command, cli: Cli): void {
  program.command("start").summary("run a first backtest on the tape that comes along")
    .description("Runs a market maker on the tape that comes along, shows its tearsheet and says what to try next.")
    .option("--json", "print the result alone, as JSON, without the points of its equity curve")
    .option("--out <folder>", "where the run's own folder is made", "out")
    .option("--no-out", "write no folder")
    .addHelpText("after", examples("start", "start --no-out --json"))
    .action(async (flags: Pick<RunFlags, "json" | "out">) => {
      const { runStrategy } = await import("./run.ts");
      const { loadStrategy } = await import("../load_strategy.ts");
      const path = near(STRATEGY);
      await runStrategy(cli, path, await loadStrategy(path), { ...TERMS, ...flags }, [near(TAPE)], NEXT);
    });
}

/** A file of the project as one would type it from here. */
function near(path: string): string {
  const full = fileURLToPath(new URL(path, ROOT));
  const short = relative(Deno.cwd(), full);
  return short.startsWith("..") ? full : short;
}
