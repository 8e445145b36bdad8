import type { OrderRequest } from "../core/strategy.ts";
import type { LinkView } from "./link_request.ts";

/** What a leg is to its group. */
export const ENTRY = 0;
/** An alternative of an OCO or OUO. */
export const PEER = 1;
/** An exit of a bracket. */
export const EXIT = 2;
/** An order that an OTO's entry brings. */
export const FOLLOWING = 3;
/** The market order that closes what a group has open. */
export const FLATTEN = 4;
/** The market order that takes back what was filled too much. */
export const UNDO = 5;

/** An order of a leg that lives. */
export interface Child {
  readonly id: number;
  /** Lots in all, price and trigger, once all that is on its way has arrived. */
  size: number;
  price: number;
  readonly trigger: number;
  /** Lots in all as the venue said last, and whether an amend is on its way. */
  told: number;
  amending: boolean;
  filled: number;
  /** Its cancel was asked for, or is to be as soon as it can: it does not count. */
  leaving: boolean;
  /** A request about it was refused: it is asked for nothing before the leg's timer. */
  stuck: boolean;
}

/** A part of a group: orders that are one to their owner. */
export interface Leg {
  readonly role: number;
  readonly instrument: number;
  readonly side: number;
  /** All but its size. */
  request: Omit<OrderRequest, "size">;
  /** Lots in all, where that is a number of its own; of an UNDO what is to be taken back. */
  size: number;
  filled: number;
  /** Ended for good by whoever owns it, or by its time in force. */
  ended: boolean;
  /** Refusals in a row. */
  refusals: number;
  /** The timer of the next try, 0 without; until then no new order is sent where it is `waiting`. */
  timer: number;
  waiting: boolean;
  readonly children: Child[];
}

/** A group of linked orders: plain data. */
export interface Group {
  readonly id: number;
  readonly kind: LinkView["kind"];
  state: LinkView["state"];
  code: number;
  excess: number;
  /** Of an OCO: the leg that traded first, -1 before. */
  winner: number;
  readonly tries: number;
  readonly retryNs: number;
  readonly reduceOnly: boolean;
  readonly legs: Leg[];
  /** Of every order: its leg. */
  readonly orders: Map<number, number>;
}

/** A leg with nothing sent. */
export function newLeg(role: number, request: Omit<OrderRequest, "size">, size: number): Leg {
  const { instrument = 0, side } = request;
  const sent = { filled: 0, ended: false, refusals: 0, timer: 0, waiting: false, children: [] };
  return { role, instrument, side, request, size, ...sent };
}

/** Lots that the legs of a role have filled. */
export function filledBy(group: Group, role: number): number {
  let lots = 0;
  for (const leg of group.legs) if (leg.role === role) lots += leg.filled;
  return lots;
}

/** Lots of the entry's that have not been closed: what a stop must be there for. Below 0 while too many were closed. */
export function openLots(group: Group): number {
  const [entry] = group.legs;
  if (entry.role !== ENTRY) return 0;
  let lots = entry.filled;
  for (const leg of group.legs) if (leg !== entry && closes(entry, leg)) lots -= leg.filled;
  for (const leg of group.legs) if (leg.role === UNDO) lots += leg.filled;
  return lots;
}

/** Whether a leg closes what the entry opens. */
export function closes(entry: Leg, leg: Leg): boolean {
  return leg.role !== UNDO && leg.instrument === entry.instrument && leg.side === -entry.side;
}

/** Lots that a leg should have open now. */
export function wanted(group: Group, leg: Leg): number {
  if (leg.ended) return 0;
  if (leg.role === UNDO) return Math.max(0, leg.size - leg.filled);
  if (leg.role === FLATTEN) return group.state === "Closing" ? Math.max(0, openLots(group)) : 0;
  if (group.state !== "Working") return 0;
  const [entry] = group.legs;
  switch (leg.role) {
    case PEER:
      if (group.kind === "ouo") return Math.max(0, leg.size - filledBy(group, PEER));
      return group.winner >= 0 && group.legs[group.winner] !== leg ? 0 : Math.max(0, leg.size - leg.filled);
    case EXIT:
      return Math.max(0, openLots(group));
    case FOLLOWING:
      return Math.max(0, share(leg.size, entry) - leg.filled);
    default:
      return Math.max(0, leg.size - leg.filled);
  }
}

/** Of `lots` that a leg just filled, and counts, those that it should not have. */
export function tooMany(group: Group, leg: Leg, lots: number): number {
  let over = 0;
  if (leg.role === PEER && group.kind === "oco") over = group.legs[group.winner] === leg ? 0 : lots;
  else if (leg.role === PEER) over = filledBy(group, PEER) - leg.size;
  else if (leg.role === EXIT || leg.role === FLATTEN) over = -openLots(group);
  // Of a group with an entry it is open again, and its exits are there for it.
  else if (leg.role === UNDO && group.legs[0].role === PEER) over = leg.filled - leg.size;
  return Math.max(0, Math.min(lots, over));
}

/**
 * Lots that the orders of a leg will have open once all that is on its way has arrived. An order that is to leave covers
 * nothing any more; but all others than exits wait until it has, as both could fill.
 */
export function openOf(leg: Leg): number {
  let lots = 0;
  for (const child of leg.children) if (!child.leaving || leg.role !== EXIT) lots += child.size - child.filled;
  return lots;
}

/** Of lots for a whole entry, those for what is filled of it, rounded down. */
function share(lots: number, entry: Leg): number {
  return entry.filled >= entry.size ? lots : Math.floor((lots * entry.filled) / entry.size);
}

/** Whether an exit is its bracket's target: it waits for a better price. */
export function isTarget({ request: { type } }: Leg): boolean {
  return type === "limit" || type === "market_if_touched" || type === "iceberg";
}

/** Whether a leg is there to trade back. */
export function takesBack({ role }: Leg): boolean {
  return role === FLATTEN || role === UNDO;
}

/** The order of a leg with an id, while it lives. */
export function childOf(leg: Leg, id: number): Child | undefined {
  for (const child of leg.children) if (child.id === id) return child;
  return undefined;
}
