import type { Feed } from "../../core/feed.ts";
import type { Rng } from "../../core/rng.ts";
import type { Algo } from "./algo.ts";
import type { Desk } from "./desk.ts";
import type { Parent } from "./parent.ts";

/**
 * Shows a little at a time: one limit order of `display` lots at the limit, and the next when it is filled.
 *
 * - Synthetic: each part is an order of its own, at the end of the queue, and a response and an order latency after the one
 *   before. (`ctx.submit` has an iceberg of the venue's own.)
 * - Each shows up to `jitter` more or less than `display`, drawn from the run's seed, so that they do not look alike.
 * - One that crosses when it arrives takes what is there, as any limit order.
 * - One that ends unfilled, as by a command from outside, is followed by the next a second later.
 */
export class Iceberg implements Algo {
  next = Infinity;
  private readonly random: Rng;

  constructor(random: Rng) {
    this.random = random;
  }

  look(parent: Parent, desk: Desk): void {
    this.next = Infinity;
    if (parent.open.length > 0) {
      if (parent.clearing > 0) parent.placing = true;
      return;
    }
    parent.placing = false;
    parent.clearing = 0;
    const { instrument, side, limit } = parent;
    const { display = 1, jitter = 0 } = parent.request;
    const varied = jitter === 0 ? display : Math.round(display * (1 + jitter * (2 * this.random.float() - 1)));
    const lots = Math.max(1, varied, desk.least(parent, limit));
    const sent = desk.send(parent, { instrument, side, size: 0, price: limit }, lots);
    if (sent === 0) this.#later(parent, desk);
  }

  ended(parent: Parent, desk: Desk, lots: number): void {
    if (lots > 0 || parent.placing) this.look(parent, desk);
    else this.#later(parent, desk);
  }

  #later(parent: Parent, desk: Desk): void {
    this.next = parent.time(desk.core.now) + 1e9;
  }
}

/**
 * Waits for a chance: takes from the touch when it is at the limit or better and shows at least `shown` lots.
 *
 * - It looks after each message of its instrument; what comes and goes within one it does not see, and what is gone when its
 *   order arrives it does not get.
 * - It takes at the touch's price, no more than is shown there, with an order that ends at once; never two at a time.
 * - On bars nothing is shown, so that it never trades.
 */
export class Sniper implements Algo {
  look(parent: Parent, desk: Desk): void {
    if (parent.open.length > 0 || parent.arrival2 !== parent.arrival2 || !desk.takeable(parent)) return;
    const { instrument, side } = parent;
    const { book } = desk.core.feeds[instrument].view;
    const shown = side > 0 ? book.bestAskSize : book.bestBidSize;
    if (book.stale || shown < (parent.request.shown ?? 1)) return;
    const price = desk.opposite(instrument, side);
    desk.send(parent, { instrument, side, size: 0, price, tif: "ioc" }, shown);
  }

  heard(parent: Parent, desk: Desk, feed: Feed): void {
    if (feed.index === parent.instrument) this.look(parent, desk);
  }
}
