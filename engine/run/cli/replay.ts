import type { Command } from "commander";
import type { ReplayReport } from "../replay.ts";
import type { RuleChanges } from "../rule_changes.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { beforeRun, explain, Failure } from "./failure.ts";
import { collect, collectPairs, examples, wholeNumber } from "./flags.ts";

interface ReplayFlags extends RuleChanges {
  readonly tape?: readonly string[];
  readonly strategy?: string;
  readonly json?: boolean;
}

/** Adds `replay`: the same inputs under other rules. */
export function addReplay(program: Command, cli: Cli): void {
  program.command("replay").summary("run a recorded session again under other rules, and say what differs")
    .description(
      "Runs a recorded session twice, as it was and under other rules, and says what differs: counts, P&L, fees, drawdown,\n" +
        "the orders and fills of one alone, and the first difference with its time. A backtest's answers were simulated, and\n" +
        "are so in both.",
    )
    .argument("<run>", "the folder of a run, as out/touch_maker-market_l2-1")
    .option(
      "--without <what>",
      "leave out check:price_collar (a limit by its name), guard:drawdown, command:ID, or kill: commands that throw the kill " +
        "switch, and guards that do; may be repeated",
      collect,
    )
    .option(
      "--with <limit=value>",
      "another limit, as max_position=5 or session.open_orders=9; may be repeated",
      collectPairs,
    )
    .option("--latency <time>", "another latency, as run has it")
    .option("--queue <model>", "another queue model")
    .option("--fees <rates>", "other fees")
    .option("--seed <n>", "another seed", wholeNumber)
    .option("--set <name=value>", "another value of a parameter; may be repeated", collectPairs)
    .option("--tape <path>", "a tape, or a folder of tapes, to look at first; may be repeated", collect)
    .option("--strategy <file>", "the strategy's file, in place of the one that the run had")
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      examples(
        "replay out/market_maker-market_l2-1 --latency 2ms --queue power3",
        "replay out/touch_maker-market_l2-1 --with max_position=5 --fees maker=0,taker=0.001 --json",
      ),
    )
    .action((run: string, flags: ReplayFlags) => replayRun(cli, run, flags));
}

async function replayRun(cli: Cli, run: string, flags: ReplayFlags): Promise<void> {
  const { replay } = await import("../replay.ts");
  const { renderReplay } = await import("../replay_text.ts");
  const { Interrupt } = await import("./interrupt.ts");
  const { ProgressBar } = await import("./progress.ts");
  const { tape: tapes, json, ...changes } = flags;
  const { strategy: _, ...rules } = changes;
  if (Object.keys(rules).length === 0) {
    throw new Failure(EXIT.USAGE, "no rule is changed; say which, as --without check:price_collar or --latency 2ms");
  }
  using interrupt = new Interrupt();
  let report: ReplayReport;
  try {
    using bar = new ProgressBar(cli.terminal, "replay", "rows");
    report = await replay(run, { ...changes, tapes, onProgress: bar.update, stopped: () => interrupt.stopped });
  } catch (error) {
    // A rule that is none is the command line's, as one of `run` is; a run that is not there is an input.
    const { message } = explain(error);
    if (/^Cannot (replay|run \S+ again|find tape|read|load)/.test(message)) throw error;
    const usage = beforeRun(error);
    throw usage instanceof Failure && usage.code === EXIT.USAGE ? usage : error;
  }
  const plain = (_key: string, value: unknown) => typeof value === "bigint" ? value.toString() : value;
  cli.say(json ? JSON.stringify(report, plain) : renderReplay(report));
}
