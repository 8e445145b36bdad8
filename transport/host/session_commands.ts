import type { Command } from "../../engine/core/command.ts";
import { commandTime } from "../../engine/core/command_text.ts";
import type { Principal } from "../auth/principal.ts";
import { commandNeed } from "../auth/needs.ts";
import { allows, scopeText } from "../auth/scopes.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { Driver } from "./driver.ts";

/** What a command came to: 0, or the code of its refusal, with the reason in words; the order that it made, else 0. */
export interface Commanded {
  readonly code: number;
  readonly reason: string;
  readonly order: number;
}

/** What commands need of the session they are for. */
export interface CommandedSession {
  readonly id: string;
  readonly driver: Driver;
  /** Kinds that the session itself takes. */
  readonly kinds: ReadonlySet<string>;
  /** Symbols by the names that a command may use. */
  readonly symbols: readonly string[];
  /** The symbol of an order's instrument. */
  symbolOf(order: number): string | undefined;
  /** A refusal in words, by its code. */
  refusal(code: number): string;
}

/** What a clock of tape time can do, and one of the world cannot. */
export const CLOCK_COMMANDS = ["clock_pause", "clock_resume", "clock_step", "clock_speed", "clock_seek"] as const;

const DONE: Commanded = { code: 0, reason: "", order: 0 };

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
 * Throws ProtocolError: SCOPE_MISSING, MODE_UNSUPPORTED, COMMAND_MALFORMED, EXPIRED, SESSION_OVER. What risk or the venue refuse is
 * an answer with a code.
 */
export function carryOut(session: CommandedSession, principal: Principal, sent: SentCommand, nowMs: number): Commanded {
  const { command, key, expires } = sent, { kind } = command;
  checkScope(session, principal, command);
  if (expires !== undefined && nowMs > expires) {
    throw new ProtocolError("EXPIRED", `Cannot ${kind}: it came ${Math.round(nowMs - expires)} ms too late`);
  }
  if (session.driver.over) throw new ProtocolError("SESSION_OVER", `Cannot ${kind}: the session has ended`);
  try {
    if (kind.startsWith("clock_")) return moveClock(session.driver, command);
    if (!session.kinds.has(kind)) {
      throw new ProtocolError("COMMAND_MALFORMED", `Cannot take command ${kind}: hello lists those there are`);
    }
    const id = key === undefined ? undefined : keyOf(principal, key);
    const { code, order } = session.driver.command({ ...command, ...(id === undefined ? {} : { id }) } as Command);
    return { code, reason: code === 0 ? "" : session.refusal(code), order };
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
  throw new ProtocolError("SCOPE_MISSING", `Cannot ${command.kind}: the token lacks scope ${scopeText(need)}`);
}

function moveClock(driver: Driver, command: SentCommand["command"]): Commanded {
  const { kind, count = 1, speed, pace, time } = command;
  switch (kind) {
    case "clock_pause":
      driver.pause();
      break;
    case "clock_resume":
      driver.resume();
      break;
    case "clock_step":
      driver.step(count as number);
      break;
    case "clock_speed": {
      if (pace !== undefined && pace !== "free" && pace !== "real") {
        throw new RangeError(`Cannot change the pace: it is ${pace}; free or real`);
      }
      driver.speed(speed === undefined ? driver.clock.speed : speed as number, pace ?? "real");
      break;
    }
    case "clock_seek":
      if (typeof time !== "string") throw new TypeError(`Cannot seek: time is ${time}; write 2024-08-08T00:10:00Z`);
      driver.seek(commandTime(time, driver.clock.time));
      break;
    default:
      throw new ProtocolError(
        "MODE_UNSUPPORTED",
        `Cannot ${kind}: this session's clock takes ${CLOCK_COMMANDS.join(", ")}`,
      );
  }
  return DONE;
}

/** A key as the session knows it: two users may use the same. */
function keyOf({ name }: Principal, key: string): string {
  const id = `${encodeURIComponent(name)}/${encodeURIComponent(key)}`;
  if (id.length <= 100) return id;
  throw new RangeError(
    "Cannot take a command: its key and the name of who sends it have more than 99 characters together",
  );
}
