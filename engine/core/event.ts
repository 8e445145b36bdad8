/**
 * The kinds of market event a tape row can be, its sides and its flags.
 *
 * They are plain constants, not an enum object, so that the hot loops compare against numbers the engine knows.
 */

/** One price level of an L2 book now holds `size` (0: the level is gone). */
export const DEPTH = 1;
/** A trade printed: `price`, `size`; `side` is the aggressor's, NONE where the source does not say. */
export const TRADE = 2;
/** All levels (or orders) of `side` from the best up to and with `price` are gone; side NONE: the whole book. */
export const CLEAR = 3;
/** One level of a snapshot; same meaning as DEPTH, and the first after a CLEAR ends staleness. */
export const SNAPSHOT = 4;
/** L3: order `id` of `side` joins the queue at `price` with `size`. */
export const ADD = 10;
/** L3: `size` lots leave order `id` without a trade; it is deleted when none are left. */
export const CANCEL = 11;
/** L3: order `id` now has `price` and `size`. Same price and smaller size keeps its place, all else loses it. */
export const MODIFY = 12;
/** L3: `size` lots of resting order `id` traded at `price`; `side` is the resting order's. */
export const EXECUTE = 13;
/** Funding is paid: `price` holds the rate in 1e-9 of notional (positive: longs pay), by position at this moment. */
export const FUNDING = 20;
/** A dividend of `price` ticks per lot is paid to longs and owed by shorts. */
export const DIVIDEND = 21;
/** A split: each `size` lots become `price` lots (2-for-1: price 2, size 1). */
export const SPLIT = 22;
/** The instrument expires and settles at `price`. */
export const EXPIRY = 23;
/** Trading status: `size` is 0 halted, 1 open. */
export const STATUS = 24;
/** The source lost messages here; books are stale until the next snapshot. */
export const GAP = 25;
/** A recording that ended in good order ends here: time went on as far, and nothing more came. */
export const END = 26;

/** Names of the kinds by number, for people: `inspect`, reports, errors. */
export const KIND_NAMES: Readonly<Record<number, string>> = {
  [DEPTH]: "depth",
  [TRADE]: "trade",
  [CLEAR]: "clear",
  [SNAPSHOT]: "snapshot",
  [ADD]: "add",
  [CANCEL]: "cancel",
  [MODIFY]: "modify",
  [EXECUTE]: "execute",
  [FUNDING]: "funding",
  [DIVIDEND]: "dividend",
  [SPLIT]: "split",
  [EXPIRY]: "expiry",
  [STATUS]: "status",
  [GAP]: "gap",
  [END]: "end",
};

/** Buyers: bids, and trades a buyer started. */
export const BUY = 1;
/** Sellers: asks, and trades a seller started. */
export const SELL: -1 = -1;
/** Neither, or not known. */
export const NONE = 0;
/** A side as it stands in columns and messages: BUY 1, SELL -1, NONE 0. */
export type Side = -1 | 0 | 1;

/** The venue sees this row, in the order of exchange time. */
export const AT_EXCHANGE = 1;
/** We see this row, in the order of local time. */
export const AT_LOCAL = 2;
/** The last row of one exchange message: strategies are called after it, never before. */
export const LAST = 4;
