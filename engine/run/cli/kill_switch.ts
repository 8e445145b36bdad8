import type { Command } from "commander";
import { join } from "node:path";
import { diskKillFiles } from "../disk_kill_files.ts";
import { type KillableSession, KillFile } from "../kill_file.ts";
import { systemTimers } from "../../live/timers.ts";
import { wallClock } from "../wall_clock.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { Failure } from "./failure.ts";
import { KillKey } from "./kill_key.ts";

/** In a run's folder: whose appearance kills it, and what it says once that is done. */
export const KILL = "KILL", KILLED = "KILLED";

/** Adds what a session on wall time takes for its kill switch. */
export function addKillFlags(command: Command): void {
  command.option(
    "--kill-file <file>",
    "a file whose appearance kills a paper or live session, beside KILL in the run's folder (see `lockstep kill --help`)",
  );
}

/**
 * The kill switch of a session on wall time, by file and by key: what this returns hangs it on the session, until it is disposed of.
 * Throws Failure where a kill file is there already.
 */
export function killSwitch(
  cli: Cli,
  killFile: string | undefined,
  folder: string | undefined,
): (session: KillableSession) => Disposable {
  const own = folder === undefined ? undefined : join(folder, KILL);
  const paths = [own, killFile].filter((path) => path !== undefined);
  if (killFile !== undefined) checkAbsent(killFile);
  return (session) => {
    const file = new KillFile({
      session,
      paths,
      ...(folder === undefined ? {} : { answer: join(folder, KILLED) }),
      files: diskKillFiles,
      timers: systemTimers,
      wall: wallClock(),
      tell: (line) => cli.tell(line),
    });
    const key = cli.terminal.watched && Deno.stdin.isTerminal()
      ? new KillKey(Deno.stdin, () => file.kill("by the key K"), (line) => cli.tell(line))
      : undefined;
    return {
      [Symbol.dispose]() {
        key?.[Symbol.dispose]();
        file[Symbol.dispose]();
      },
    };
  };
}

/** What killed before kills still, as long as nobody has taken it away. */
function checkAbsent(path: string): void {
  let text: string | undefined;
  try {
    text = diskKillFiles.read(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(EXIT.INPUT, `Cannot start: the kill file ${path} cannot be looked at: ${why}; mend that`);
  }
  if (text === undefined) return;
  const cause = text.split("\n")[0].trim(), said = cause === "" ? "" : ` (it says: ${cause})`;
  throw new Failure(EXIT.INPUT, `Cannot start: the kill file ${path} is there${said}; remove it to trade again`);
}
