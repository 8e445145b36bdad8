import { parseIsoTime } from "../feed/decode/time.ts";
import { parseDuration } from "../venue/latency.ts";
import { closest } from "./closest.ts";
import type { Command, CommandField, CommandKind, ScheduledCommand } from "./command.ts";

/**
 * Reads a command with its time as one types it: `+90s cancel_all`, `2024-08-08T00:10:00Z submit buy 3 price=2001 id=hedge`.
 *
 * First the time, then the kind, then its fields: by name, or in the order in which the kind has them; a text of several words
 * stands in quotes. Throws TypeError or RangeError for what is none; a misspelt kind suggests the near one.
 *
 * @example
 * ```ts
 * import { parseCommand } from "./command_text.ts";
 * const kinds = new Map([["cancel", { about: "Cancels.", fields: { order: { type: "count" } }, apply() {} } as const]]);
 * const { at, command } = parseCommand("+90s cancel 7 id=mine", kinds);
 * if (at !== "+90s" || command.order !== 7 || command.id !== "mine") throw new Error("unexpected");
 * ```
 */
export function parseCommand(text: string, kinds: ReadonlyMap<string, CommandKind>): ScheduledCommand {
  // A word, and quotes in it: cause="fat finger".
  const [at = "", name = "", ...words] = (text.match(/(?:"[^"]*"|'[^']*'|\S)+/g) ?? []).map(unquoted);
  commandTime(at, 0n);
  const kind = kinds.get(name);
  if (kind === undefined) throw unknownKind(name, kinds);
  const command: Record<string, unknown> = { kind: name };
  const free = Object.keys(kind.fields);
  for (const word of words) {
    const [, field, value] = /^([A-Za-z_]\w*)=(.*)$/.exec(word) ??
      [word, free.find((each) => !(each in command)), word];
    if (field === undefined) throw new TypeError(`Cannot read command "${text}": ${word} is one word too many`);
    if (field in command) throw new TypeError(`Cannot read command "${text}": ${field} is given twice`);
    command[field] = field === "id" ? value : valueOf(kind.fields[field], value);
  }
  return { at, command: command as Command };
}

/** The error of a kind that is none. */
export function unknownKind(name: string, kinds: ReadonlyMap<string, CommandKind>): TypeError {
  return new TypeError(`Cannot take command ${name || "nothing"}: there is none of that kind; ${near(name, kinds)}`);
}

function near(name: string, kinds: ReadonlyMap<string, CommandKind>): string {
  return closest(name, [...kinds.keys()].sort());
}

function unquoted(word: string): string {
  return word.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single);
}

/** Words that mean numbers and flags are read as such; the kind checks what it gets. */
function valueOf(field: CommandField | undefined, text: string): unknown {
  const type = field?.type;
  if (type === "flag") return text === "true" ? true : text === "false" ? false : text;
  const numeric = type === "number" || type === "limit" || type === "count" || type === "ticks";
  return numeric && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

/**
 * The time that "+90s" or "2024-08-08T00:10:00Z" means in a session that starts at `start`, in ns since 1970-01-01 UTC.
 *
 * Throws RangeError for what is neither. A time without a zone is UTC.
 *
 * @example
 * ```ts
 * import { commandTime } from "./command_text.ts";
 * if (commandTime("+1.5s", 7n) !== 1_500_000_007n) throw new Error("unexpected");
 * if (commandTime("1970-01-01T00:00:01Z", 7n) !== 1_000_000_000n) throw new Error("unexpected");
 * ```
 */
export function commandTime(at: string, start: bigint): bigint {
  if (at.startsWith("+")) return start + BigInt(parseDuration(at.slice(1)));
  const bytes = new TextEncoder().encode(at), time = parseIsoTime(bytes, 0, bytes.length);
  if (time !== undefined) return BigInt(time.sec) * 1_000_000_000n + BigInt(time.ns);
  throw new RangeError(`Cannot read a command's time: "${at}" is neither like +90s nor like 2024-08-08T00:10:00Z`);
}
