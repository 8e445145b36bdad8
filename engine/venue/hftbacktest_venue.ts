import { HftbacktestBook } from "../book/hftbacktest_book.ts";
import { BUY, SELL } from "../core/event.ts";
import type { OrderTable } from "../oms/order_table.ts";
import { L2Venue } from "./l2_venue.ts";
import type { QueueModel } from "./queue_model.ts";
import type { AnswerSink } from "./answer_sink.ts";
import { MAKER } from "./liquidity.ts";
import type { VenueOptions } from "./venue_options.ts";
import type { Working } from "./working.ts";

/**
 * A venue over a tape of price levels whose outcome is hftbacktest 2.4.4's, whole fills and HashMapMarketDepth, also where
 * {@linkcode L2Venue}'s would be another; that class names the steps, and `like: "hftbacktest"` chooses this one.
 *
 * - Each order of ours has a queue of its own: one traded lot can fill all that are first at their price.
 * - A trade whose aggressor is not stated does nothing (but trigger stops, which hftbacktest has not).
 * - A trade or a new best looks for orders of ours from the best it comes from on. Those at or behind that best, where a
 *   best that improved in a clear can leave them, are met only while we have fewer orders than there are ticks on the way.
 * - Best prices are those of {@linkcode HftbacktestBook}.
 *
 * `fills` has to be whole and `impact` frozen; a RangeError says so.
 */
export class HftbacktestVenue extends L2Venue {
  constructor(orders: OrderTable, options: VenueOptions, queue: QueueModel, out: AnswerSink) {
    const { fills, impact } = options;
    if (fills !== "whole" || impact !== "frozen") {
      throw new RangeError(
        `Cannot be like hftbacktest: fills are ${fills} and impact is ${impact}; they have to be whole and frozen`,
      );
    }
    super(orders, options, queue, out, new HftbacktestBook());
  }

  protected override reached(working: Working, aggressor: number, before: number): void {
    if (!this.halted) this.#meet(working, aggressor, before, aggressor === BUY ? this.bestBid : this.bestAsk, 0);
  }

  protected override traded(price: number, size: number, aggressor: number): void {
    if (aggressor === BUY) this.#meet(this.asks, BUY, this.bestBid, price, size);
    else if (aggressor === SELL) this.#meet(this.bids, SELL, this.bestAsk, price, size);
    if (this.waiting.length > 0) this.trigger(price);
  }

  /** What comes from `best` to `price` fills our orders on its way; those at `price` by their queues, if lots have `traded`. */
  #meet(working: Working, aggressor: number, best: number, price: number, traded: number): void {
    // No best is endlessly far away.
    const all = this.bids.count + this.asks.count < aggressor * (price - best);
    for (let k = 0; k < working.count;) {
      const slot = working.slots[k], own = this.price[slot];
      if (aggressor * own > aggressor * price) return;
      const met = (all || aggressor * own > aggressor * best) &&
        (own !== price || traded === 0 || this.comeForward(slot, traded) > 0);
      const lots = met ? this.fillable(slot) : 0;
      if (lots > 0) this.filled(slot, own, lots, MAKER);
      else k++;
    }
  }
}
