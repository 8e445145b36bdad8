import { createHash } from "node:crypto";
import type { Command } from "../../engine/core/command.ts";
import { parseDuration } from "../../engine/venue/latency.ts";
import { commandTime } from "../../engine/core/command_text.ts";
import type { Principal } from "../auth/principal.ts";
import { commandNeed } from "../auth/needs.ts";
import { allows, lackText } from "../auth/scopes.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { personOf } from "../auth/principal.ts";
import { CLOCK_COMMANDS, type HOST_COMMANDS } from "./modes.ts";
import type { ClockData, Driver, TapeClock } from "./driver.ts";

/** What a command came to: 0, or the code of its refusal, with the reason in words; the order that it made, else 0. */
export interface Commanded {
  readonly code: number;
  readonly reason: string;
  readonly order: number;
  /** The session that it made, where it made one. */
  readonly session?: string;
}

/** What commands need of the session they are for. */
export interface CommandedSession {
  readonly id: string;
  readonly driver: Driver;
  /** Kinds that the session itself takes. */
  readonly kinds: ReadonlySet<string>;
  /** Timers set by command that come again and again: nothing ends them but the session's end. */
  readonly timers: number;
  /** Symbols by the names that a command may use. */
  readonly symbols: readonly string[];
  /** The symbol of an order's instrument. */
  symbolOf(order: number): string | undefined;
  /** A refusal in words, by its code. */
  refusal(code: number): string;
}

/** What a command came to that did what it should, and made no order. */
export const DONE: Commanded = { code: 0, reason: "", order: 0 };

/** A command as somebody sent it. */
export interface SentCommand {
  readonly command: Readonly<Record<string, unknown>> & { readonly kind: string };
  /** Who sends it again gets the first answer again. */
  readonly key?: string;
  /** Wall time in ms since 1970 after which it must not be carried out. */
  readonly expires?: number;
}

/**
 * Carries out a command of a client: one of the clock by the driver, all others by the session, where they are journalled.
 *
 * Whether it may be is said before, by {@linkcode checkScope} and {@linkcode checkTime}. Throws ProtocolError COMMAND_MALFORMED and
 * SESSION_OVER. What risk or the venue refuse is an answer with a code.
 */
export function carryOut(session: CommandedSession, principal: Principal, sent: SentCommand): Commanded {
  const { command, key } = sent, { kind } = command;
  if (session.driver.over) throw new ProtocolError("SESSION_OVER", `Cannot ${kind}: the session has ended`);
  return wellFormed(() => {
    const { tape, clock } = session.driver;
    if (kind.startsWith("clock_") && tape) return moveClock(tape, clock, command);
    if (!session.kinds.has(kind)) {
      throw new ProtocolError("COMMAND_MALFORMED", `Cannot take command ${kind}: hello lists those there are`);
    }
    // An id that a client chose could be that of another's key, whose command would then be taken for done.
    if (command.id !== undefined) {
      throw new TypeError(`Cannot ${kind}: there is no field id; give a key beside the command`);
    }
    if (kind === "every") checkTimer(command.interval, session.timers);
    const id = key === undefined ? undefined : keyOf(principal, key);
    const { code, order } = session.driver.command({ ...command, ...(id === undefined ? {} : { id }) } as Command);
    return { code, reason: code === 0 ? "" : session.refusal(code), order };
  });
}

/** What `read` makes of a command; its TypeErrors and RangeErrors are the sender's, as ProtocolError COMMAND_MALFORMED. */
export function wellFormed<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new ProtocolError("COMMAND_MALFORMED", error.message);
    }
    throw error;
  }
}

/** Throws ProtocolError SCOPE_MISSING where a principal may not send a command. */
export function checkScope(session: CommandedSession, principal: Principal, command: SentCommand["command"]): void {
  const need = commandNeed(command, {
    session: session.id,
    only: session.symbols.length === 1 ? session.symbols[0] : undefined,
    instrument: (name) => session.symbols.find((symbol) => symbol === name),
    symbolOf: (order) => session.symbolOf(order),
  });
  if (allows(principal, need)) return;
  throw new ProtocolError("SCOPE_MISSING", `Cannot ${command.kind}: the token lacks ${lackText(principal, need)}`);
}

/** Commands that bind others until an administrator ends that. */
const BINDING = ["set_limit", "restrict", "kill"];

/**
 * Throws ProtocolError SCOPE_MISSING where a principal would do away with commands, by going back to before them, that only an
 * administrator can undo.
 */
export function checkUndo(
  session: string,
  principal: Principal,
  dropped: readonly { readonly command: Command }[],
): void {
  const bound = dropped.find(({ command: { kind } }) => BINDING.includes(kind)),
    need = { action: "admin", session } as const;
  if (bound === undefined || allows(principal, need)) return;
  const { kind } = bound.command;
  throw new ProtocolError(
    "SCOPE_MISSING",
    `Cannot clock_seek: it would undo ${kind}, and the token lacks ${lackText(principal, need)}`,
  );
}

/** Throws ProtocolError EXPIRED for a command that came too late, at `nowMs` of wall time. */
export function checkTime({ command: { kind }, expires }: SentCommand, nowMs: number): void {
  if (expires === undefined || nowMs <= expires) return;
  throw new ProtocolError("EXPIRED", `Cannot ${kind}: it came ${Math.round(nowMs - expires)} ms too late`);
}

function moveClock(tape: TapeClock, clock: ClockData, command: SentCommand["command"]): Commanded {
  const { kind, count = 1, speed, pace, time } = command;
  switch (kind) {
    case "clock_pause":
      tape.pause();
      break;
    case "clock_resume":
      tape.resume();
      break;
    case "clock_step":
      tape.step(count as number);
      break;
    case "clock_speed": {
      if (speed === undefined && pace === undefined) throw new TypeError("Cannot change the speed: give speed or pace");
      if (pace !== undefined && pace !== "free" && pace !== "real") {
        throw new RangeError(`Cannot change the pace: it is ${pace}; free or real`);
      }
      tape.speed(speed === undefined ? clock.speed : speed as number, pace ?? "real");
      break;
    }
    case "clock_seek":
      tape.seek(timeOf("seek", time, clock.time));
      break;
    default:
      throw new ProtocolError("COMMAND_MALFORMED", `Cannot ${kind}: a clock takes ${CLOCK_COMMANDS.join(", ")}`);
  }
  return DONE;
}

/** Fields of the commands that the host carries out, beside `kind`. */
const HOST_FIELDS: Readonly<Record<string, readonly string[]>> = {
  clock_pause: [],
  clock_resume: [],
  clock_step: ["count"],
  clock_speed: ["speed", "pace"],
  clock_seek: ["time"],
  clock_fork: ["time"],
  drive: ["hears"],
  dead_man: ["seconds", "onLeave"],
} satisfies Record<typeof CLOCK_COMMANDS[number] | typeof HOST_COMMANDS[number], readonly string[]>;

/** Throws TypeError for a field that a command of the host has not: what is misspelt would go unheard. */
export function checkHostFields({ kind, ...rest }: SentCommand["command"]): void {
  const fields = HOST_FIELDS[kind];
  for (const field of Object.keys(rest)) {
    if (fields === undefined || fields.includes(field)) continue;
    const has = fields.length > 0 ? `it takes ${fields.join(", ")}` : "it takes none";
    throw new TypeError(`Cannot ${kind}: there is no field ${field}; ${has}`);
  }
}

/** The time that a command of the clock names, in ns since 1970; "+90s" counts from `start`. Throws TypeError or RangeError. */
export function timeOf(what: string, time: unknown, start: bigint): bigint {
  if (typeof time !== "string") throw new TypeError(`Cannot ${what}: time is ${time}; write 2024-08-08T00:10:00Z`);
  return commandTime(time, start);
}

/** A key as the session knows it: two people may use the same. One that would be too long for a journal stands as its SHA-256. */
export function keyOf(principal: Principal, key: string): string {
  const person = personOf(principal), whole = person.isWellFormed() && key.isWellFormed();
  // Half a character cannot be encoded; JSON escapes it.
  const id = whole ? `${encodeURIComponent(person)}/${encodeURIComponent(key)}` : JSON.stringify([person, key]);
  return whole && id.length <= 100 ? id : createHash("sha256").update(id).digest("hex");
}

/** The shortest interval of a timer that a command sets, and how many there may be: each is work for good. */
const INTERVAL_NS_MIN = 1e6, TIMERS_MAX = 100;

/** Throws RangeError for a timer so short that the session would do nothing else; and for one too many. */
function checkTimer(interval: unknown, timers: number): void {
  if (typeof interval === "string" && parseDuration(interval) < INTERVAL_NS_MIN) {
    throw new RangeError(`Cannot set a timer: interval is ${interval}; from outside it is 1ms or more`);
  }
  if (timers < TIMERS_MAX) return;
  throw new RangeError(`Cannot set a timer: ${timers} come again and again already; use one of them, or after`);
}
