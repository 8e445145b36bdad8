import { type Core, EXCHANGE_ROWS, REQUEST_ARRIVES } from "./core.ts";
import { ERA } from "./clock.ts";
import { ANSWER, OUR_DATA, TIMER } from "./event_queue.ts";
import type { ArrivingFeed } from "./arriving_feed.ts";
import { firstHeard } from "./feed_times.ts";

/**
 * What comes next in a session whose venues know nothing before it does, and which may have to wait for more.
 *
 * Of what is worked out at venues and what happens here, the earlier comes first: a venue's event counts as happening when it is
 * worked out (see `LateFeed`). It does not matter how far, or how often, the session was let go on: it comes to the
 * same.
 */
export class LateMoves {
  /** What comes next: when, its class, and the feed whose message it is (-1 where it is none). */
  time = Infinity;
  kind = TIMER;
  caller = -1;
  /** It goes no further than this session time. */
  until = Infinity;
  /** Nothing comes next before `until`, or before there are more rows. */
  waits = false;
  #pacing = false;
  #ready = false;

  constructor(private readonly core: Core, private readonly feeds: readonly ArrivingFeed[]) {}

  /** Every feed has a row, or has ended: the clock can start. */
  get ready(): boolean {
    return this.#ready ||= this.feeds.every((feed) => feed.begins < Infinity || feed.done);
  }

  /** Finds what comes next; false where it waits. */
  find(): boolean {
    for (;;) {
      this.#look();
      const limit = this.kind >= ANSWER ? this.time + 1 : this.time;
      if (this.#workOut(Math.min(limit, this.until + 1, ERA))) break;
    }
    this.waits = this.time > this.until || (this.time === Infinity && this.#nothing());
    return !this.waits;
  }

  /** When anything next happens, here or at a venue, as far as is known. */
  get due(): number {
    this.#look();
    let { time } = this;
    for (const feed of this.feeds) time = Math.min(time, feed.next);
    return time;
  }

  /** How far it has come, where it follows wall time: to `until`, or to what comes next before. */
  get reached(): number {
    return this.until === Infinity ? -Infinity : Math.min(this.until, this.due);
  }

  /** Answers that came later than their latency says, rows that came too late for their place, and by how many ns at most. */
  get figures(): LateFigures {
    let answers = 0, answersNsMax = 0, rows = 0, rowsNsMax = 0;
    for (const { answersLate, lateNsMax, rowsLate, rowsLateNsMax } of this.feeds) {
      answers += answersLate;
      answersNsMax = Math.max(answersNsMax, lateNsMax);
      rows += rowsLate;
      rowsNsMax = Math.max(rowsNsMax, rowsLateNsMax);
    }
    return { answers, answersNsMax, rows, rowsNsMax };
  }

  rebase(shift: number): void {
    this.until -= shift;
  }

  #look(): void {
    const { queue } = this.core, { feeds } = this;
    const caller = this.caller = firstHeard(feeds, queue);
    this.time = caller < 0 ? queue.time : feeds[caller].localTime;
    this.kind = caller < 0 ? queue.class : OUR_DATA;
    if (!this.#pacing && this.#over()) {
      this.#pacing = true;
      for (const feed of feeds) feed.keepPace();
    }
  }

  /** Works out what venues do before `limit`, in order of time; false when one made an answer. */
  #workOut(limit: number): boolean {
    const { core, feeds } = this;
    for (;;) {
      let first = -1, time = limit, second = limit, kind = 0;
      for (let i = 0; i < feeds.length; i++) {
        const { next, nextKind } = feeds[i];
        if (next < time || (next === time && first >= 0 && nextKind < kind)) {
          second = time;
          time = next;
          kind = nextKind;
          first = i;
        } else if (next < second) second = next;
      }
      if (first < 0) return true;
      const feed = feeds[first];
      // A venue without open orders of ours can answer nothing, and need not wait for the others.
      const bound = feed.venue.open > 0 ? Math.max(second, time + 1) : limit;
      if (!core.apply(kind === OUR_DATA ? EXCHANGE_ROWS : REQUEST_ARRIVES, first, bound)) return false;
    }
  }

  #over(): boolean {
    for (const feed of this.feeds) if (!feed.done) return false;
    return true;
  }

  /** Nothing is known of any time to come. */
  #nothing(): boolean {
    const { core, feeds } = this;
    let eras = core.queue.farEras;
    for (const feed of feeds) eras = Math.min(eras, feed.nextEras(core.clock.era));
    return eras === Infinity && !this.#over();
  }
}

/** What became of late knowledge in a session. */
export interface LateFigures {
  /** Answers of venues that came later than their latency says. */
  readonly answers: number;
  /** By how many ns at most. */
  readonly answersNsMax: number;
  /** Rows that came after what should have followed them had been worked out. */
  readonly rows: number;
  /** By how many ns at most. */
  readonly rowsNsMax: number;
}
