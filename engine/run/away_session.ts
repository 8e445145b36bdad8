import type { Command, CommandResult } from "../core/command.ts";
import type { VenueReport } from "../core/venue_report.ts";
import type { AwayOrders } from "../venue/away_venue.ts";
import { ArrivingSession, type ArrivingSessionOptions } from "./arriving_session.ts";

/** Who takes a session's orders to an exchange: an `OrderDesk`. */
export interface AwayDesk extends AwayOrders {
  /** Carries out what came while the session was busy. */
  drain(): void;
}

/**
 * A session on rows as they arrive whose orders go to a desk, in place of a simulated venue. What the exchange says waits while the
 * session moves, and the session goes on with it as soon as it has: whoever moves the session on need not know of either.
 */
export class AwaySession extends ArrivingSession {
  /** Set before anything has happened. */
  desk!: AwayDesk;
  /** Hears once that it is over before its feeds are, and why: orders may rest at the exchange still. */
  onBroken: ((why: Error) => void) | undefined;
  #busy = false;

  constructor(options: Omit<ArrivingSessionOptions, "orders" | "sendTo" | "lateKnowledge">) {
    const sendTo: AwayOrders = {
      submit: (slot) => this.desk.submit(slot),
      cancel: (slot) => this.desk.cancel(slot),
      amend: (slot, price, size) => this.desk.amend(slot, price, size),
    };
    super({ ...options, orders: "away", sendTo });
  }

  /** It is in the midst of something: nothing may be said to it. */
  get busy(): boolean {
    return this.#busy;
  }

  override advance(moves = Infinity): boolean {
    const more = this.#alone(() => super.advance(moves));
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
      super.advance();
      this.run.loop.outside(() => this.run.session.report(report));
      if (!super.advance()) this.#broken();
    });
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
