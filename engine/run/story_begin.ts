/** What an order's story begins with: what was asked for, and what its sender saw. */
import type { Core } from "../core/core.ts";
import type { Feed } from "../core/feed.ts";
import { instrumentNames } from "../core/instrument_names.ts";
import {
  BY_SESSION,
  ICEBERG,
  type OrderTable,
  POST_ONLY,
  REDUCE_ONLY,
  STOP,
  TIF_NAMES,
  TRAILING_STOP,
  TYPE_NAMES,
} from "../oms/order_table.ts";
import { marketOf } from "./market_seen.ts";
import type { OrderStory, SeenBySender } from "./order_story.ts";

/** Levels of each side that a story has. */
const LEVELS = 5;

/** The instrument of a feed, as a story names it. */
export function instrumentOf({ feeds }: Core, feed: Feed): OrderStory["instrument"] {
  const { symbol, venue, currency, spec } = feed.instrument;
  const name = instrumentNames(feeds.map(({ instrument }) => instrument))[feed.index];
  return { symbol, name, venue, tick: spec.tick, lot: spec.lot, currency };
}

/** What the order in a slot asks for. */
export function requestOf(orders: OrderTable, slot: number): OrderStory["request"] {
  const flags = orders.flags[slot], type = orders.type[slot];
  const number = (value: number) => value === value && Math.abs(value) < Infinity ? value : null;
  return {
    side: orders.side[slot] > 0 ? "buy" : "sell",
    type: TYPE_NAMES[type],
    tif: TIF_NAMES[orders.tif[slot]],
    price: number(orders.price[slot]),
    size: orders.size[slot],
    trigger: type >= STOP && type <= TRAILING_STOP ? number(orders.trigger[slot]) : null,
    display: type === ICEBERG ? number(orders.display[slot]) : null,
    postOnly: (flags & POST_ONLY) !== 0,
    reduceOnly: (flags & REDUCE_ONLY) !== 0,
    bySession: (flags & BY_SESSION) !== 0,
  };
}

/** What the strategy knows of a feed at this moment. */
export function seenIn(core: Core, feed: Feed): SeenBySender {
  const { view, heard } = feed;
  const levels = (side: number) => {
    const prices = new Float64Array(LEVELS), sizes = new Float64Array(LEVELS);
    const count = view.book.top(side, LEVELS, prices, sizes);
    return Array.from({ length: Math.min(count, LEVELS) }, (_, i) => [prices[i], sizes[i]] as const);
  };
  return {
    ...marketOf(view.book),
    bids: levels(1),
    asks: levels(-1),
    lastPrice: view.lastPrice === view.lastPrice ? view.lastPrice : null,
    rows: feed.rowsSeen + feed.ourRow,
    ageNs: heard > -Infinity ? core.now - heard : null,
    position: core.account.position(feed.index),
    openOrders: core.risk.open(feed.index),
  };
}
