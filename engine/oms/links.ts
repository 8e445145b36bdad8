import { Code } from "../core/codes.ts";
import type { Core } from "../core/core.ts";
import { loadValue, saveValue } from "../core/plain_state.ts";
import type { Service, Services } from "../core/services.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import type { OrderRequest } from "../core/strategy.ts";
import type { Risk } from "../risk/risk.ts";
import { askedOf } from "./link_change.ts";
import { LinkDesk } from "./link_desk.ts";
import {
  type Child,
  childOf,
  closes,
  ENTRY,
  FLATTEN,
  type Group,
  type Leg,
  newLeg,
  openLots,
  openOf,
  PEER,
  takesBack,
  tooMany,
  UNDO,
  wanted,
} from "./link_group.ts";
import { LinkGroups } from "./link_groups.ts";
import { bracketLegs, checkGroup, newGroup, otoLegs, peerLegs } from "./link_legs.ts";
import {
  type BracketRequest,
  checkChange,
  type LinkChange,
  type LinkedOrders,
  type LinkOptions,
  type LinkView,
  onGrid,
  type OtoRequest,
  type PeersRequest,
} from "./link_request.ts";
import { ALONE, type LegPlace, lineOf, LinkRetries } from "./link_retries.ts";
import { viewOf } from "./link_view.ts";
import { ACKNOWLEDGED, FILL, isFinal, REPLACE_DONE, REQUEST_REFUSED, SIZED } from "./order_life.ts";
import type { OrderTable } from "./order_table.ts";

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
  readonly #groups = new LinkGroups();
  /** By timer: whose it is. */
  readonly #timers = new Map<number, LegPlace>();
  /** Legs that wait for the next pass, and its timer, 0 without. */
  #retries = new LinkRetries();
  #pass = 0;
  /** Lines of which a leg has traded all it wanted, so that others may. */
  #moving: number[] = [];
  readonly #risk: Risk;

  /** `submit` sends an order as the strategy does. */
  constructor({ orders, flow, risk }: Core, submit: (request: OrderRequest) => number, services: Services) {
    this.#orders = orders;
    this.#risk = risk;
    this.#services = services;
    this.#desk = new LinkDesk(orders, flow, submit);
    services.add(this);
  }

  oco(request: PeersRequest): number {
    return this.#open("oco", peerLegs("oco", request), request);
  }

  ouo(request: PeersRequest): number {
    return this.#open("ouo", peerLegs("ouo", request), request);
  }

  oto(request: OtoRequest): number {
    return this.#open("oto", otoLegs(request), request);
  }

  bracket(request: BracketRequest): number {
    return this.#open("bracket", bracketLegs(request), request);
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
    const asked = askedOf(group, change);
    this.#settle(group);
    return asked();
  }

  view(id: number): LinkView | undefined {
    const group = this.#groups.get(id);
    if (!group) return undefined;
    return viewOf(group, this.#over(group));
  }

  groupOf(order: number): number {
    return this.#groups.of(order)?.id ?? 0;
  }

  fill(slot: number, _price: number, lots: number): void {
    const orders = this.#orders, id = orders.id[slot];
    const group = this.#groups.of(id);
    if (!group) return;
    const leg = group.legs[group.orders.get(id)!];
    leg.filled += lots;
    leg.refusals = 0;
    // What was nothing to take back may be something again.
    if (leg.role === ENTRY) { for (const each of group.legs) if (each.role === FLATTEN) each.ended = false; }
    if (group.winner < 0) group.winner = group.legs.indexOf(leg);
    const child = childOf(leg, id);
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
    const group = this.#groups.of(id);
    if (!group) return;
    const leg = group.legs[group.orders.get(id)!], child = childOf(leg, id);
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
    this.#groups.save(to);
    saveValue(to, this.#timers, "timers of linked orders");
    to.number(this.#pass);
    saveValue(to, this.#retries.state, "linked orders that wait");
  }

  load(from: StateReader): void {
    this.#groups.load(from);
    for (const [number, at] of loadValue(from) as Map<number, LegPlace>) this.#timers.set(number, at);
    this.#pass = from.number();
    this.#retries = new LinkRetries(loadValue(from) as Map<number, Map<string, LegPlace>>);
  }

  /** Opens a group; where its first order is refused there is none, and where another is, it is tried again. */
  #open(kind: Group["kind"], legs: Leg[], options: LinkOptions): number {
    checkGroup(legs, options);
    if (this.#groups.full) {
      this.#risk.refusedBefore(Code.LINK_GROUPS, legs[0].instrument, "links");
      return -Code.LINK_GROUPS;
    }
    const group = newGroup(this.#groups.next, kind, legs, options);
    const code = this.#desk.open(group, legs[0]);
    if (code !== 0) return -code;
    this.#groups.add(group);
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
    this.#groups.learn(group);
    if (group.state !== state) return this.#bring(group);
    for (let i = 0; i < legs.length; i++) if (takesBack(legs[i])) this.#leave(group, i);
    this.#groups.forget(group);
    this.#groups.stands(group, this.#over(group));
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

  #drop(leg: Leg, child: Child): void {
    leg.children.splice(leg.children.indexOf(child), 1);
  }
}
