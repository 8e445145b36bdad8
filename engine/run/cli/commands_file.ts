import type { PlacedCommand, ScheduledCommand } from "../../core/command.ts";
import { nearName } from "../near_name.ts";
import { EXIT } from "./exit_codes.ts";
import { Failure } from "./failure.ts";

/**
 * Reads a file of commands, one a line: `{"at":"+90s","command":{"kind":"cancel_all"}}`, or as text, `+90s cancel_all`.
 *
 * Empty lines and those that begin with # are skipped. Throws Failure that names file and line; whether a command is sound is
 * for the session to say, which names them as well.
 */
export function readCommandsFile(path: string): PlacedCommand[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    const why = missing ? `there is no such file; ${nearName(path)}` : (error as Error).message;
    throw new Failure(EXIT.INPUT, `Cannot read commands from ${path}: ${why}`, { cause: error });
  }
  const commands: PlacedCommand[] = [];
  text.split("\n").forEach((raw, i) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    const place = `${path}, line ${i + 1}`;
    commands.push({ place, given: line.startsWith("{") ? parsed(line, place) : line });
  });
  return commands;
}

function parsed(line: string, place: string): ScheduledCommand {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new Failure(EXIT.INPUT, `Cannot read commands from ${place}: ${(error as Error).message}`, { cause: error });
  }
  const { at, command } = value as Partial<ScheduledCommand>;
  const isObject = typeof command === "object" && command !== null && !Array.isArray(command);
  if (typeof at === "string" && isObject) return { at, command };
  throw new Failure(
    EXIT.INPUT,
    `Cannot read commands from ${place}: write {"at":"+90s","command":{"kind":"cancel_all"}}`,
  );
}
