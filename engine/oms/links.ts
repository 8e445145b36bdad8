import { Code } from "../core/codes.ts";
import type { Core } from "../core/core.ts";
import { loadValue, saveValue } from "../core/plain_state.ts";
import type { Service, Services } from "../core/services.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import type { OrderRequest } from "../core/strategy.ts";
import { parseDuration } from "../venue/latency.ts";
import { LinkDesk } from "./link_desk.ts";
import {
  type Child,
  closes,
  ENTRY,
  EXIT,
  filledBy,
  FLATTEN,
  FOLLOWING,
  type Group,
  isTarget,
  type Leg,
  newLeg,
  openLots,
  openOf,
  PEER,
  tooMany,
  UNDO,
  wanted,
} from "./link_group.ts";
import {
  type BracketRequest,
  checkLots,
  type LinkChange,
  type LinkedOrders,
  type LinkOptions,
  type LinkView,
  type Move,
  type OtoRequest,
  type PeersRequest,
} from "./link_request.ts";
import { ACKNOWLEDGED, FILL, isFinal, REPLACE_DONE, REQUEST_REFUSED, SIZED } from "./order_life.ts";
import type { OrderTable } from "./order_table.ts";

/** Groups that have ended and are remembered: for their view, and for fills that come late. */
const ENDED_MAX = 256;
/** What a group takes back it tries to for as long as it can be tried, this long after a refusal. */
const AGAIN_NS = 1e9;

/**
 * Linked orders: OCO, OUO, OTO and brackets.
 *
 * - Everything is decided here, when we hear of a fill: orders travel and wait like any others, and no venue is asked to
 *   link them. So it is the same on bars, levels and single orders, and with any latency.
 * - Exits are sized by what the entry has filled, as we hear of it, and go out in the same moment: a position is without its
 *   stop for at most one order latency. Where an exit cannot be amended, because a request of its own is on its way, another
 *   one for the difference goes out.
 * - What one exit fills the other has less; so do the alternatives of an OUO. The first of an OCO to trade, if only in part,
 *   cancels the others.
 * - Until the venue has heard of it, both may fill. The exits of a bracket are reduce-only, so that the venue itself holds
 *   them to the position. What is filled too much all the same is counted as `excess`, and goes back by a market order at once.
 * - Reduce-only looks at the whole position: where other orders hold one of the other side, exits are refused, and the group
 *   closes. Say `reduceOnly: false` there.
 * - An order that is refused or rejected, or that ends by itself with lots it should have filled, is sent again after
 *   `retryAfter`, `tries` times; then the group gives up: a bracket, or an OTO whose orders close what its entry opened,
 *   cancels the others and trades what is open back at the market (Closing), again each second for as long as it is refused
 *   for now. Another group cancels what it has (Failed).
 * - An order of a group that is cancelled by someone else, or whose own time is up, ends for good: that was meant.
 * - A split, and the end of an instrument, end the group (Failed).
 *
 * | call | cost |
 * |---|---|
 * | an event of an order | one look-up; of a linked one the legs of its group and their live orders |
 * | memory | the groups that live, and the last 256 that ended |
 */
export class Links implements Service, LinkedOrders {
  /** What a snapshot finds it by. */
  readonly name = "links";
  readonly #orders: OrderTable;
  readonly #services: Services;
  readonly #desk: LinkDesk;
  readonly #groups = new Map<number, Group>();
  /** Of every order: its group. */
  readonly #byOrder = new Map<number, Group>();
  /** By timer: the group and the place of its leg. */
  readonly #timers = new Map<number, readonly [group: number, leg: number]>();
  /** Numbers of the groups that have ended, the oldest first. */
  readonly #ended = new Set<number>();
  #last = 0;

  /** `submit` sends an order as the strategy does. */
  constructor({ orders, flow }: Core, submit: (request: OrderRequest) => number, services: Services) {
    this.#orders = orders;
    this.#services = services;
    this.#desk = new LinkDesk(orders, flow, submit);
    services.add(this);
  }

  oco(request: PeersRequest): number {
    return this.#peers("oco", request);
  }

  ouo(request: PeersRequest): number {
    return this.#peers("ouo", request);
  }

  oto({ entry, orders, ...options }: OtoRequest): number {
    if (orders.length === 0) {
      throw new TypeError("Cannot link: an OTO has no orders beside its entry; give one or more");
    }
    orders.forEach(checkLots);
    const legs = orders.map(({ size = entry.size, ...request }) => newLeg(FOLLOWING, request, size));
    return this.#open("oto", [entryLeg(entry), ...legs], options);
  }

  bracket({ entry, stop, target, ...options }: BracketRequest): number {
    if (!stop && !target) throw new TypeError("Cannot link: a bracket has neither stop nor target; give one or both");
    if (stop && stop.trigger === undefined) {
      throw new TypeError("Cannot link: the stop of a bracket has no trigger; give its price in ticks");
    }
    const { instrument = 0, side } = entry, { reduceOnly = true } = options;
    const exit = { instrument, side: -side, reduceOnly } as const;
    const legs = [entryLeg(entry)];
    if (stop) legs.push(newLeg(EXIT, { ...exit, type: stop.price === undefined ? "stop" : "stop_limit", ...stop }, 0));
    if (target) {
      const type = target.price === undefined ? "market_if_touched" : "limit";
      legs.push(newLeg(EXIT, { ...exit, type, ...target }, 0));
    }
    return this.#open("bracket", legs, options);
  }

  cancel(id: number): boolean {
    const group = this.#groups.get(id);
    if (!group || group.state !== "Working" || this.#over(group)) return false;
    group.state = "Cancelled";
    this.#settle(group);
    return true;
  }

  close(id: number): boolean {
    const group = this.#groups.get(id);
    if (!group || group.legs[0].role !== ENTRY || group.state === "Closing") return false;
    if (this.#over(group) && openLots(group) <= 0) return false;
    this.#close(group);
    this.#settle(group);
    return true;
  }

  amend(id: number, change: LinkChange): boolean {
    checkLots(change);
    const group = this.#groups.get(id);
    if (!group || group.state !== "Working" || this.#over(group)) return false;
    const { legs } = group, [first] = legs;
    const moves = legs.map((leg, i) => moveOf(change, leg, first.role === ENTRY ? i - 1 : i));
    legs.forEach((leg, i) => {
      const { size } = change, move = moves[i];
      if (move) leg.request = { ...leg.request, ...move };
      if (size !== undefined && leg.role === FOLLOWING) leg.size = leg.size === first.size ? size : leg.size;
      if (size !== undefined && leg.role === PEER) leg.size = size;
    });
    if (change.size !== undefined && first.role === ENTRY) first.size = change.size;
    this.#settle(group);
    return legs.every(({ request }, i) => {
      const move = moves[i];
      return !move ||
        (request.price === (move.price ?? request.price) && request.trigger === (move.trigger ?? request.trigger));
    });
  }

  view(id: number): LinkView | undefined {
    const group = this.#groups.get(id);
    if (!group) return undefined;
    const { kind, code, excess } = group, [first] = group.legs;
    const state = group.state === "Working" && this.#over(group) ? "Done" : group.state;
    return {
      id,
      kind,
      state: state === "Closing" && this.#over(group) ? "Done" : state,
      filled: first.role === ENTRY ? first.filled : filledBy(group, PEER),
      open: kind === "bracket" ? openLots(group) : 0,
      excess,
      code,
      orders: [...group.orders.keys()],
    };
  }

  fill(slot: number, _price: number, lots: number): void {
    const orders = this.#orders, id = orders.id[slot];
    const group = this.#byOrder.get(id);
    if (!group) return;
    const leg = group.legs[group.orders.get(id)!];
    leg.filled += lots;
    leg.refusals = 0;
    // What was nothing to take back may be something again.
    if (leg.role === ENTRY) { for (const each of group.legs) if (each.role === FLATTEN) each.ended = false; }
    if (group.winner < 0) group.winner = group.legs.indexOf(leg);
    const child = this.#child(leg, id);
    if (child) child.filled += lots;
    if (child && isFinal(orders.state[slot])) this.#drop(leg, child);
    const over = tooMany(group, leg, lots);
    if (over > 0) this.#undo(group, leg, over);
    this.#settle(group);
  }

  order(slot: number, event: number, code: number): void {
    if (event === FILL) return;
    const orders = this.#orders, id = orders.id[slot];
    const group = this.#byOrder.get(id);
    if (!group) return;
    const leg = group.legs[group.orders.get(id)!], child = this.#child(leg, id);
    if (!child) return;
    if (isFinal(orders.state[slot])) {
      this.#drop(leg, child);
      // An amend to no more than what has traded by then ends an order, too: that was not meant by anybody.
      if (!child.leaving && !(child.amending && code === 0)) this.#lost(group, leg, code as Code | 0);
    } else if (event === ACKNOWLEDGED) leg.refusals = 0;
    else if (event === SIZED) {
      // An order of money now has its lots; one of ours that met another has fewer.
      if (leg.role === ENTRY || leg.role === PEER) leg.size += orders.size[slot] - child.told;
      if (!child.amending) child.size = orders.size[slot];
      child.told = orders.size[slot];
    } else if (event === REPLACE_DONE) {
      child.size = child.told = orders.size[slot];
      child.price = orders.price[slot];
      child.amending = false;
    } else if (event === REQUEST_REFUSED) this.#stuck(group, leg, child, slot);
    this.#settle(group);
  }

  timer(number: number): void {
    const [id, place] = this.#timers.get(number)!;
    this.#timers.delete(number);
    const group = this.#groups.get(id);
    if (!group) return;
    const leg = group.legs[place];
    leg.timer = 0;
    leg.waiting = false;
    for (const child of leg.children) child.stuck = false;
    this.#settle(group);
  }

  save(to: StateWriter): void {
    to.number(this.#last);
    saveValue(to, [...this.#groups.values()], "linked orders");
    saveValue(to, this.#timers, "timers of linked orders");
    saveValue(to, this.#ended, "ended groups");
  }

  load(from: StateReader): void {
    this.#last = from.number();
    for (const group of loadValue(from) as Group[]) {
      this.#groups.set(group.id, group);
      for (const id of group.orders.keys()) this.#byOrder.set(id, group);
    }
    for (const [number, at] of loadValue(from) as Map<number, readonly [number, number]>) this.#timers.set(number, at);
    for (const id of loadValue(from) as Set<number>) this.#ended.add(id);
  }

  #peers(kind: "oco" | "ouo", { orders, ...options }: PeersRequest): number {
    if (orders.length < 2) throw new TypeError(`Cannot link: an ${kind} has ${orders.length} orders; give two or more`);
    orders.slice(1).forEach(checkLots);
    return this.#open(kind, orders.map(({ size, ...request }) => newLeg(PEER, request, size)), options);
  }

  /** Opens a group; where its first order is refused there is none, and where another is, it is tried again. */
  #open(kind: Group["kind"], legs: Leg[], { tries = 3, retryAfter = "50ms", reduceOnly = true }: LinkOptions): number {
    if (legs.some(({ request }) => request.clientId !== undefined)) {
      throw new TypeError(
        "Cannot link: an order has a clientId; an order of a group may be sent more than once, leave it out",
      );
    }
    if (!(Number.isSafeInteger(tries) && tries >= 0)) {
      throw new RangeError(`Cannot link: tries is ${tries}; give an integer from 0`);
    }
    const group: Group = {
      ...{ id: this.#last + 1, kind, state: "Working", code: 0, excess: 0, winner: -1 },
      ...{ tries, retryNs: parseDuration(retryAfter), reduceOnly, legs, orders: new Map() },
    };
    const code = this.#desk.open(group, legs[0]);
    if (code !== 0) return -code;
    this.#last++;
    this.#groups.set(group.id, group);
    this.#settle(group);
    return group.id;
  }

  /** Brings every leg to what it should have; again where one could not, and the group has given up for it. */
  #settle(group: Group): void {
    const { legs, state } = group;
    for (let i = 0; i < legs.length; i++) {
      const code = this.#desk.settle(group, legs[i]);
      if (code !== 0) this.#refused(group, legs[i], code);
      else if (legs[i].children.some(({ stuck }) => stuck)) this.#wait(group, legs[i], group.retryNs, false);
    }
    for (const id of group.orders.keys()) if (!this.#byOrder.has(id)) this.#byOrder.set(id, group);
    if (group.state !== state) return this.#settle(group);
    if (this.#over(group)) this.#remember(group);
    else this.#ended.delete(group.id);
  }

  /** Nothing of it is open, on its way or to come. */
  #over(group: Group): boolean {
    return group.legs.every((leg) => leg.children.length === 0 && leg.timer === 0 && wanted(group, leg) === 0);
  }

  #remember(group: Group): void {
    this.#ended.add(group.id);
    if (this.#ended.size <= ENDED_MAX) return;
    const oldest = this.#ended.values().next().value as number;
    for (const id of this.#groups.get(oldest)!.orders.keys()) this.#byOrder.delete(id);
    this.#groups.delete(oldest);
    this.#ended.delete(oldest);
  }

  /** An order ended that should not have, by `code`. */
  #lost(group: Group, leg: Leg, code: Code | 0): void {
    if (code !== 0) group.code = code;
    const { tif } = leg.request;
    const meant = code === 0 || code === Code.TIME_UP || tif === "ioc" || tif === "fok";
    if (meant || leg.role === ENTRY) leg.ended = true;
    else if (code === Code.DELISTED || code === Code.CORPORATE_ACTION) group.state = "Failed";
    else if (wanted(group, leg) > openOf(leg)) this.#refused(group, leg, code);
    // An entry that never filled leaves nothing to wait for.
    const [entry] = group.legs;
    if (leg === entry && leg.role === ENTRY && entry.filled === 0 && group.state === "Working") {
      group.state = meant ? "Cancelled" : "Failed";
    }
  }

  /** An order was refused here or rejected there: it is tried again, or the group gives up. */
  #refused(group: Group, leg: Leg, code: Code): void {
    group.code = code;
    leg.refusals++;
    if (leg.role === FLATTEN || leg.role === UNDO) {
      // With nothing left to reduce there is nothing to take back; and who is closed to orders for good need not try.
      const nothing = leg.role === FLATTEN && code === Code.NOT_REDUCING;
      const never = nothing || (code >= 1200 && code < 1300) || (code >= 2200 && code < 2300);
      if (!never) return this.#wait(group, leg, AGAIN_NS, true);
      leg.ended = true;
      if (!nothing) group.state = "Failed";
    } else if (leg.refusals <= group.tries) this.#wait(group, leg, group.retryNs, true);
    else if (group.legs[0].role === ENTRY && group.legs.some((each) => closes(group.legs[0], each))) this.#close(group);
    else group.state = "Failed";
  }

  /** A cancel or amend was refused by the venue: the order is as it was, and asked again later. */
  #stuck(group: Group, leg: Leg, child: Child, slot: number): void {
    const orders = this.#orders;
    child.size = child.told = orders.size[slot];
    child.price = orders.price[slot];
    child.stuck = true;
    child.amending = false;
    if (++leg.refusals > group.tries) leg.request = { ...leg.request, price: leg.request.price && child.price };
    this.#wait(group, leg, group.retryNs, false);
  }

  #wait(group: Group, leg: Leg, ns: number, waiting: boolean): void {
    leg.waiting ||= waiting;
    if (leg.timer !== 0) return;
    leg.timer = this.#services.after(this, ns);
    this.#timers.set(leg.timer, [group.id, group.legs.indexOf(leg)]);
  }

  /** From now on the group wants nothing but to trade back what it has open. */
  #close(group: Group): void {
    const [{ instrument, side }] = group.legs;
    group.state = "Closing";
    if (group.legs.some((leg) => leg.role === FLATTEN)) return;
    const { reduceOnly } = group;
    group.legs.push(newLeg(FLATTEN, { instrument, side: -side, type: "market", reduceOnly }, 0));
  }

  /** What was filled too much is taken back by a market order the other way. */
  #undo(group: Group, { instrument, role, side }: Leg, lots: number): void {
    if (role !== UNDO) group.excess += lots;
    const before = group.legs.find((leg) => leg.role === UNDO && leg.instrument === instrument && leg.side === -side);
    if (before) before.size += lots;
    else group.legs.push(newLeg(UNDO, { instrument, side: -side, type: "market" }, lots));
  }

  #child(leg: Leg, id: number): Child | undefined {
    for (const child of leg.children) if (child.id === id) return child;
    return undefined;
  }

  #drop(leg: Leg, child: Child): void {
    leg.children.splice(leg.children.indexOf(child), 1);
  }
}

function entryLeg({ size, ...request }: OrderRequest): Leg {
  return newLeg(ENTRY, request, size);
}

/** What of a change is about a leg, which is at `place` among the orders of its group. */
function moveOf(change: LinkChange, leg: Leg, place: number): Move | undefined {
  if (leg.role === ENTRY) return change.entry;
  if (leg.role === EXIT) return isTarget(leg) ? change.target : change.stop;
  return leg.role === PEER || leg.role === FOLLOWING ? change.orders?.[place] : undefined;
}
