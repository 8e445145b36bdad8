import { rig } from "../core/_rig.ts";
import { BUY } from "../core/event.ts";
import type { Session } from "../core/session.ts";
import type { SessionVenue } from "../core/session_venue.ts";
import type { Strategy } from "../core/strategy.ts";
import { madeTape } from "../feed/_made_tape.ts";

const START = 1_700_000_000_000_000_000n;

/** What a venue that a test plays does with requests. */
export type Requests = Partial<Pick<SessionVenue, "arrive" | "cancel" | "amend">>;

/** A session that has started, whose venue says nothing of itself: its answers are what a test makes of them. */
export function silent(requests: Requests = {}, strategy: Strategy = {}): Session {
  const tape = madeTape([{ exchange: START, side: BUY, price: 99, size: 5 }]);
  const session = rig({ tapes: { X: tape }, strategy });
  const feed: { venue: SessionVenue } = session.core.feeds[0];
  const nothing = () => {};
  feed.venue = {
    ...{ now: 0, answered: false, expired: false, open: 0, unknownOrders: 0 },
    ...{
      hold: nothing,
      arrive: nothing,
      cancel: nothing,
      amend: nothing,
      timeUp: nothing,
      cancelAll: nothing,
      rebase: nothing,
    },
    ...{ save: nothing, load: nothing },
    advance: (columns) => columns.rows,
    next: (columns, row) => columns.timeOf(1, row),
    ...requests,
  };
  session.start();
  // The test makes the moves.
  session.core.moving = true;
  return session;
}
