import { EXIT, type ExitCode } from "./exit_codes.ts";
import type { Terminal } from "./terminal.ts";

/** One call of the program: where its words go, and how it ends. Commands set `code`. */
export class Cli {
  readonly terminal: Terminal;
  code: ExitCode = EXIT.OK;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  /** A line of results. */
  say(text: string): void {
    this.terminal.out(`${text}\n`);
  }

  /** A line beside the results: what happened, what to do. */
  tell(text: string): void {
    this.terminal.err(`${text}\n`);
  }

  /** An error in one line; the exit code is that of the first one. */
  fail(code: ExitCode, message: string): void {
    this.tell(`error: ${message}`);
    if (this.code === EXIT.OK) this.code = code;
  }
}
