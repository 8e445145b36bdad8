/**
 * The life of an order as a table of (state, event). What is absent from the table is a bug, and throws.
 *
 * A fill leads to FILLED when nothing is left of the order, else to the state in the table.
 */

/** Sent, not yet answered. */
export const PENDING_NEW = 1;
/** Working at the venue. */
export const NEW = 2;
/** Working, with something filled. */
export const PARTIALLY_FILLED = 3;
/** Working as far as we know; a cancel is on its way. */
export const PENDING_CANCEL = 4;
/** Working as far as we know; an amend is on its way. */
export const PENDING_REPLACE = 5;
/** Nothing is left of it. */
export const FILLED = 6;
/** Ended on request, by the venue's own rules, or with its time in force. */
export const CANCELLED = 7;
/** Never worked: the venue refused it. */
export const REJECTED = 8;
/** Ended by its time in force, or as post-only that would have crossed. */
export const EXPIRED = 9;

/** States from here on are final. */
export const FIRST_FINAL = FILLED;

/** Names by number, for people. */
export const STATE_NAMES: readonly string[] = [
  "",
  "PendingNew",
  "New",
  "PartiallyFilled",
  "PendingCancel",
  "PendingReplace",
  "Filled",
  "Cancelled",
  "Rejected",
  "Expired",
];

/** What can happen to an order: requests of ours (from 10) and answers of the venue. */
export const ACKNOWLEDGED = 0;
export const FILL = 1;
export const CANCEL_DONE = 2;
export const REPLACE_DONE = 3;
export const REJECT = 4;
export const EXPIRE = 5;
/** A cancel or amend was refused: the order goes on as it was, or is over already. */
export const REQUEST_REFUSED = 6;
export const CANCEL_REQUESTED = 7;
export const REPLACE_REQUESTED = 8;
/** The venue says how many lots the order has in all: one of money was worked out, or a self-trade took some off. */
export const SIZED = 9;

/** Names of the events by number. */
export const EVENT_NAMES: readonly string[] = [
  "Acknowledged",
  "Fill",
  "CancelDone",
  "ReplaceDone",
  "Reject",
  "Expire",
  "RequestRefused",
  "CancelRequested",
  "ReplaceRequested",
  "Sized",
];

const EVENTS = EVENT_NAMES.length;
/** The state goes on as it was before the request; the order's own columns tell which that is. */
const AS_BEFORE = 255;

const ROWS: readonly (readonly [state: number, event: number, next: number])[] = [
  [PENDING_NEW, ACKNOWLEDGED, NEW],
  [PENDING_NEW, SIZED, NEW],
  [PENDING_NEW, FILL, PARTIALLY_FILLED],
  [PENDING_NEW, REJECT, REJECTED],
  [PENDING_NEW, EXPIRE, EXPIRED],
  [PENDING_NEW, CANCEL_DONE, CANCELLED],
  [PENDING_NEW, CANCEL_REQUESTED, PENDING_CANCEL],
  [NEW, SIZED, NEW],
  [NEW, FILL, PARTIALLY_FILLED],
  [NEW, CANCEL_DONE, CANCELLED],
  [NEW, EXPIRE, EXPIRED],
  [NEW, CANCEL_REQUESTED, PENDING_CANCEL],
  [NEW, REPLACE_REQUESTED, PENDING_REPLACE],
  [PARTIALLY_FILLED, SIZED, PARTIALLY_FILLED],
  [PARTIALLY_FILLED, FILL, PARTIALLY_FILLED],
  [PARTIALLY_FILLED, CANCEL_DONE, CANCELLED],
  [PARTIALLY_FILLED, EXPIRE, EXPIRED],
  [PARTIALLY_FILLED, CANCEL_REQUESTED, PENDING_CANCEL],
  [PARTIALLY_FILLED, REPLACE_REQUESTED, PENDING_REPLACE],
  // A cancel can cross the acknowledgement, fills, a refusal or the expiry on the way.
  [PENDING_CANCEL, ACKNOWLEDGED, PENDING_CANCEL],
  [PENDING_CANCEL, SIZED, PENDING_CANCEL],
  [PENDING_CANCEL, FILL, PENDING_CANCEL],
  [PENDING_CANCEL, CANCEL_DONE, CANCELLED],
  [PENDING_CANCEL, REJECT, REJECTED],
  [PENDING_CANCEL, EXPIRE, EXPIRED],
  [PENDING_CANCEL, REQUEST_REFUSED, AS_BEFORE],
  [PENDING_REPLACE, SIZED, PENDING_REPLACE],
  [PENDING_REPLACE, FILL, PENDING_REPLACE],
  [PENDING_REPLACE, REPLACE_DONE, AS_BEFORE],
  [PENDING_REPLACE, REQUEST_REFUSED, AS_BEFORE],
  [PENDING_REPLACE, CANCEL_DONE, CANCELLED],
  [PENDING_REPLACE, EXPIRE, EXPIRED],
  // A request that came too late is refused after the order has ended.
  [FILLED, REQUEST_REFUSED, FILLED],
  [CANCELLED, REQUEST_REFUSED, CANCELLED],
  [REJECTED, REQUEST_REFUSED, REJECTED],
  [EXPIRED, REQUEST_REFUSED, EXPIRED],
];

const TABLE = new Uint8Array(STATE_NAMES.length * EVENTS);
for (const [state, event, next] of ROWS) TABLE[state * EVENTS + event] = next;

/**
 * The state after `event`. `filled` and `size` are the order's lots after the event.
 *
 * Throws Error where the table has no row: a bug in whoever sent the event.
 */
export function nextState(state: number, event: number, filled: number, size: number): number {
  const next = TABLE[state * EVENTS + event];
  if (next === 0) throw new Error(`Bug: ${EVENT_NAMES[event]} in state ${STATE_NAMES[state]} has no row in the table`);
  // An order of money has no size before the venue has worked it out, so nothing filled is never all.
  if (filled > 0 && filled >= size && next < FIRST_FINAL) return FILLED;
  if (next === AS_BEFORE) return filled > 0 ? PARTIALLY_FILLED : NEW;
  return next;
}
