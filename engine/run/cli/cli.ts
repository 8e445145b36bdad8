import { EXIT, type ExitCode } from "./exit_codes.ts";
import type { Extension, Runner } from "./extension.ts";
import type { Terminal } from "./terminal.ts";

/** One call of the program: where its words go, and how it ends. Commands set `code`. */
export class Cli {
  readonly terminal: Terminal;
  code: ExitCode = EXIT.OK;
  #rest: (() => Promise<void>) | undefined;

  constructor(terminal: Terminal, readonly extensions: readonly Extension[] = []) {
    this.terminal = terminal;
  }

  /** What moves a run's session on where its flags ask an extension for that. */
  runner(flags: object): Runner | undefined {
    for (const extension of this.extensions) {
      const runner = extension.runner(this, { ...flags });
      if (runner) return runner;
    }
    return undefined;
  }

  /** Has something go on when all that the command puts out is written and said, as a page that stays. */
  resting(work: () => Promise<void>): void {
    this.#rest = work;
  }

  /** Waits for what goes on, where something does. */
  async rest(): Promise<void> {
    await this.#rest?.();
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
