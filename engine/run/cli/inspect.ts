import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { failingWith } from "./failure.ts";
import { examples, wholeNumber } from "./flags.ts";

/** Adds `inspect`: tells what a tape is. */
export function addInspect(program: Command, cli: Cli): void {
  program.command("inspect").summary("show what a tape is")
    .description("Shows a tape's instrument, span, counts by kind, gaps, clock skew and first rows.")
    .argument("<tape>", "a tape, as convert writes it")
    .option("--rows <n>", "how many of the first rows", wholeNumber, 8)
    .option("--check-hash", "work the hash out again, and compare")
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      examples(
        "inspect fixtures/data/market_l2.arrow",
        "inspect fixtures/data/bars.arrow --rows 2 --check-hash --json",
      ),
    )
    .action(async (tape: string, flags: Flags) => {
      const { inspect, renderInspect } = await import("../inspect.ts");
      const report = failingWith(EXIT.INPUT, () => inspect(tape, flags));
      cli.say(flags.json ? JSON.stringify(report) : renderInspect(report));
      if (report.hash?.equal === false && report.meta.sha256 !== "") {
        cli.fail(
          EXIT.CONTRADICTED,
          `${report.name} was changed or damaged: its hash is not what its metadata says; convert the source again`,
        );
      }
    });
}

interface Flags {
  readonly rows: number;
  readonly checkHash?: boolean;
  readonly json?: boolean;
}
