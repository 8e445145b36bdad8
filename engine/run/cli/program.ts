import { Command, CommanderError } from "commander";
import { VERSION } from "../version.ts";
import { Cli } from "./cli.ts";
import { EXIT, EXIT_HELP, type ExitCode } from "./exit_codes.ts";
import type { Extension } from "./extension.ts";
import { explain } from "./failure.ts";
import { examples } from "./flags.ts";
import { addCheck } from "./check.ts";
import { addConvert } from "./convert.ts";
import { addInspect } from "./inspect.ts";
import { addKill } from "./kill.ts";
import { addRecord } from "./record.ts";
import { addParity } from "./parity.ts";
import { addReplay } from "./replay.ts";
import { addReport } from "./report.ts";
import { addResume } from "./resume.ts";
import { addRun } from "./run.ts";
import { addStart } from "./start.ts";
import { addVerify } from "./verify.ts";
import { addWhy } from "./why.ts";
import type { Terminal } from "./terminal.ts";

/** All commands, in the order in which help lists them. */
const COMMANDS = [
  addStart,
  addRun,
  addResume,
  addKill,
  addReplay,
  addConvert,
  addRecord,
  addInspect,
  addCheck,
  addVerify,
  addParity,
  addWhy,
  addReport,
];

/** The program: all commands and their help. It throws CommanderError rather than ending the process. */
function makeProgram(cli: Cli): Command {
  const { terminal } = cli;
  const program = new Command("lockstep")
    .description("Simulates, backtests and checks market data with one deterministic core.")
    .version(VERSION, "-V, --version", "show the version")
    .option("--debug", "show where in the code an error arose")
    .helpCommand("help [command]", "show help for a command")
    .helpOption("-h, --help", "show help")
    .showSuggestionAfterError(true)
    .configureHelp({ helpWidth: Math.max(terminal.width, 100), showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      // One line: the suggestion stands behind the error, not below it.
      outputError: (text, write) => write(`${text.trim().replace(/\s*\n\(?/g, " (")}\n`),
    })
    .exitOverride()
    .addHelpText(
      "after",
      `${
        examples("start", "help run", "run strategies/market_maker.ts --tape fixtures/data/market_l2.arrow")
      }\n\n${EXIT_HELP}`,
    );
  for (const add of COMMANDS) add(program, cli);
  for (const extension of cli.extensions) extension.add(program, cli);
  return program;
}

/** Runs one command line, with what extensions add to it; returns the exit code. It never throws. */
export async function main(
  args: readonly string[],
  terminal: Terminal,
  extensions: readonly Extension[] = [],
): Promise<ExitCode> {
  const cli = new Cli(terminal, extensions);
  const debug = args.includes("--debug");
  try {
    const program = makeProgram(cli);
    if (args.length === 0) {
      program.outputHelp();
      return EXIT.USAGE;
    }
    // Anywhere on the line, for whoever adds it at the end of a long one.
    await program.parseAsync(args.filter((arg) => arg !== "--debug"), { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.OK : EXIT.USAGE;
    const { code, message } = explain(error);
    cli.fail(code, message);
    if (debug) cli.tell(error instanceof Error ? String(error.stack) : "");
  }
  await cli.rest();
  return cli.code;
}
