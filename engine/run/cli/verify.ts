import type { Command } from "commander";
import type { VerifyReport } from "../verify.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { Failure } from "./failure.ts";
import { collect, examples, wholeNumber } from "./flags.ts";

interface VerifyFlags {
  readonly tape?: readonly string[];
  readonly strategy?: string;
  readonly sandbox?: boolean;
  readonly timeout?: number;
  readonly json?: boolean;
}

/** Adds `verify`: proves a run by its journal. */
export function addVerify(program: Command, cli: Cli): void {
  program.command("verify").summary("replay a run's journal, and check its files")
    .description(
      "Checks the chain of a run's journal, runs the session again from its header, and compares record by record.\n" +
        "The result's figures are compared with those of the replay, and the other files with their hashes.\n" +
        "It says where the first difference or damage is, names files that were altered, and ends with 5 where there is any.",
    )
    .argument("<run>", "the folder of a run, as out/touch_maker-market_l2-1")
    .option("--tape <path>", "a tape, or a folder of tapes, to look at first; may be repeated", collect)
    .option("--strategy <file>", "the strategy's file, in place of the one that the run had")
    .option("--sandbox", "run the strategy in a Worker without permissions")
    .option("--timeout <seconds>", "in the sandbox, how long one call of the strategy may take (10)", wholeNumber)
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      examples("verify out/market_maker-market_l2-1", "verify out/touch_maker-btc-3 --tape archive/ --json"),
    )
    .action((run: string, flags: VerifyFlags) => verifyRun(cli, run, flags));
}

async function verifyRun(cli: Cli, run: string, flags: VerifyFlags): Promise<void> {
  if (flags.timeout !== undefined && !flags.sandbox) {
    throw new Failure(EXIT.USAGE, "--timeout is of the sandbox alone; add --sandbox");
  }
  const { verify } = await import("../verify.ts");
  const { renderVerify } = await import("../verify_text.ts");
  const { Interrupt } = await import("./interrupt.ts");
  const { ProgressBar } = await import("./progress.ts");
  using interrupt = new Interrupt();
  let report: VerifyReport;
  {
    using bar = new ProgressBar(cli.terminal, "replay", "rows");
    report = await verify(run, {
      tapes: flags.tape,
      strategy: flags.strategy,
      sandbox: flags.sandbox,
      timeoutMs: flags.timeout === undefined ? undefined : flags.timeout * 1000,
      onProgress: bar.update,
      stopped: () => interrupt.stopped,
    });
  }
  const json = (_key: string, value: unknown) => typeof value === "bigint" ? value.toString() : value;
  cli.say(flags.json ? JSON.stringify(report, json) : renderVerify(report));
  if (!report.equal) cli.code = EXIT.CONTRADICTED;
}
