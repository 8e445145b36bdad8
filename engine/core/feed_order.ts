import { ERA } from "./clock.ts";
import { FEEDS_MAX } from "./event_queue.ts";
import type { Tape } from "./line.ts";
import type { FeedOptions } from "./session_options.ts";

/**
 * The feeds of a session by symbol, then venue: the order in which they were registered shows nowhere. Throws RangeError for more
 * than a session takes.
 */
export function feedsInOrder(feeds: readonly FeedOptions[]): FeedOptions[] {
  if (feeds.length > FEEDS_MAX) {
    throw new RangeError(
      `Cannot run ${feeds.length} tapes in one session: it takes ${FEEDS_MAX}; run some of them apart`,
    );
  }
  return [...feeds].sort((a, b) => compare(nameOf(a), nameOf(b)));
}

/** The era of a tape's first row; Infinity where it has none. */
export function firstEra(tape: Tape): number {
  if (tape.firstEra !== undefined) return tape.firstEra;
  let batch = 0;
  while (batch < tape.batches && tape.rowsIn(batch) === 0) batch++;
  if (batch === tape.batches) return Infinity;
  const { exchange } = tape.layout === "bars" ? tape.bars(batch) : tape.batch(batch);
  return Math.floor(exchange[1] / (ERA / 4294967296));
}

function nameOf({ instrument }: FeedOptions): string {
  return `${instrument.symbol} ${instrument.venue}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
