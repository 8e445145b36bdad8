import { closest } from "../../core/closest.ts";
import { Code } from "../../core/codes.ts";
import type { SessionContext } from "../../core/context.ts";
import type { Core } from "../../core/core.ts";
import type { Feed } from "../../core/feed.ts";
import { instrumentNames } from "../../core/instrument_names.ts";
import { loadValue, saveValue } from "../../core/plain_state.ts";
import type { Service, Services } from "../../core/services.ts";
import type { StateReader } from "../../core/state_reader.ts";
import type { StateWriter } from "../../core/state_writer.ts";
import { HALTED } from "../../risk/gate.ts";
import { parseDuration } from "../../venue/latency.ts";
import { isFinal } from "../order_life.ts";
import { Desk } from "./desk.ts";
import { Learners, tradedLots, tradedValue } from "./learners.ts";
import { Lives } from "./lives.ts";
import { Parent } from "./parent.ts";
import { checkChange, checkRequest, type ParentChange, type ParentRequest } from "./parent_request.ts";
import { viewOf } from "./parent_report.ts";
import type { ParentView } from "./parent_view.ts";
import type { LearnOptions, ParentOrders } from "./parent_orders.ts";
import { loadParent, saveParent } from "./parent_state.ts";
import { Waiting } from "./waiting.ts";

/** Parents that may be live at once, and ended ones and ended children that are kept to be asked about. */
const LIVE_MAX = 256;
const KEPT_MAX = 256;
const CHILDREN_KEPT_MAX = 4096;

/** What parents need of the session they work in. */
export interface ParentsHost {
  readonly services: Services;
  /** Tells the strategy at the end of the move, how it stands then; absent where it does not listen. */
  readonly tell?: (view: () => ParentView) => void;
}

/** The parent orders of a session: what {@linkcode ParentOrders} promises, as a service beside the strategy. */
export class Parents implements ParentOrders, Service {
  readonly name = "parents";
  /** Hears the market, while it is needed. */
  message: ((feed: Feed) => void) | undefined;
  readonly #core: Core;
  readonly #host: ParentsHost;
  readonly #desk: Desk;
  readonly #lives: Lives;
  readonly #learners: Learners;
  readonly #names: readonly string[];
  /** Those that have not ended, oldest first. */
  #live: Parent[] = [];
  readonly #all = new Map<number, Parent>();
  /** Those that have ended, in that order, and children that have, with their parents. */
  readonly #ended: number[] = [];
  readonly #children = new Map<number, number>();
  #lastId = 0;

  constructor(core: Core, context: SessionContext, host: ParentsHost) {
    this.#core = core;
    this.#names = instrumentNames(core.account.valuation.instruments);
    this.#host = host;
    this.#learners = new Learners(core);
    const { services } = host;
    const desk = this.#desk = new Desk(
      core,
      context.random.child("parents"),
      (instrument) => this.#learners.of(instrument),
      context,
      (parent, code) => this.#lives.end(parent, "Refused", code),
    );
    this.#lives = new Lives({
      core,
      services,
      desk,
      owner: this,
      learn: (instrument) => {
        if (this.#learners.of(instrument) === undefined) this.learn(instrument);
      },
      changed: (parent) => this.#changed(parent),
    });
    services.add(this);
  }

  /** Parents of this session so far, and those of them that are not kept any more. */
  get count(): number {
    return this.#lastId;
  }

  get forgotten(): number {
    return this.#lastId - this.#all.size;
  }

  start(request: ParentRequest): number {
    checkRequest(request);
    const core = this.#core, instrument = request.instrument ?? 0;
    const refusal = this.#refusal(request, instrument);
    if (refusal !== 0) return -refusal;
    const over = request.over === undefined ? Infinity : parseDuration(request.over);
    const parent = new Parent(++this.#lastId, { ...request }, instrument, over);
    this.#all.set(parent.id, parent);
    this.#live.push(parent);
    this.#listen();
    parent.startedSec = core.clock.toEpochSeconds(core.now);
    parent.growth = core.marks.growth[instrument];
    parent.since = core.now;
    this.#lives.start(parent);
    this.#sweep();
    return parent.id;
  }

  pause(id: number): boolean {
    const parent = this.#all.get(id);
    if (parent?.state !== "Working" && parent?.state !== "Waiting") return false;
    this.#lives.pause(parent);
    this.#sweep();
    return true;
  }

  resume(id: number): boolean {
    const parent = this.#all.get(id);
    if (parent?.state !== "Paused") return false;
    this.#lives.resume(parent);
    this.#sweep();
    return true;
  }

  amend(id: number, change: ParentChange): boolean {
    checkChange(change);
    const parent = this.#all.get(id), { orders } = this.#core;
    if (parent === undefined || parent.done || parent.state === "Ending") return false;
    const { size = parent.wanted, limit, over } = change;
    parent.wanted = size;
    const tooMany = parent.filled + parent.outstanding(orders) > size;
    if (tooMany) this.#desk.clear(parent, true);
    parent.settle(orders);
    if (limit !== undefined) {
      parent.limit = limit;
      if (!tooMany) this.#desk.clear(parent, parent.state === "Paused");
    }
    if (over !== undefined) parent.over = parseDuration(over);
    this.#lives.amended(parent, change.size !== undefined || over !== undefined);
    this.#sweep();
    return true;
  }

  cancel(id: number): boolean {
    const parent = this.#all.get(id);
    if (parent === undefined || parent.done || parent.ending === "Cancelled") return false;
    this.#lives.end(parent, "Cancelled", 0);
    this.#sweep();
    return true;
  }

  view(id: number): ParentView | undefined {
    const parent = this.#all.get(id);
    return parent && viewOf(parent, this.#core, this.#names);
  }

  list(): ParentView[] {
    return [...this.#all.values()].map((parent) => viewOf(parent, this.#core, this.#names));
  }

  parentOf(order: number): number {
    const { orders } = this.#core, slot = orders.slotOf(order);
    return slot >= 0 ? orders.parent[slot] : this.#children.get(order) ?? 0;
  }

  learn(instrument = 0, options: LearnOptions = {}): void {
    this.#learners.learn(instrument, options);
    this.#listen();
  }

  fill(slot: number, price: number, lots: number): void {
    const { orders } = this.#core, parent = this.#all.get(orders.parent[slot]);
    if (parent === undefined) return;
    parent.fill(price, lots);
    if (parent.done || parent.filled + parent.outstanding(orders) <= parent.wanted) return;
    // A fill that came after the end of its order, whose lots were sent again: what is not needed any more is taken back.
    this.#desk.clear(parent, true);
    parent.settle(orders);
  }

  order(slot: number, _event: number, code: number): void {
    const { orders } = this.#core, parent = this.#all.get(orders.parent[slot]);
    if (parent === undefined) return;
    const id = orders.id[slot], place = parent.open.indexOf(id);
    // Late: it has ended before.
    if (place < 0) return;
    if (!isFinal(orders.state[slot])) {
      if (parent.clearing > 0) this.#desk.clear(parent, parent.clearing === 2);
      return;
    }
    parent.open.splice(place, 1);
    this.#keepChild(id, parent.id);
    parent.settle(orders);
    this.#lives.childEnded(parent, orders.filled[slot], code);
    this.#sweep();
  }

  timer(number: number): void {
    this.#lives.timer(number);
    this.#sweep();
  }

  rebase(shift: number): void {
    this.#learners.rebase(shift);
    for (const parent of this.#live) {
      parent.since -= shift;
      parent.notBefore -= shift;
    }
  }

  /** Keeps parents, timers and what was learnt; a condition that is a function cannot be kept. */
  save(to: StateWriter): void {
    saveValue(to, [this.#lastId, this.#ended, this.#children], this.name);
    to.number(this.#all.size);
    for (const parent of this.#all.values()) saveParent(to, parent);
    this.#learners.save(to);
  }

  load(from: StateReader): void {
    const [lastId, ended, children] = loadValue(from) as [number, number[], Map<number, number>];
    this.#lastId = lastId;
    this.#ended.push(...ended);
    for (const [order, parent] of children) this.#children.set(order, parent);
    for (let left = from.number(); left > 0; left--) {
      const parent = loadParent(from, (each, waiting) => this.#lives.algoOf(each, waiting));
      this.#all.set(parent.id, parent);
      if (!parent.done) this.#live.push(parent);
      this.#lives.restored(parent);
    }
    this.#learners.load(from);
    this.#listen();
  }

  #refusal({ when }: ParentRequest, instrument: number): Code | 0 {
    const core = this.#core, count = core.feeds.length;
    if (core.feeds[instrument] === undefined) return Code.UNKNOWN_INSTRUMENT;
    if (when?.instrument !== undefined && core.feeds[when.instrument] === undefined) {
      const names = core.feeds.map((feed) => `${feed.index} (${feed.instrument.symbol})`).slice(0, count);
      throw new RangeError(
        `Cannot wait for a condition: instrument is ${when.instrument}; ${closest(`${when.instrument}`, names)}`,
      );
    }
    if (core.expired(instrument)) return Code.EXPIRED_INSTRUMENT;
    if (core.gate.state(instrument) === HALTED) return core.gate.code(instrument);
    return this.#live.length >= LIVE_MAX ? Code.PARENTS : 0;
  }

  #heard(feed: Feed): void {
    const { index, view } = feed, desk = this.#desk;
    this.#learners.heard(feed);
    const lots = this.#live.length > 0 ? tradedLots(feed) : 0, value = lots > 0 ? tradedValue(feed) : 0;
    for (let i = 0, live = this.#live; i < live.length; i++) {
      const parent = live[i], here = parent.instrument === index;
      if (parent.done || (here && this.#lives.split(parent))) continue;
      const begun = !(parent.algo instanceof Waiting);
      const asked = parent.state === "Working" || parent.state === "Waiting";
      if (here && begun) {
        parent.marketLots += lots;
        parent.marketValue += value;
        if (parent.arrival2 !== parent.arrival2 && Math.abs(view.mark2) < Infinity) {
          parent.arrival2 = view.mark2;
          if (asked && parent.placing) parent.algo.look(parent, desk);
        }
      }
      if (asked && !parent.done) parent.algo.heard?.(parent, desk, feed);
      this.#lives.schedule(parent);
    }
    this.#sweep();
  }

  #changed(parent: Parent): void {
    if (parent.done) {
      this.#ended.push(parent.id);
      if (this.#ended.length > KEPT_MAX) this.#all.delete(this.#ended.shift()!);
    }
    if (this.#host.tell === undefined || parent.untold) return;
    parent.untold = true;
    this.#host.tell(() => {
      parent.untold = false;
      return viewOf(parent, this.#core, this.#names);
    });
  }

  /** After a call: lets go of those that are over. */
  #sweep(): void {
    if (!this.#live.some((parent) => parent.done)) return;
    this.#live = this.#live.filter((parent) => !parent.done);
    this.#listen();
  }

  /** Hears the market as long as somebody needs it. */
  #listen(): void {
    const needed = this.#live.length > 0 || this.#learners.any;
    if (needed === (this.message !== undefined)) return;
    this.message = needed ? (feed) => this.#heard(feed) : undefined;
    this.#host.services.listen();
  }

  #keepChild(order: number, parent: number): void {
    this.#children.set(order, parent);
    if (this.#children.size <= CHILDREN_KEPT_MAX) return;
    for (const oldest of this.#children.keys()) {
      this.#children.delete(oldest);
      break;
    }
  }
}
