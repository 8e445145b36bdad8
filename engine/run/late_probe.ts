import type { Clock } from "../core/clock.ts";
import type { LateFeed } from "../core/late_feed.ts";
import type { KnownLate } from "./order_story.ts";

/**
 * Watches a feed whose venue learns of the market as we do: which rows wait there, and how late its last answer was. What the
 * feed does stays the same. It has to stand there from the session's first row on.
 */
export class LateProbe {
  readonly #feed: LateFeed;
  readonly #clock: Clock;
  /** Numbers of the rows that wait, in the venue's order: as many as there are. */
  readonly #numbers: number[] = [];
  /** Of the last answer, in session time: when it would be here by its latency, and when it is. */
  #modelled = 0;
  #due = 0;

  constructor(feed: LateFeed, clock: Clock) {
    this.#feed = feed;
    this.#clock = clock;
    const { arrived } = feed, take = arrived.take.bind(arrived), answersAt = feed.answersAt.bind(feed);
    arrived.take = (columns, row, exchange) => {
      this.#forget();
      take(columns, row, exchange);
      // One that is too late for its place stands first, at the time of what the venue has passed.
      const time = Math.max(exchange, arrived.exchange[arrived.at]);
      let place = arrived.rows - 1;
      while (arrived.exchange[place] > time) place--;
      this.#numbers.splice(place - arrived.at, 0, feed.rowsSeen + row + 1);
    };
    feed.answersAt = (time) => {
      this.#modelled = time;
      return this.#due = answersAt(time);
    };
  }

  /** The number of a row of `arrived`, counted from 1 as the tape has it. */
  row(row: number): number {
    this.#forget();
    return this.#numbers[row - this.#feed.arrived.at];
  }

  /** When what was answered last came to be known; undefined where that was in time. To be asked as the answer leaves. */
  get answer(): KnownLate | undefined {
    if (this.#due <= this.#modelled) return undefined;
    return { known: this.#clock.toEpochNs(this.#due), modelled: this.#clock.toEpochNs(this.#modelled) };
  }

  /** What the venue has passed waits no more. */
  #forget(): void {
    const { rows, at } = this.#feed.arrived;
    this.#numbers.splice(0, this.#numbers.length - (rows - at));
  }
}
