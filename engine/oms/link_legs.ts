/** What the groups of linked orders begin with: the legs that are asked for, checked. */
import { parseDuration } from "../venue/latency.ts";
import { ENTRY, EXIT, FOLLOWING, type Group, type Leg, newLeg, PEER } from "./link_group.ts";
import {
  type BracketRequest,
  checkList,
  checkLots,
  checkOrder,
  checkSide,
  type LinkOptions,
  type OtoRequest,
  type PeersRequest,
} from "./link_request.ts";
import type { OrderRequest } from "../core/strategy.ts";

/** Alternatives. Throws TypeError or RangeError as {@linkcode LinkedOrders} says; so do the others. */
export function peerLegs(kind: "oco" | "ouo", request: PeersRequest): Leg[] {
  checkOrder(`an ${kind}`, request);
  const { orders } = request;
  checkList(`an ${kind}`, orders);
  if (orders.length < 2) throw new TypeError(`Cannot link: an ${kind} has ${orders.length} orders; give two or more`);
  for (const order of orders.slice(1)) {
    checkLots(order);
    checkSide(order);
  }
  return orders.map(({ size, ...request }) => newLeg(PEER, request, size));
}

/** An entry, and what it brings. */
export function otoLegs(request: OtoRequest): Leg[] {
  checkOrder("an OTO", request);
  const { entry, orders } = request;
  checkOrder("the entry of an OTO", entry);
  checkList("an OTO", orders);
  if (orders.length === 0) {
    throw new TypeError("Cannot link: an OTO has no orders beside its entry; give one or more");
  }
  for (const order of orders) {
    checkLots(order);
    checkSide(order);
  }
  return [entryLeg(entry), ...orders.map(({ size = entry.size, ...request }) => newLeg(FOLLOWING, request, size))];
}

/** An entry, and its exits. */
export function bracketLegs(request: BracketRequest): Leg[] {
  checkOrder("a bracket", request);
  const { entry, stop, target, reduceOnly = true } = request;
  checkOrder("the entry of a bracket", entry);
  if (stop !== undefined) checkOrder("the stop of a bracket", stop);
  if (target !== undefined) checkOrder("the target of a bracket", target);
  if (!stop && !target) throw new TypeError("Cannot link: a bracket has neither stop nor target; give one or both");
  if (stop && stop.trigger === undefined) {
    throw new TypeError("Cannot link: the stop of a bracket has no trigger; give its price in ticks");
  }
  const { instrument = 0, side } = entry;
  const exit = { instrument, side: -side, reduceOnly } as const;
  const legs = [entryLeg(entry)];
  if (stop) legs.push(newLeg(EXIT, { ...exit, type: stop.price === undefined ? "stop" : "stop_limit", ...stop }, 0));
  if (target) {
    const type = target.price === undefined ? "market_if_touched" : "limit";
    legs.push(newLeg(EXIT, { ...exit, type, ...target }, 0));
  }
  return legs;
}

/** Throws TypeError or RangeError where legs and options make no group. */
export function checkGroup(legs: readonly Leg[], { tries = 3 }: LinkOptions): void {
  if (legs.some(({ request }) => request.clientId !== undefined)) {
    throw new TypeError(
      "Cannot link: an order has a clientId; an order of a group may be sent more than once, leave it out",
    );
  }
  if (!(Number.isSafeInteger(tries) && tries >= 0)) {
    throw new RangeError(`Cannot link: tries is ${tries}; give an integer from 0`);
  }
}

/** A group in which nothing has happened. Throws RangeError for a length of time that is none. */
export function newGroup(
  id: number,
  kind: Group["kind"],
  legs: Leg[],
  { tries = 3, retryAfter = "50ms", reduceOnly = true }: LinkOptions,
): Group {
  return {
    ...{ id, kind, state: "Working", code: 0, excess: 0, winner: -1 },
    ...{ tries, retryNs: parseDuration(retryAfter), reduceOnly, legs, orders: new Map() },
  };
}

function entryLeg({ size, ...request }: Omit<OrderRequest, "clientId">): Leg {
  return newLeg(ENTRY, request, size);
}
