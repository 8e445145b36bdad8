import type { OrderRequest } from "../core/strategy.ts";

/** An exit of a bracket: an order on the other side, as large as what the entry has filled. */
export type ExitRequest = Omit<OrderRequest, "instrument" | "side" | "size" | "quote" | "clientId">;

/** An order that an entry brings with it: its size is for an entry that is filled whole, the entry's own unless said. */
export type FollowingRequest = Omit<OrderRequest, "size" | "quote" | "clientId"> & { readonly size?: number };

/** How groups of linked orders deal with what goes wrong. */
export interface LinkOptions {
  /** How often an order that is refused or rejected is sent again before the group gives up; 3 unless said. */
  readonly tries?: number;
  /** How long after a refusal it is sent again; "50ms" unless said. */
  readonly retryAfter?: string;
  /** Whether the exits of a bracket may only reduce a position; true unless said. */
  readonly reduceOnly?: boolean;
}

/** An entry with its stop, its target, or both. */
export interface BracketRequest extends LinkOptions {
  /** What opens the position. */
  readonly entry: Omit<OrderRequest, "clientId">;
  /** A stop, or a stop-limit where there is a price, unless its type is said. */
  readonly stop?: ExitRequest;
  /** A limit order, or a market-if-touched one where there is only a trigger, unless its type is said. */
  readonly target?: ExitRequest;
}

/** An order that triggers others. */
export interface OtoRequest extends LinkOptions {
  /** What triggers the others. */
  readonly entry: Omit<OrderRequest, "clientId">;
  /** What its fills bring. */
  readonly orders: readonly FollowingRequest[];
}

/** Orders that are alternatives to each other. */
export interface PeersRequest extends Omit<LinkOptions, "reduceOnly"> {
  /** Two or more. */
  readonly orders: readonly Omit<OrderRequest, "clientId">[];
}

/** Where an order of a group is to go. */
export interface Move {
  /** Limit price in ticks. */
  readonly price?: number;
  /** Trigger price in ticks. */
  readonly trigger?: number;
}

/** What of a group is to change; what is absent stays. */
export interface LinkChange {
  /** Lots in all of the entry, or of each alternative. */
  readonly size?: number;
  /** Of the entry. */
  readonly entry?: Move;
  /** Of a bracket's stop. */
  readonly stop?: Move;
  /** Of a bracket's target. */
  readonly target?: Move;
  /** Of the orders of an OCO, OUO or OTO, by their place in the request. */
  readonly orders?: readonly (Move | undefined)[];
}

/** A group of linked orders as it stands: a copy. */
export interface LinkView {
  /** Its number, above 0. */
  readonly id: number;
  /** What it was asked for as. */
  readonly kind: "oco" | "ouo" | "oto" | "bracket";
  /**
   * Working; Closing: it takes back what its entry filled; Done: nothing of it is open; Cancelled, on request; Failed: it gave
   * up, and `code` says why.
   */
  readonly state: "Working" | "Closing" | "Done" | "Cancelled" | "Failed";
  /** Lots that the entry filled; of alternatives, what all of them filled. */
  readonly filled: number;
  /** Of a bracket: lots of those that its exits have not closed, below 0 while they have closed too many. */
  readonly open: number;
  /** Lots that were filled beyond what the group should have filled, because messages crossed; they are traded back. */
  readonly excess: number;
  /** Why an order of it was refused, rejected or ended last, a code of core/codes.ts; 0 where none was. */
  readonly code: number;
  /** Ids of all orders it sent that count, oldest first. */
  readonly orders: readonly number[];
}

/**
 * Orders that depend on each other.
 *
 * Each call returns the group's number, above 0, or a code below 0: the one with which its first order was refused, or
 * LINK_GROUPS where 1000 groups live already, those that still trade back among them. Throws TypeError for a group that lacks
 * a part or has one of the wrong kind, and for orders with a clientId: an order of a group may be sent more than once; RangeError
 * for a size of a later order, or of an amend, that is no number of whole lots.
 *
 * @example
 * ```ts
 * import { strategy } from "../core/strategy.ts";
 * export default strategy({
 *   name: "one bracket",
 *   about: "Buys at the touch, with a stop ten ticks below and a target twenty above.",
 *   create: () => ({
 *     onBook(ctx) {
 *       const { bestBid } = ctx.book();
 *       if (!Number.isFinite(bestBid) || ctx.links.view(1)) return;
 *       ctx.links.bracket({
 *         entry: { side: 1, size: 2, price: bestBid },
 *         stop: { trigger: bestBid - 10 },
 *         target: { price: bestBid + 20 },
 *       });
 *     },
 *   }),
 * });
 * ```
 */
export interface LinkedOrders {
  /** One cancels the other: as soon as one has traded, if only in part, the others are cancelled. */
  oco(request: PeersRequest): number;
  /** One updates the other: what one has filled, the others have less. */
  ouo(request: PeersRequest): number;
  /** One triggers the other: what the entry fills brings the others in proportion, each for itself. */
  oto(request: OtoRequest): number;
  /** An entry, with a stop and a target for all that it has filled; what one of these fills, the other has less. */
  bracket(request: BracketRequest): number;
  /** Cancels all orders of a group; what it has filled stays, and is no more protected. False where there is nothing to cancel. */
  cancel(group: number): boolean;
  /** Cancels all orders of a group with an entry, and trades what that has filled back at the market. False where nothing is left to do. */
  close(group: number): boolean;
  /**
   * Changes a group that works; false where it does not, and for a price that is no whole number of ticks: then nothing of it
   * is changed, and the group's `code` is PRICE_GRID. What is on its way already is changed as soon as it
   * can be.
   */
  amend(group: number, change: LinkChange): boolean;
  /** A group as it stands; undefined where it is not known any more: the last 256 that ended are. */
  view(group: number): LinkView | undefined;
  /** The number of the group that sent an order; 0 where none did that is known. */
  groupOf(order: number): number;
}

/** Throws TypeError where a part of a group, `what`, is no object, or a price of it no number. */
export function checkOrder(what: string, order: unknown): void {
  if (typeof order !== "object" || order === null) {
    throw new TypeError(
      `Cannot link: ${what} is ${shown(order)}; give it as an object, as { side: BUY, size: 1, price: 100 }`,
    );
  }
  for (const name of ["price", "trigger"] as const) {
    const value = (order as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || typeof value === "number") continue;
    throw new TypeError(`Cannot link: the ${name} of ${what} is ${shown(value)}; give a number, of ticks`);
  }
}

/** Throws TypeError where the orders of `what` are no list of orders. */
export function checkList(what: string, orders: unknown): void {
  if (!Array.isArray(orders)) {
    throw new TypeError(`Cannot link: the orders of ${what} are ${shown(orders)}; give a list of orders`);
  }
  for (const order of orders) checkOrder(`an order of ${what}`, order);
}

/** Throws TypeError for the side of a later order: it would come out when others have gone. */
export function checkSide({ side }: { readonly side: number }): void {
  if (side !== 1 && side !== -1) throw new TypeError(`Cannot link: side is ${shown(side)}; it is BUY (1) or SELL (-1)`);
}

/** Throws TypeError for a change of the wrong kind, RangeError for a size that is no number of lots. */
export function checkChange(change: LinkChange): void {
  checkOrder("the change", change);
  const { entry, stop, target, orders } = change;
  for (const [name, move] of Object.entries({ entry, stop, target })) if (move !== undefined) checkOrder(name, move);
  if (orders !== undefined) {
    checkList(
      "the change",
      Array.isArray(orders) ? orders.filter((move) => move !== undefined) : orders,
    );
  }
  checkLots(change);
}

/** Whether all prices of a change are whole numbers of ticks. */
export function onGrid({ entry, stop, target, orders = [] }: LinkChange): boolean {
  return [entry, stop, target, ...orders].every((move) =>
    [move?.price, move?.trigger].every((price) => price === undefined || Number.isSafeInteger(price))
  );
}

/**
 * Throws RangeError for a size that is no number of lots: a group would wait for it for ever. A group's first order is judged
 * by risk at once, and one of money has its size from the venue.
 */
export function checkLots({ size, quote }: { readonly size?: number; readonly quote?: number }): void {
  if (size === undefined || quote !== undefined || (Number.isSafeInteger(size) && size > 0)) return;
  throw new RangeError(`Cannot link: size is ${size}; give whole lots, 1 or more`);
}

/** A value of any kind in a message. */
function shown(value: unknown): string {
  return typeof value === "string"
    ? JSON.stringify(value)
    : typeof value === "object" && value !== null
    ? "an object"
    : String(value);
}
