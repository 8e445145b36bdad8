import type { Command, CommandResult } from "./command.ts";

/** A session while it runs, as programs around it have it. */
export interface RunningSession {
  /**
   * Carries out a command, as `{ kind: "kill", cause: "fat finger" }`; `lockstep run --help` lists the kinds. It stands in the
   * journal in its exact place. Between two moves alone: from a timer or a promise of the program, or from `stopped`.
   *
   * What it answers has a code where the command is refused: CLOSED once the session has ended. Throws TypeError or RangeError
   * for a malformed command, and Error in the midst of a move.
   */
  command(command: Command): CommandResult;
}
