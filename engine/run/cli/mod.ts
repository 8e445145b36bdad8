/**
 * The command line: one file for each command, each of which exports `addX(program, cli)`.
 *
 * `program.ts` puts them together; `exit_codes.ts` says how the program ends; `execute.ts` is what all runs share. Heavy modules are
 * imported when a command runs, so that help comes at once.
 *
 * @module
 */
export type { Cli } from "./cli.ts";
export { EXIT } from "./exit_codes.ts";
export type { Extension, Runner, RunnerAround } from "./extension.ts";
export { Failure } from "./failure.ts";
export { examples, oneOf, wholeNumber } from "./flags.ts";
export { main } from "./program.ts";
export { processTerminal } from "./terminal.ts";
