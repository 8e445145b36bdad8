import type { Command } from "../../engine/core/command.ts";
import type { Timers } from "../link/timers.ts";
import { ProtocolError } from "../protocol/errors.ts";

/** The longest that a dead-man switch may wait, in seconds. */
const SECONDS_MAX = 86_400;
/** Switches with a time of their own that wait at one time, of clients that have gone too. */
const WAITING_MAX = 4096;

/** What a client has asked for in case it is heard of no more. */
interface Switch {
  /** All orders are cancelled when it has gone for good. */
  readonly onLeave: boolean;
  /** Calls off what would happen at the time that was set last. */
  readonly cancel: (() => void) | undefined;
}

/**
 * Dead-man switches: a client that is heard of no more has all open orders cancelled.
 *
 * - `dead_man seconds=30`: unless it is sent again within so many seconds of wall time; 0 ends that.
 * - `dead_man onLeave=true`: when its connection is over, with the grace in which it may come back by another link.
 *
 * It belongs to the logical connection: a change of carrier, or a return within the grace, does not fire it. What it does is a
 * command like any other, journalled in its place, so that the session replays.
 */
export class DeadMan {
  readonly #switches = new Map<object, Switch>();
  /** What calls those off that wait for their time. */
  readonly #waiting = new Set<() => void>();

  /** `act` carries a command out. */
  constructor(private readonly timers: Timers, private readonly act: (command: Command) => void) {}

  /** Sets a client's switch. Throws ProtocolError for what is none, and where too many wait. */
  set(client: object, { seconds, onLeave }: Readonly<Record<string, unknown>>): void {
    if (onLeave !== undefined && typeof onLeave !== "boolean") throw malformed(`onLeave is ${onLeave}; true or false`);
    if (seconds === undefined && onLeave === undefined) throw malformed("give seconds or onLeave");
    const wait = seconds ?? 0;
    if (!(typeof wait === "number" && wait >= 0 && wait <= SECONDS_MAX)) {
      throw malformed(`seconds is ${seconds}; from 0 to ${SECONDS_MAX}`);
    }
    const before = this.#switches.get(client);
    let { cancel } = before ?? {};
    if (seconds !== undefined) {
      cancel?.();
      cancel = wait === 0 ? undefined : this.#fireAfter(1000 * wait);
    }
    this.#switches.set(client, { onLeave: onLeave ?? before?.onLeave ?? false, cancel });
  }

  /** A client has gone for good. */
  left(client: object): void {
    const found = this.#switches.get(client);
    if (found === undefined) return;
    this.#switches.delete(client);
    if (found.onLeave) this.#fire();
    // One with a time of its own still waits for it.
  }

  /** Ends all of them. */
  stop(): void {
    for (const cancel of [...this.#waiting]) cancel();
    this.#switches.clear();
  }

  #fireAfter(ms: number): () => void {
    if (this.#waiting.size >= WAITING_MAX) {
      throw new ProtocolError("OVERLOADED", `Cannot set a dead-man switch: ${WAITING_MAX} wait already`, 1000);
    }
    const callOff = this.timers.after(ms, () => {
      this.#waiting.delete(cancel);
      this.#fire();
    });
    const cancel = () => {
      this.#waiting.delete(cancel);
      callOff();
    };
    this.#waiting.add(cancel);
    return cancel;
  }

  #fire(): void {
    // Another of the same id would be taken for this one: of a session that was forked from this one, say.
    this.act({ kind: "cancel_all", id: `dead-man-${crypto.randomUUID().slice(0, 13)}` });
  }
}

function malformed(why: string): ProtocolError {
  return new ProtocolError("COMMAND_MALFORMED", `Cannot set a dead-man switch: ${why}`);
}
