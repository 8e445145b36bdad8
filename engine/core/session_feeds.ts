import type { Core } from "./core.ts";
import type { Feed } from "./feed.ts";
import { makeFeed } from "./line.ts";
import type { FeedOptions, SessionOptions } from "./session_options.ts";

/** The feeds of a session, wired to its core: answers of venues, corporate events, and gaps where they end the session. */
export function makeFeeds(
  core: Core,
  feeds: readonly FeedOptions[],
  options: SessionOptions,
  stopAt: (feed: Feed, row: number, at: number) => never,
): Feed[] {
  const { venue, late, away, told, latency, gaps } = options, { era } = core.clock;
  return feeds.map(({ instrument, tape, queue }, i) => {
    const feed: Feed = makeFeed({
      index: i,
      instrument,
      tape,
      era,
      orders: core.orders,
      venue,
      queue,
      away,
      told,
      late: late && { ...late, leastNs: latency.response.least ?? 0 },
      feedLatency: typeof latency.feed === "function" ? latency.feed(instrument) : latency.feed,
      answers: {
        answer: (event, slot, price, lots, liquidity, code) => {
          feed.venue.answered = true;
          core.answer(i, event, slot, price, lots, liquidity, code);
        },
        booked: (side, price, lots) => core.flow.adopt(i, side, price, lots),
        wake: (time) => core.wake(i, time),
      },
    });
    feed.view.onCorporate = (kind, price, size, at) => core.corporate(i, kind, price, size, at);
    if (gaps === "stop") feed.view.onGap = (row, at) => stopAt(feed, row, at);
    return feed;
  });
}
