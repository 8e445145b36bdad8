import type { Command, CommandResult } from "../core/command.ts";
import type { VenueReport } from "../core/venue_report.ts";
import type { AwayOrders } from "../venue/away_venue.ts";
import { ArrivingSession, type ArrivingSessionOptions } from "./arriving_session.ts";
import { HeldRequests } from "./held_requests.ts";

/** Who takes a session's orders to an exchange: an `OrderDesk`. */
export interface AwayDesk extends AwayOrders {
  /** Carries out what came while the session was busy. */
  drain(): void;
}

/** Moves after which requests leave though more is there to move on: what they wait for is some ten microseconds. */
const MOVES = 16;

/**
 * A session on rows as they arrive whose orders go to a desk, in place of a simulated venue. What the exchange says waits while the
 * session moves, and the session goes on with it as soon as it has: whoever moves the session on need not know of either. What the
 * session asks for leaves when it has moved, or after a few moves.
 */
export class AwaySession extends ArrivingSession {
  /** Set before anything has happened. */
  desk!: AwayDesk;
  /** Hears once that it is over before its feeds are, and why: orders may rest at the exchange still. */
  onBroken: ((why: Error) => void) | undefined;
  readonly #requests: HeldRequests;
  #busy = false;

  constructor(options: Omit<ArrivingSessionOptions, "orders" | "sendTo" | "lateKnowledge">) {
    const requests = new HeldRequests();
    super({ ...options, orders: "away", sendTo: requests });
    this.#requests = requests;
  }

  /** It is in the midst of something: nothing may be said to it. */
  get busy(): boolean {
    return this.#busy;
  }

  override advance(moves = Infinity): boolean {
    const more = this.#move(moves);
    if (!this.#busy) this.desk.drain();
    if (!more) this.#broken();
    return more;
  }

  override command(command: Command): CommandResult {
    const result = this.#alone(() => super.command(command));
    // What it asks for leaves at once.
    if (!this.#busy) this.advance();
    return result;
  }

  override stop(reason: Error): void {
    super.stop(reason);
    this.#broken();
  }

  /** What the exchange says, behind all that was due by then; what the session sends in answer leaves at once. */
  report(report: VenueReport): void {
    this.#alone(() => {
      this.#move();
      this.run.loop.outside(() => this.run.session.report(report));
      if (!this.#move()) this.#broken();
    });
  }

  /** Goes on as `advance` does, a few moves at a time; requests leave after each. */
  #move(moves = Infinity): boolean {
    const { loop } = this.run;
    for (let left = moves; left > 0; left -= MOVES) {
      const more = this.#alone(() => {
        const goesOn = super.advance(Math.min(left, MOVES));
        this.#leave();
        return goesOn;
      });
      if (!more || loop.incomplete !== undefined) return false;
      if (loop.waits) return true;
    }
    return true;
  }

  /** What it has asked for leaves. Once it is over before its feeds are nothing does: what left before is cancelled then. */
  #leave(): void {
    if (this.run.loop.incomplete !== undefined) return this.#requests.drop();
    try {
      this.#requests.release(this.desk);
    } catch (error) {
      // A desk that breaks: what left is not known, and neither is what is behind it to leave.
      this.#requests.drop();
      this.stop(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #broken(): void {
    const { incomplete } = this.run.loop, told = this.onBroken;
    if (incomplete === undefined) return;
    this.onBroken = undefined;
    told?.(incomplete);
  }

  #alone<Result>(act: () => Result): Result {
    const before = this.#busy;
    this.#busy = true;
    try {
      return act();
    } finally {
      this.#busy = before;
    }
  }
}
