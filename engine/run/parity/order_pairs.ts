import type { OrderTerms, TrailFill, TrailOrder } from "./order_trail.ts";

/** Orders of two sessions, as far as they are the same ones. */
export interface OrderPairs {
  readonly pairs: readonly (readonly [was: TrailOrder, now: TrailOrder])[];
  readonly onlyWas: readonly TrailOrder[];
  readonly onlyNow: readonly TrailOrder[];
}

/** How far apart in time two orders of the same terms may have been sent, to be taken for one: a second. */
const APART_NS = 1_000_000_000n;

/**
 * Pairs the orders of two sessions: by instrument, side, price and size, and by when they were sent.
 *
 * - Those that were sent at the same moment are paired first: of several alike, the first with the first.
 * - Of the others, those of the same terms within a second, in order of time. So an order that one session alone has shifts none of
 *   those behind it.
 * - Type and time in force are not told apart: a journal's records do not have them. An order without a price has the price 0.
 *
 * Costs: sorting; memory for both lists.
 */
export function pairOrders(was: readonly TrailOrder[], now: readonly TrailOrder[]): OrderPairs {
  const pairs: (readonly [TrailOrder, TrailOrder])[] = [];
  const waiting = new Map<string, TrailOrder[]>();
  for (const order of now) listIn(waiting, `${order.sent} ${terms(order)}`).push(order);
  for (const list of waiting.values()) list.reverse();
  const leftWas = new Map<string, TrailOrder[]>(), leftNow = new Map<string, TrailOrder[]>();
  for (const order of was) {
    const other = waiting.get(`${order.sent} ${terms(order)}`)?.pop();
    if (other) pairs.push([order, other]);
    else listIn(leftWas, terms(order)).push(order);
  }
  for (const list of waiting.values()) for (const order of list) listIn(leftNow, terms(order)).push(order);
  const onlyWas: TrailOrder[] = [], onlyNow: TrailOrder[] = [];
  for (const [key, mine] of leftWas) {
    near(mine, leftNow.get(key) ?? [], pairs, { onlyWas, onlyNow });
    leftNow.delete(key);
  }
  for (const others of leftNow.values()) onlyNow.push(...others);
  return { pairs: pairs.sort(([a], [b]) => bySending(a, b)), onlyWas: sorted(onlyWas), onlyNow: sorted(onlyNow) };
}

/** How many fills two sessions share: of orders that both have, at the same price and of as many lots; whenever they were heard of. */
export function sharedFills({ pairs }: OrderPairs): number {
  let both = 0;
  for (const [{ fills: a }, { fills: b }] of pairs) {
    const left = b.map(pieces);
    for (const fill of a) {
      const at = left.indexOf(pieces(fill));
      if (at < 0) continue;
      left.splice(at, 1);
      both++;
    }
  }
  return both;
}

/** Whether two orders were filled and ended alike, whenever that was heard of: as many fills, of the same prices and lots. */
export function wentAlike({ fills: a, end: was }: TrailOrder, { fills: b, end: now }: TrailOrder): boolean {
  return was?.state === now?.state && a.length === b.length && a.every((fill, i) => pieces(fill) === pieces(b[i]));
}

/** Pairs what is near in time, of two lists of orders of the same terms. */
function near(
  was: readonly TrailOrder[],
  now: readonly TrailOrder[],
  pairs: (readonly [TrailOrder, TrailOrder])[],
  left: { readonly onlyWas: TrailOrder[]; readonly onlyNow: TrailOrder[] },
): void {
  const mine = sorted(was), others = sorted(now);
  let i = 0, k = 0;
  while (i < mine.length && k < others.length) {
    const apart = others[k].sent - mine[i].sent;
    if (apart > APART_NS) left.onlyWas.push(mine[i++]);
    else if (apart < -APART_NS) left.onlyNow.push(others[k++]);
    else pairs.push([mine[i++], others[k++]]);
  }
  left.onlyWas.push(...mine.slice(i));
  left.onlyNow.push(...others.slice(k));
}

/** What an order asked for, as a key. */
export function terms({ instrument, side, price, lots }: OrderTerms): string {
  return `${instrument} ${side} ${price} ${lots}`;
}

function pieces({ price, lots }: TrailFill): string {
  return `${price} ${lots}`;
}

function bySending(a: TrailOrder, b: TrailOrder): number {
  return a.sent < b.sent ? -1 : a.sent > b.sent ? 1 : a.id - b.id;
}

function sorted(orders: readonly TrailOrder[]): TrailOrder[] {
  return orders.toSorted(bySending);
}

function listIn<T>(lists: Map<string, T[]>, key: string): T[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, list = []);
  return list;
}
