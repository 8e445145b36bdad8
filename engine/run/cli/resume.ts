import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import { collect, examples } from "./flags.ts";

interface ResumeFlags {
  readonly tape?: readonly string[];
  readonly strategy?: string;
  readonly steps?: string;
  readonly json?: boolean;
}

/** Adds `resume`: goes on with a run that broke off. */
export function addResume(program: Command, cli: Cli): void {
  program.command("resume").summary("go on with a run that broke off")
    .description(
      "Goes on with a run whose program or machine went down, or that Ctrl-C stopped. The session is made again from its tapes,\n" +
        "held against the journal record by record, and goes on from there in the same folder: in the end its files and its\n" +
        "digest are those of a run that never broke off. What comes out otherwise ends with 5, and leaves the journal as it was.",
    )
    .argument("<run>", "the folder of a run, as out/touch_maker-market_l2-1")
    .option("--tape <path>", "a tape, or a folder of tapes, to look at first; may be repeated", collect)
    .option("--strategy <file>", "the strategy's file, where it lies elsewhere now")
    .option("--steps <file>", "write the account at each step, as CSV, from the run's start")
    .option("--json", "print the result alone, as JSON, without the points of its equity curve")
    .addHelpText("after", examples("resume out/touch_maker-market_l2-1"))
    .action((run: string, flags: ResumeFlags) => resumeRun(cli, run, flags));
}

async function resumeRun(cli: Cli, run: string, flags: ResumeFlags): Promise<void> {
  const { prepareResume } = await import("../resume.ts");
  const { recordedRun } = await import("../recorded_run.ts");
  const { execute } = await import("./execute.ts");
  const { loadStrategy } = await import("../load_strategy.ts");
  using resumed = prepareResume(run, { tapes: flags.tape, strategy: flags.strategy });
  const { header, found, journal, standing, options } = resumed;
  const tape = found.tapes.map(({ path }) => path);
  const strategy = await loadStrategy(found.strategy);
  await execute(cli, {
    strategy: header.strategy.name,
    tapes: tape,
    again: { folder: run, standing },
    steps: flags.steps,
    json: flags.json,
    blocks: true,
    journal,
    run: (outputs, around) => recordedRun({ ...options, strategy, tape, ...around }, outputs),
  });
  if (!flags.json && cli.code === 0) {
    cli.say(`The journal's ${resumed.records.toLocaleString("en-US")} records came again, equal`);
    for (const warning of resumed.warnings) cli.say(`Of ${warning}`);
  }
}
