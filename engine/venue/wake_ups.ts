import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import type { AnswerSink } from "./answer_sink.ts";

/** Times at which a venue asked its session to look at times in force. */
export class WakeUps {
  /** The soonest last: each was asked for because it was before all others. */
  readonly #times: number[] = [];

  constructor(private readonly out: AnswerSink) {}

  /**
   * Asks for a time, but only for what is due before all that was asked for: however many orders come and go, the session's
   * queue does not fill.
   */
  ask(time: number): void {
    const { length } = this.#times;
    if (length > 0 && time >= this.#times[length - 1]) return;
    this.#times.push(time);
    this.out.wake(time);
  }

  /** The soonest has come. */
  over(): void {
    this.#times.pop();
  }

  /** Takes `shift` off every time. */
  rebase(shift: number): void {
    for (let i = 0; i < this.#times.length; i++) this.#times[i] -= shift;
  }

  save(to: StateWriter): void {
    to.column(Float64Array.from(this.#times));
  }

  load(from: StateReader): void {
    this.#times.splice(0, Infinity, ...from.column(new Float64Array(0)));
  }
}
