/**
 * The life of an order as a table of (state, event). What is absent from the table is a bug, and throws.
 *
 * - A fill leads to FILLED when nothing is left of the order, else to the state in the table.
 * - While a request of ours is on its way, what the venue says moves the state beneath it by the same table; with the
 *   answer that one is the order's again.
 * - An order ends once. What comes after that is late: it changes no state, and a late fill is booked all the same, because
 *   the lots have changed hands.
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
/** Working, with the price and size of its last amend; until the next event. */
export const REPLACED = 10;
/** Held at the venue, as in a halt: in place, and not executable before it is reinstated. */
export const SUSPENDED = 11;
/** A stop or touch whose trigger has fired, matching or working now; until the next event. */
export const TRIGGERED = 12;

/** Names by number, for people. The numbers stand in digests and journals, where each has 4 bits. */
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
  "Replaced",
  "Suspended",
  "Triggered",
];

/** Whether an order in this state has ended. */
export function isFinal(state: number): boolean {
  return state >= FILLED && state <= EXPIRED;
}

/** Whether an order in this state may be asked to be cancelled: it lives, and no request is on its way. */
export function isCancellable(state: number): boolean {
  return (CANCELLABLE >> state & 1) !== 0;
}

/** Whether an order in this state may be amended: as for a cancel, and the venue has answered. */
export function isAmendable(state: number): boolean {
  return (CANCELLABLE >> state & 1) !== 0 && state !== PENDING_NEW;
}

const CANCELLABLE = 1 << PENDING_NEW | 1 << NEW | 1 << PARTIALLY_FILLED | 1 << REPLACED | 1 << SUSPENDED |
  1 << TRIGGERED;

/** What can happen to an order: answers of the venue, and two requests of ours. */
export const ACKNOWLEDGED = 0;
export const FILL = 1;
export const CANCEL_DONE = 2;
/** An amend was done; or the venue gives the order another price and size by itself. */
export const REPLACE_DONE = 3;
export const REJECT = 4;
export const EXPIRE = 5;
/** A cancel or amend was refused: the order goes on as it was, or is over already. */
export const REQUEST_REFUSED = 6;
export const CANCEL_REQUESTED = 7;
export const REPLACE_REQUESTED = 8;
/** The venue says how many lots the order has in all: one of money was worked out, or a self-trade took some off. */
export const SIZED = 9;
/** The trigger of a waiting order has fired. */
export const TRIGGER = 10;
/** The venue holds the order. */
export const SUSPEND = 11;
/** The venue holds it no more. */
export const REINSTATE = 12;

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
  "Trigger",
  "Suspend",
  "Reinstate",
];

const EVENTS = EVENT_NAMES.length;
/** No state but a way to one: that beneath the request on its way. */
const BENEATH = 254;
/** New or PartiallyFilled, as its fills say. */
const BY_FILLS = 255;

const TABLE = new Uint8Array(STATE_NAMES.length * EVENTS);

function rows(states: readonly number[], nexts: readonly (readonly [event: number, next?: number])[]): void {
  // Without another state the order stays as it is.
  for (const state of states) for (const [event, next = state] of nexts) TABLE[state * EVENTS + event] = next;
}

rows([PENDING_NEW], [
  [ACKNOWLEDGED, NEW],
  [SIZED, NEW],
  [FILL, PARTIALLY_FILLED],
  [REJECT, REJECTED],
  [EXPIRE, EXPIRED],
  [CANCEL_DONE, CANCELLED],
  [CANCEL_REQUESTED, PENDING_CANCEL],
  [TRIGGER, TRIGGERED],
  [SUSPEND, SUSPENDED],
]);
// Acknowledged twice or after a fill, refused twice: nothing new.
rows([NEW, PARTIALLY_FILLED, REPLACED, SUSPENDED, TRIGGERED], [
  [ACKNOWLEDGED],
  [FILL, PARTIALLY_FILLED],
  [CANCEL_DONE, CANCELLED],
  [REPLACE_DONE, REPLACED],
  [EXPIRE, EXPIRED],
  [REQUEST_REFUSED],
  [CANCEL_REQUESTED, PENDING_CANCEL],
  [REPLACE_REQUESTED, PENDING_REPLACE],
  [SIZED],
  [TRIGGER, TRIGGERED],
  [SUSPEND, SUSPENDED],
  [REINSTATE],
]);
rows([PARTIALLY_FILLED], [[TRIGGER]]);
// What is held is held, whatever else is said of it, until it is reinstated.
rows([SUSPENDED], [[FILL], [REPLACE_DONE], [TRIGGER], [REINSTATE, BY_FILLS]]);
// A request can cross whatever the venue has to say.
rows([PENDING_CANCEL, PENDING_REPLACE], [
  [ACKNOWLEDGED],
  [FILL],
  [CANCEL_DONE, CANCELLED],
  [REPLACE_DONE],
  [EXPIRE, EXPIRED],
  [REQUEST_REFUSED, BENEATH],
  [SIZED],
  [TRIGGER],
  [SUSPEND],
  [REINSTATE],
]);
rows([PENDING_CANCEL], [[REJECT, REJECTED]]);
rows([PENDING_REPLACE], [[REPLACE_DONE, BENEATH]]);
// Late: a request that came too late is refused, a cancel crosses an expiry, a fill comes after the end of its order.
rows([FILLED, CANCELLED, EXPIRED], [
  [ACKNOWLEDGED],
  [FILL],
  [CANCEL_DONE],
  [EXPIRE],
  [REQUEST_REFUSED],
  [TRIGGER],
  [SUSPEND],
  [REINSTATE],
]);
rows([REJECTED], [[FILL], [REJECT], [REQUEST_REFUSED]]);

/** The columns of orders that their lives are in. */
export interface Lives {
  readonly id: Float64Array;
  readonly state: Uint8Array;
  /** The state beneath a request on its way. */
  readonly beneath: Uint8Array;
  readonly size: Float64Array;
  readonly filled: Float64Array;
}

/**
 * Moves the order in `slot` by `event`; `filled` and `size` are its lots after the event.
 *
 * Throws Error where the table has no row: a bug in whoever sent the event.
 */
export function live(orders: Lives, slot: number, event: number): void {
  const state = orders.state[slot];
  const filled = orders.filled[slot], size = Math.max(0, orders.size[slot]);
  if (state === PENDING_CANCEL || state === PENDING_REPLACE) {
    const { beneath } = orders;
    const next = TABLE[beneath[slot] * EVENTS + event];
    if (next !== 0 && event !== REQUEST_REFUSED) beneath[slot] = next === BY_FILLS ? byFills(filled) : next;
    orders.state[slot] = nextState(state, event, filled, size, beneath[slot]);
  } else {
    if (event === CANCEL_REQUESTED || event === REPLACE_REQUESTED) orders.beneath[slot] = state;
    orders.state[slot] = nextState(state, event, filled, size, 0);
  }
}

/** Whether an event can follow on how the order in `slot` stands: `live` throws where it cannot. */
export function canLive({ state }: Pick<Lives, "state">, slot: number, event: number): boolean {
  return TABLE[state[slot] * EVENTS + event] !== 0;
}

/**
 * The state after `event`. `filled` and `size` are the order's lots after the event, `beneath` the state beneath a request
 * on its way, as the event has left it.
 *
 * Throws Error where the table has no row: a bug in whoever sent the event.
 */
export function nextState(state: number, event: number, filled: number, size: number, beneath: number): number {
  const next = TABLE[state * EVENTS + event];
  if (next === 0) throw new Error(`Bug: ${EVENT_NAMES[event]} in state ${STATE_NAMES[state]} has no row in the table`);
  // An order of money has no size before the venue has worked it out, so nothing filled is never all.
  if (filled > 0 && filled >= size && !isFinal(next)) return FILLED;
  return next === BENEATH ? beneath : next === BY_FILLS ? byFills(filled) : next;
}

function byFills(filled: number): number {
  return filled > 0 ? PARTIALLY_FILLED : NEW;
}
