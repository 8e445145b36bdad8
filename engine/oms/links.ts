// Over 400 lines because a group is opened, heard of, brought to what it should have, and forgotten in one place.
import { Code } from "../core/codes.ts";
import type { Core } from "../core/core.ts";
import { loadValue, saveValue } from "../core/plain_state.ts";
import type { Service, Services } from "../core/services.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import type { OrderRequest } from "../core/strategy.ts";
import type { Risk } from "../risk/risk.ts";
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
  checkChange,
  checkList,
  checkLots,
  checkOrder,
  checkSide,
  type LinkChange,
  type LinkedOrders,
  type LinkOptions,
  type LinkView,
  type Move,
  onGrid,
  type OtoRequest,
  type PeersRequest,
} from "./link_request.ts";
import { ALONE, type LegPlace, lineOf, LinkRetries } from "./link_retries.ts";
import { ACKNOWLEDGED, FILL, isFinal, REPLACE_DONE, REQUEST_REFUSED, SIZED } from "./order_life.ts";
import type { OrderTable } from "./order_table.ts";

/** Groups that have ended and are remembered: for their view, and for fills that come late. */
const ENDED_MAX = 256;
/** Groups that live at once. */
const LIVE_MAX = 1000;
/** Orders of one group that are remembered; of more, those go that it sent to trade back, the oldest first. */
const ORDERS_MAX = 256;
/** What a group takes back it tries to for as long as it can be tried; passes over all that wait are this far apart. */
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
 * - Groups that wait to trade back share one timer. Where the refusal concerns everybody, as when the book is empty, one of
 *   an instrument and side tries for all, and the others follow once it has traded.
 * - At most 1000 groups live at once, those that are Closing among them; another one is refused as LINK_GROUPS, and nothing
 *   of it is sent. It can be opened once one has ended.
 * - An order of a group that is cancelled by someone else, or whose own time is up, ends for good: that was meant.
 * - A split, and the end of an instrument, end the group (Failed).
 *
 * | call | cost |
 * |---|---|
 * | an event of an order | one look-up; of a linked one the legs of its group and their live orders |
 * | a second in which groups wait to trade back | one order for each instrument and side, where it is refused to everybody |
 * | memory | the groups that live, 1000 at most, and the last 256 that ended; 256 orders traded back of each |
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
  /** By timer: whose it is. */
  readonly #timers = new Map<number, LegPlace>();
  /** Numbers of the groups that have ended, the oldest first. */
  readonly #ended = new Set<number>();
  /** Legs that wait for the next pass, and its timer, 0 without. */
  #retries = new LinkRetries();
  #pass = 0;
  /** Lines of which a leg has traded all it wanted, so that others may. */
  #moving: number[] = [];
  readonly #risk: Risk;
  #last = 0;

  /** `submit` sends an order as the strategy does. */
  constructor({ orders, flow, risk }: Core, submit: (request: OrderRequest) => number, services: Services) {
    this.#orders = orders;
    this.#risk = risk;
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

  oto(request: OtoRequest): number {
    checkOrder("an OTO", request);
    const { entry, orders, ...options } = request;
    checkOrder("the entry of an OTO", entry);
    checkList("an OTO", orders);
    if (orders.length === 0) {
      throw new TypeError("Cannot link: an OTO has no orders beside its entry; give one or more");
    }
    for (const order of orders) {
      checkLots(order);
      checkSide(order);
    }
    const legs = orders.map(({ size = entry.size, ...request }) => newLeg(FOLLOWING, request, size));
    return this.#open("oto", [entryLeg(entry), ...legs], options);
  }

  bracket(request: BracketRequest): number {
    checkOrder("a bracket", request);
    const { entry, stop, target, ...options } = request;
    checkOrder("the entry of a bracket", entry);
    if (stop !== undefined) checkOrder("the stop of a bracket", stop);
    if (target !== undefined) checkOrder("the target of a bracket", target);
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
    checkChange(change);
    const group = this.#groups.get(id);
    if (!group || group.state !== "Working" || this.#over(group)) return false;
    if (!onGrid(change)) {
      group.code = Code.PRICE_GRID;
      this.#risk.refusedBefore(Code.PRICE_GRID, group.legs[0].instrument, "links");
      return false;
    }
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

  groupOf(order: number): number {
    return this.#byOrder.get(order)?.id ?? 0;
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
    if (takesBack(leg) && wanted(group, leg) === 0) this.#moving.push(lineOf(leg));
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
    if (number === this.#pass) {
      this.#pass = 0;
      for (const place of this.#retries.due()) this.#again(place);
      this.#follow();
      // Who was not tried waits on.
      if (!this.#retries.empty) this.#setPass();
      return;
    }
    const place = this.#timers.get(number)!;
    this.#timers.delete(number);
    this.#again(place);
    this.#follow();
  }

  /** A leg has waited long enough. */
  #again([id, place]: LegPlace): void {
    const group = this.#groups.get(id);
    if (!group) return;
    const leg = group.legs[place];
    leg.timer = 0;
    leg.waiting = false;
    for (const child of leg.children) child.stuck = false;
    this.#bring(group);
  }

  /** Where one has traded back all it wanted, two more of its line try: many are through in a few rounds. */
  #follow(): void {
    for (let line = this.#moving.pop(); line !== undefined; line = this.#moving.pop()) {
      for (const place of this.#retries.next(line, 2)) this.#again(place);
    }
  }

  #setPass(): void {
    if (this.#pass === 0) this.#pass = this.#services.after(this, AGAIN_NS);
  }

  save(to: StateWriter): void {
    to.number(this.#last);
    saveValue(to, [...this.#groups.values()], "linked orders");
    saveValue(to, this.#timers, "timers of linked orders");
    saveValue(to, this.#ended, "ended groups");
    to.number(this.#pass);
    saveValue(to, this.#retries.state, "linked orders that wait");
  }

  load(from: StateReader): void {
    this.#last = from.number();
    for (const group of loadValue(from) as Group[]) {
      this.#groups.set(group.id, group);
      for (const id of group.orders.keys()) this.#byOrder.set(id, group);
    }
    for (const [number, at] of loadValue(from) as Map<number, LegPlace>) this.#timers.set(number, at);
    for (const id of loadValue(from) as Set<number>) this.#ended.add(id);
    this.#pass = from.number();
    this.#retries = new LinkRetries(loadValue(from) as Map<number, Map<string, LegPlace>>);
  }

  #peers(kind: "oco" | "ouo", request: PeersRequest): number {
    checkOrder(`an ${kind}`, request);
    const { orders, ...options } = request;
    checkList(`an ${kind}`, orders);
    if (orders.length < 2) throw new TypeError(`Cannot link: an ${kind} has ${orders.length} orders; give two or more`);
    for (const order of orders.slice(1)) {
      checkLots(order);
      checkSide(order);
    }
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
    if (this.#groups.size - this.#ended.size >= LIVE_MAX) {
      this.#risk.refusedBefore(Code.LINK_GROUPS, legs[0].instrument, "links");
      return -Code.LINK_GROUPS;
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

  #settle(group: Group): void {
    this.#bring(group);
    this.#follow();
  }

  /** Brings every leg to what it should have; again where one could not, and the group has given up for it. */
  #bring(group: Group): void {
    const { legs, state } = group;
    for (let i = 0; i < legs.length; i++) {
      const code = this.#desk.settle(group, legs[i]);
      if (code !== 0) this.#refused(group, legs[i], code);
      else if (legs[i].children.some(({ stuck }) => stuck)) this.#wait(group, legs[i], group.retryNs, false);
    }
    for (const id of group.orders.keys()) if (!this.#byOrder.has(id)) this.#byOrder.set(id, group);
    if (group.state !== state) return this.#bring(group);
    for (let i = 0; i < legs.length; i++) if (takesBack(legs[i])) this.#leave(group, i);
    if (group.orders.size > ORDERS_MAX) this.#forget(group);
    if (this.#over(group)) this.#remember(group);
    else this.#ended.delete(group.id);
  }

  /** Nothing of it is open, on its way or to come. */
  #over(group: Group): boolean {
    return group.legs.every((leg) => leg.children.length === 0 && leg.timer === 0 && wanted(group, leg) === 0);
  }

  /** Who waits for what is not wanted any more does not. */
  #leave(group: Group, place: number): void {
    const leg = group.legs[place];
    if (leg.timer === 0 || leg.children.length > 0 || wanted(group, leg) > 0) return;
    if (!this.#retries.remove(lineOf(leg), [group.id, place])) return;
    leg.timer = 0;
    leg.waiting = false;
  }

  /** A group that tries for long to trade back sends an order each time: those that ended are forgotten, the oldest first. */
  #forget(group: Group): void {
    for (const [id, place] of group.orders) {
      if (group.orders.size <= ORDERS_MAX) return;
      if (!takesBack(group.legs[place]) || this.#child(group.legs[place], id)) continue;
      group.orders.delete(id);
      this.#byOrder.delete(id);
    }
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
    if (takesBack(leg)) {
      // With nothing left to reduce there is nothing to take back; and who is closed to orders for good need not try.
      const nothing = leg.role === FLATTEN && code === Code.NOT_REDUCING;
      const never = nothing || (code >= 1200 && code < 1300) || (code >= 2200 && code < 2300);
      if (!never) return this.#queue(group, leg, code);
      leg.ended = true;
      this.#moving.push(lineOf(leg));
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

  /** A leg that is to trade back waits for the next pass: in line where the refusal concerns everybody. */
  #queue(group: Group, leg: Leg, code: Code): void {
    leg.waiting = true;
    if (leg.timer !== 0) return;
    const shared = Math.floor(code / 100) % 10 === 0 && leg.children.length === 0;
    this.#retries.add(shared ? lineOf(leg) : ALONE, [group.id, group.legs.indexOf(leg)]);
    this.#setPass();
    leg.timer = this.#pass;
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

/** Whether a leg is there to trade back. */
function takesBack({ role }: Leg): boolean {
  return role === FLATTEN || role === UNDO;
}

/** What of a change is about a leg, which is at `place` among the orders of its group. */
function moveOf(change: LinkChange, leg: Leg, place: number): Move | undefined {
  if (leg.role === ENTRY) return change.entry;
  if (leg.role === EXIT) return isTarget(leg) ? change.target : change.stop;
  return leg.role === PEER || leg.role === FOLLOWING ? change.orders?.[place] : undefined;
}
