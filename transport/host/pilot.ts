import type { StrategyDefinition } from "../../engine/core/strategy.ts";
import type { Connection } from "../hub/mod.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { Driver } from "./driver.ts";
import { type Call, Turns } from "./turns.ts";

/**
 * The seat of whoever drives a session at pace lockstep: one client at a time, which is asked after each move that concerns it,
 * and for whose answer the clock waits. What its answer brings up, an alert say, it is asked about before the next move.
 *
 * A pilot that comes back over another link is asked again what it was asked last; when it has gone for good, the clock waits
 * for another.
 */
export class Pilot {
  readonly #turns = new Turns();
  readonly #driver: () => Driver;
  #connection: Connection | undefined;
  /** Turns there were. */
  #step = 0;
  /** The one that it was asked about, -1 where it was not, and the calls that it is to answer. */
  #asked = -1;
  #calls: readonly Call[] = [];

  /** `driver` of the session; it is asked for once that is there. */
  constructor(driver: () => Driver) {
    this.#driver = driver;
  }

  /** A strategy that does what this one does, and has its callbacks told to the pilot. */
  around(definition: StrategyDefinition): StrategyDefinition {
    return this.#turns.around(definition);
  }

  /** Forgets what the strategy was called with so far: of what happened on a fork's way nobody is asked again. */
  forget(): void {
    this.#turns.take();
  }

  /** A client takes the seat, and says what it hears. Throws ProtocolError where it is taken, or for callbacks that are none. */
  take(connection: Connection, hears: unknown = ""): void {
    if (this.#connection && this.#connection !== connection && !this.#connection.over) {
      throw new ProtocolError("CONNECTIONS_EXCEEDED", "Cannot drive: another client drives this session");
    }
    if (typeof hears !== "string") throw new ProtocolError("COMMAND_MALFORMED", `Cannot drive: hears is ${hears}`);
    try {
      this.#turns.hear(hears.split(",").map((each) => each.trim()).filter((each) => each !== ""));
    } catch (error) {
      throw new ProtocolError("COMMAND_MALFORMED", (error as Error).message);
    }
    this.#connection = connection;
    this.#driver().begin();
    if (this.#asked >= 0) this.#ask();
  }

  /** After a move or a command: whether somebody is to be asked before the next move. */
  turn(): boolean {
    if (!this.#turns.waiting) return false;
    this.#calls = this.#turns.take();
    if (this.#calls.length === 0) return false;
    this.#asked = this.#step++;
    this.#ask();
    return true;
  }

  /** The pilot has answered. Throws ProtocolError where another client says so. */
  done(connection: Connection, step: number): void {
    if (connection !== this.#connection) {
      throw new ProtocolError("HELLO_FIRST", "Cannot take done: send the command drive first");
    }
    // Of a turn that was asked twice, because the pilot came back, the second answer is one too many.
    if (step !== this.#asked) return;
    this.#asked = -1;
    if (!this.turn()) this.#driver().turn();
  }

  /** A client has gone for good. */
  left(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
  }

  #ask(): void {
    const calls = [...this.#calls], markets = this.#turns.markets(), { time } = this.#driver().clock;
    this.#connection?.send({ type: "turn", data: { step: this.#asked, time, calls, markets } });
  }
}
