import type { Feed } from "../../core/feed.ts";
import type { Algo } from "./algo.ts";
import type { Desk } from "./desk.ts";
import { tradedLots } from "./learners.ts";
import type { Parent } from "./parent.ts";
import { sliceNs } from "./parent_request.ts";

/**
 * Keeps up with the market: `rate` lots for each lot that it trades.
 *
 * - The market's lots are those of the trades (or bars) that have reached us since the start, and not in a pause; of the
 *   future nothing. So it follows: by the feed's latency, and by up to a slice.
 * - Our own trades are not on a tape: of the sum of both, a rate of 0.1 is 9.1 %.
 * - It looks with the first message after each `slice`: on bars with each one that closes. With style "post", what was due
 *   at one look rests until the next, which takes what is left of it.
 */
export class Pov implements Algo {
  private lots = 0;
  /** Session time from which it looks again, in the parent's own time. */
  private from = 0;

  look(parent: Parent, desk: Desk): void {
    desk.place(parent);
  }

  heard(parent: Parent, desk: Desk, feed: Feed): void {
    if (feed.index !== parent.instrument) return;
    this.lots += tradedLots(feed);
    const now = parent.time(desk.core.now);
    const target = Math.min(parent.wanted, Math.floor(this.lots * parent.request.rate! + 1e-9));
    if (now < this.from || target <= parent.filled) return;
    this.from = now + sliceNs({ ...parent.request, over: undefined });
    const post = parent.request.style === "post";
    parent.overdue = post ? parent.target : target;
    parent.target = target;
    if (post) desk.clear(parent, false);
    desk.place(parent);
  }
}
