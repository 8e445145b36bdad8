import type { Command } from "commander";
import { join } from "node:path";
import type { ParityReport } from "../parity/parity_report.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { Failure } from "./failure.ts";
import { collect, examples } from "./flags.ts";

interface ParityFlags {
  readonly tape?: readonly string[];
  readonly strategy?: string;
  readonly json?: boolean;
}

/** Adds `parity`: holds a paper or live session against a backtest of it. */
export function addParity(program: Command, cli: Cli): void {
  program.command("parity").summary("say why a paper or live session was another than its backtest")
    .description(
      "Replays the journal of a paper or live session, which must make the same decisions; then runs it again as a backtest on\n" +
        "its recording, and switches on, one by one, what happened: late knowledge, measured latencies, commands, refusals,\n" +
        "fills, fees. What each switch changes in P&L is its cause's, and what is left is unexplained. The certificate is\n" +
        "written beside the journal, as parity.json and parity.html. It ends with 5 where a decision did not come again, or\n" +
        "anything is unexplained.",
    )
    .argument("<run>", "the folder of a run, as out/touch_maker-BTCUSDT-1")
    .option("--tape <path>", "a tape, or a folder of tapes, to look at first; may be repeated", collect)
    .option("--strategy <file>", "the strategy's file, in place of the one that the run had")
    .option("--json", "print the certificate as JSON: times in ns since 1970 as text")
    .addHelpText("after", examples("parity out/touch_maker-BTCUSDT-1", "parity out/market_maker-BTCUSDT-3 --json"))
    .action((run: string, flags: ParityFlags) => certify(cli, run, flags));
}

async function certify(cli: Cli, run: string, flags: ParityFlags): Promise<void> {
  const { parity } = await import("../parity/parity.ts");
  const { renderParity } = await import("../parity/parity_text.ts");
  const { parityPage } = await import("../parity/parity_page.ts");
  const { Interrupt } = await import("./interrupt.ts");
  const { ProgressBar } = await import("./progress.ts");
  using interrupt = new Interrupt();
  let report: ParityReport;
  {
    using bar = new ProgressBar(cli.terminal, "re-runs", "rows");
    report = await parity(run, {
      tapes: flags.tape,
      strategy: flags.strategy,
      onProgress: bar.update,
      stopped: () => interrupt.stopped,
    });
  }
  const plain = (_key: string, value: unknown) => typeof value === "bigint" ? value.toString() : value;
  cli.say(flags.json ? JSON.stringify(report, plain) : renderParity(report));
  if (!report.ok) cli.code = EXIT.CONTRADICTED;
  write(join(run, "parity.json"), `${JSON.stringify(report, plain, 2)}\n`);
  write(join(run, "parity.html"), parityPage(report));
}

function write(path: string, text: string): void {
  try {
    Deno.writeTextFileSync(path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(EXIT.OUTPUT, `Cannot write ${path}: ${why}; check the folder and its permissions`);
  }
}
