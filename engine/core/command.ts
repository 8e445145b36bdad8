import type { Code } from "./codes.ts";

/**
 * What someone outside tells a running session: plain JSON, of which `kind` says what the other fields mean.
 *
 * Kinds are described by those who carry them out; see {@linkcode Commands}.
 */
export interface Command {
  /** What it asks for: "kill", "set_limit", "cancel_all". */
  readonly kind: string;
  /** Who sends the same id again gets the first answer again, and nothing happens; one is made up where absent. */
  readonly id?: string;
  /** What its kind has beside: numbers, texts, true and false. */
  readonly [field: string]: unknown;
}

/** A command for a time to come: "+90s" from the session's start, or "2024-08-08T00:10:00Z". */
export interface ScheduledCommand {
  /** When. */
  readonly at: string;
  /** What is to be carried out then. */
  readonly command: Command;
}

/** A scheduled command, as an object or as text, that came from somewhere: `place` names it in errors, "day.jsonl, line 3". */
export interface PlacedCommand {
  /** What errors call it. */
  readonly place: string;
  /** As it was written. */
  readonly given: ScheduledCommand | string;
}

/** What became of a command. */
export interface CommandResult {
  /** The command's, made up where it had none. */
  readonly id: string;
  /** 0 where it was carried out, else why it was refused. */
  readonly code: Code | 0;
  /** The order that it made or was about, 0 where it is about none. */
  readonly order: number;
}

/** A command in its place among all else that came in: what a journal holds of it. */
export interface CommandEntry {
  /** Moves that the session had made before it. */
  readonly steps: number;
  /** Parts of the session's end that were made before it; absent while the session goes on. */
  readonly ending?: number;
  /** Session time: ns since 1970-01-01 UTC, in decimal. */
  readonly at: string;
  /** It was part of the run's options, and comes by itself when the run is made again. */
  readonly scheduled: boolean;
  /** As it was given, with the id that it has. */
  readonly command: Command;
}

/** The place of what comes in now, as its entry has it; `ending` counts the parts of the session's end. */
export function placeOf({ steps, ending }: { readonly steps: number; readonly ending: number }) {
  return { steps, ...(ending > 0 ? { ending } : {}) };
}

/** One field of a kind of command, and what may stand in it. */
export interface CommandField {
  /**
   * number: finite; limit: from 0, or "unlimited"; count: whole, above 0; ticks: whole; text; flag: true or false; value: one of
   * the last two or a number; side: "buy" or "sell"; instrument: a symbol, or "symbol@venue" where several venues trade it;
   * names: one of these.
   */
  readonly type:
    | "number"
    | "limit"
    | "count"
    | "ticks"
    | "text"
    | "flag"
    | "value"
    | "side"
    | "instrument"
    | readonly string[];
  readonly optional?: boolean;
}

/** The fields of a command as its kind finds them: checked, sides as 1 and -1, instruments by their index. */
export type CommandFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A kind of command: its fields, and what it does. */
export interface CommandKind {
  /** One line for people. */
  readonly about: string;
  /** In the order in which short text has them. */
  readonly fields: Readonly<Record<string, CommandField>>;
  /** Throws TypeError or RangeError for fields that do not go together; it changes nothing. */
  check?(fields: CommandFields): void;
  /** Carries it out. What it answers is 0 and no order where it says nothing. */
  apply(fields: CommandFields): { readonly code?: Code | 0; readonly order?: number } | void;
}
