import type { Session } from "../core/session.ts";

/**
 * Moves a session on in slices, and remembers how far it came and how it ended: what all who run one share.
 *
 * @example
 * ```ts
 * import { openTape } from "./open_tape.ts";
 * import { prepare } from "./prepare.ts";
 * import { SessionLoop } from "./session_loop.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const tape = openTape("fixtures/data/market_l2.arrow");
 * const run = prepare({ strategy: touchMaker, tape: tape.reader }, [tape.reader]);
 * const loop = new SessionLoop(run.session);
 * while (loop.advance(1000));
 * tape.close();
 * if (!loop.finished || loop.incomplete !== undefined) throw new Error("unexpected");
 * ```
 */
export class SessionLoop {
  /** Moves the session made. A session made again comes to the same place after as many. */
  steps = 0;
  /** Whether it was finished: to its end, or where it was stopped; not where the strategy threw. */
  finished = false;
  /** Why it ended before its tapes did. */
  incomplete: Error | undefined;
  readonly #session: Session;
  #started = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Goes on by at most `count` steps; false once the session has ended. */
  advance(count: number): boolean {
    if (this.finished || this.incomplete !== undefined) return false;
    const session = this.#session;
    try {
      if (!this.#started) {
        this.#started = true;
        session.start();
      }
      for (let i = 0; i < count; i++) {
        if (!session.step()) {
          this.#finish();
          return false;
        }
        this.steps++;
      }
    } catch (error) {
      this.incomplete = session.explain(error);
      this.#abandon();
      return false;
    }
    return true;
  }

  /** Ends the session where it stands. */
  stop(reason: Error): void {
    if (this.finished || this.incomplete !== undefined) return;
    this.incomplete = reason;
    try {
      this.#finish();
    } catch (error) {
      this.incomplete = this.#session.explain(error);
      this.#abandon();
    }
  }

  /** What stands is recorded as far as that goes: the first error is the one to tell. */
  #abandon(): void {
    try {
      this.#session.abandon();
    } catch {
      // The state itself is what broke.
    }
  }

  #finish(): void {
    this.#session.finish();
    this.finished = true;
  }
}
