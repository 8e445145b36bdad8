import { closest } from "../../core/closest.ts";
import { Code } from "../../core/codes.ts";
import type { SessionContext } from "../../core/context.ts";
import type { Core } from "../../core/core.ts";
import type { Feed } from "../../core/feed.ts";
import type { Service, Services } from "../../core/services.ts";
import { HALTED } from "../../risk/gate.ts";
import { parseDuration } from "../../venue/latency.ts";
import { isFinal } from "../order_life.ts";
import type { Algo } from "./algo.ts";
import { Iceberg, Sniper } from "./by_book.ts";
import { Desk } from "./desk.ts";
import { Learner, tradedLots, tradedValue } from "./learner.ts";
import { Parent, type ParentState } from "./parent.ts";
import { checkChange, checkRequest, type ParentChange, type ParentRequest, thenOf } from "./parent_request.ts";
import { type ParentView, viewOf } from "./parent_view.ts";
import { Pov } from "./pov.ts";
import { Slices } from "./slices.ts";
import { Waiting } from "./waiting.ts";

/** Parents that may be live at once, and ended ones and ended children that are kept to be asked about. */
const LIVE_MAX = 256;
const KEPT_MAX = 256;
const CHILDREN_KEPT_MAX = 4096;
/** Bins of a learnt period. */
const BINS_MAX = 100_000;

/** What a volume curve is learnt over. */
export interface LearnOptions {
  /** After which the market is taken to repeat itself; "1d" (of UTC) unless said. */
  readonly period?: string;
  /** Parts of it, which divide it; "5m" unless said. */
  readonly bin?: string;
}

/** What parents need of the session they work in. */
export interface ParentsHost {
  readonly services: Services;
  /** Tells the strategy; absent where it does not listen. */
  readonly tell?: (view: ParentView) => void;
}

/**
 * Parent orders: large orders that are worked by small ones. `ctx.parents` in a strategy.
 *
 * - Children are ordinary orders: risk judges them, they take the latency, and the digest has them. Filled, open and in
 *   flight are never more than the parent's size, as no lot is sent again before its cancel, or end, has been heard of.
 * - A limit holds always: for the rest as well.
 * - When `over` has passed, children that rest are cancelled, and of what is then left: "cancel" leaves it undone; "market"
 *   takes it, again and again as long as something is filled; "rest" puts it at the limit, or at our side's touch, until it is
 *   filled. Less than the least child is left undone.
 * - A pause cancels the children and stops the parent's own time; resumed, it goes on where it was.
 * - Amended below what is filled, it ends as filled; below what is filled and open, once its children are cancelled.
 * - At a split it ends, as orders do, with CORPORATE_ACTION. When the session ends it stands as it is.
 * - While parents are live, or volumes are learnt, the session stops at each message of the market, which is slower.
 *
 * How each algo works stands with it: {@linkcode Slices} (twap, vwap, is), {@linkcode Pov}, {@linkcode Iceberg},
 * {@linkcode Sniper}, {@linkcode Condition} (conditional).
 *
 * | call | cost |
 * |---|---|
 * | `start`, `amend` | slices, 10,000 at most |
 * | a message | parents live, 256 at most |
 * | memory | live parents, the last 256 that ended, ids of the last 4,096 children that ended |
 */
export class Parents implements Service {
  readonly #core: Core;
  readonly #host: ParentsHost;
  readonly #desk: Desk;
  readonly #learners: (Learner | undefined)[] = [];
  /** Those that have not ended, oldest first. */
  #live: Parent[] = [];
  readonly #all = new Map<number, Parent>();
  readonly #ended: number[] = [];
  readonly #timers = new Map<number, Parent>();
  readonly #children = new Map<number, number>();
  #lastId = 0;
  #untold: Parent[] = [];
  #teller = 0;
  readonly name = "parents";
  /** Hears the market, while it is needed. */
  message: ((feed: Feed) => void) | undefined;

  constructor(core: Core, context: SessionContext, host: ParentsHost) {
    this.#core = core;
    this.#host = host;
    const learnt = (instrument: number) => this.#learners[instrument];
    const refused = (parent: Parent, code: number) => this.#end(parent, "Refused", code);
    this.#desk = new Desk(core, context.random.child("parents"), learnt, context, refused);
    host.services.add(this);
  }

  /** Parents of this session so far, and those of them that are not kept any more. */
  get count(): number {
    return this.#lastId;
  }

  get forgotten(): number {
    return this.#lastId - this.#all.size;
  }

  /**
   * Starts a parent; returns its id, above 0, or a refusal's code below 0: an unknown or expired instrument, orders are
   * halted, or too many parents are live.
   *
   * Throws TypeError or RangeError for a request that makes no sense.
   *
   * @example
   * ```ts
   * import { backtest, BUY, strategy } from "../../../mod.ts";
   * const patient = strategy({
   *   name: "patient",
   *   about: "Buys 200 lots over ten minutes.",
   *   create: () => ({
   *     onStart: (ctx) => void ctx.parents.start({ algo: "twap", side: BUY, size: 200, over: "10m", rest: "market" }),
   *   }),
   * });
   * const { parents = [] } = backtest({ strategy: patient, tape: "fixtures/data/market_l2.arrow" });
   * if (parents[0].state !== "Filled" || parents[0].filled !== 200) throw new Error("unexpected");
   * ```
   */
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
    if (request.when === undefined) this.#begin(parent);
    else {
      parent.state = "Waiting";
      parent.algo = new Waiting(request.when, parent, this.#desk, (each) => this.#triggered(each));
      parent.algo.look(parent, this.#desk);
    }
    this.#schedule(parent);
    this.#tellSoon();
    return parent.id;
  }

  /** Cancels its children and stops its time; false where it is unknown, paused, ending or over. */
  pause(id: number): boolean {
    const parent = this.#known(id);
    if (parent?.state !== "Working" && parent?.state !== "Waiting") return false;
    parent.spent = parent.time(this.#core.now);
    parent.since = NaN;
    this.#change(parent, "Paused");
    this.#desk.clear(parent, true);
    this.#schedule(parent);
    this.#tellSoon();
    return true;
  }

  /** Goes on where it was paused; false where it is not paused. */
  resume(id: number): boolean {
    const parent = this.#known(id);
    if (parent?.state !== "Paused") return false;
    parent.since = this.#core.now;
    this.#change(parent, parent.algo instanceof Waiting ? "Waiting" : "Working");
    parent.algo.look(parent, this.#desk);
    this.#schedule(parent);
    this.#tellSoon();
    return true;
  }

  /** Changes size or length in all, or the limit; false where it is unknown, ending or over. Throws as `start`. */
  amend(id: number, change: ParentChange): boolean {
    checkChange(change);
    const parent = this.#known(id), desk = this.#desk, { orders } = this.#core;
    if (parent === undefined || parent.done || parent.state === "Ending") return false;
    parent.wanted = change.size ?? parent.wanted;
    const tooMany = parent.filled + parent.outstanding(orders) > parent.wanted;
    if (tooMany) desk.clear(parent, true);
    parent.settle(orders);
    if (change.limit !== undefined) {
      parent.limit = change.limit;
      if (!tooMany) desk.clear(parent, parent.state === "Paused");
    }
    if (change.over !== undefined) parent.over = parseDuration(change.over);
    if (change.size !== undefined || change.over !== undefined) {
      parent.target = parent.overdue = Math.min(parent.wanted, parent.filled + parent.outstanding(orders));
      parent.algo.plan?.(parent, desk);
    }
    if (parent.filled >= parent.wanted && parent.open.length === 0) this.#close(parent, "Filled", 0);
    else if (parent.state !== "Paused") parent.algo.look(parent, desk);
    this.#schedule(parent);
    this.#tellSoon();
    return true;
  }

  /** Ends it: cancels its children, and leaves undone what is left; false where it is unknown or over. */
  cancel(id: number): boolean {
    const parent = this.#known(id);
    if (parent === undefined || parent.done || parent.ending === "Cancelled") return false;
    this.#end(parent, "Cancelled", 0);
    this.#tellSoon();
    return true;
  }

  /** A copy of a parent as it stands; undefined where there is none, or it is not kept any more. */
  view(id: number): ParentView | undefined {
    const parent = this.#known(id);
    return parent && viewOf(parent, this.#core);
  }

  /** Copies of all parents that live or are kept, oldest first. */
  list(): ParentView[] {
    return [...this.#all.values()].map((parent) => viewOf(parent, this.#core));
  }

  /** The parent of an order; 0 where it has none, or is not kept any more. */
  parentOf(order: number): number {
    const { orders } = this.#core, slot = orders.slotOf(order);
    return slot >= 0 ? orders.parent[slot] : this.#children.get(order) ?? 0;
  }

  /**
   * Hears an instrument's market from now on, so that a vwap can follow its volume, and an is its volatility. Best called in
   * `onStart`: what was before is not known. Asked again with another period or bin it begins anew.
   */
  learn(instrument = 0, { period = "1d", bin = "5m" }: LearnOptions = {}): void {
    const core = this.#core, periodNs = parseDuration(period), binNs = parseDuration(bin);
    if (core.feeds[instrument] === undefined) {
      throw new RangeError(
        `Cannot learn of instrument ${instrument}: this session has ${core.feeds.length}, counted from 0`,
      );
    }
    if (!(binNs > 0 && periodNs % binNs === 0 && periodNs / binNs <= BINS_MAX && periodNs > 0)) {
      throw new RangeError(
        `Cannot learn volumes: bin is ${bin}; it must divide the period, ${period}, into ${BINS_MAX} parts at most`,
      );
    }
    const { curve } = this.#learners[instrument] ?? {};
    if (curve?.periodNs === periodNs && curve.binNs === binNs) return;
    this.#learners[instrument] = new Learner(instrument, periodNs, binNs, core.clock);
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
    const core = this.#core, { orders } = core;
    const parent = this.#all.get(orders.parent[slot]);
    if (parent === undefined) return;
    const id = orders.id[slot], place = parent.open.indexOf(id);
    if (place < 0) return;
    if (!isFinal(orders.state[slot])) {
      if (parent.clearing > 0) this.#desk.clear(parent, parent.clearing === 2);
      return;
    }
    parent.open.splice(place, 1);
    this.#keepChild(id, parent.id);
    parent.settle(orders);
    if (code !== 0) parent.code = code;
    if (code % 1000 >= 200) this.#end(parent, "Refused", code);
    else this.#childEnded(parent, orders.filled[slot]);
    this.#schedule(parent);
    this.#sweep();
  }

  timer(number: number): void {
    if (number === this.#teller) {
      this.#teller = 0;
      return this.#sweep();
    }
    const parent = this.#timers.get(number);
    this.#timers.delete(number);
    if (parent === undefined || parent.timer !== number) return;
    parent.timer = 0;
    parent.timerAt = Infinity;
    if (this.#split(parent)) return this.#sweep();
    if (parent.time(this.#core.now) >= parent.over) this.#end(parent, "Expired", Code.TIME_UP);
    else parent.algo.look(parent, this.#desk);
    this.#schedule(parent);
    this.#sweep();
  }

  rebase(shift: number): void {
    for (const learner of this.#learners) learner?.rebase(shift);
    for (const parent of this.#live) {
      parent.since -= shift;
      parent.notBefore -= shift;
    }
  }

  #known(id: number): Parent | undefined {
    return this.#all.get(id);
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

  /** Begins to work by the algo of its request. */
  #begin(parent: Parent): void {
    const { mark2 } = this.#core.feeds[parent.instrument].view;
    if (Math.abs(mark2) < Infinity) parent.arrival2 = mark2;
    const { algo, curve, volatility } = parent.request;
    if ((algo === "vwap" && curve === undefined) || (algo === "is" && volatility === undefined)) {
      if (this.#learners[parent.instrument] === undefined) this.learn(parent.instrument);
    }
    parent.algo = this.#algoOf(parent);
    parent.algo.plan?.(parent, this.#desk);
    parent.algo.look(parent, this.#desk);
  }

  #algoOf({ id, request: { algo } }: Parent): Algo {
    if (algo === "pov") return new Pov();
    if (algo === "sniper") return new Sniper();
    const random = this.#desk.random.child(`${id}`);
    return algo === "iceberg" ? new Iceberg(random) : new Slices(random);
  }

  /** The condition of a parent holds: its time, and what it is held against, begin here. */
  #triggered(parent: Parent): void {
    const core = this.#core, request = parent.request = thenOf(parent.request);
    parent.limit = request.limit ?? parent.limit;
    parent.rest = request.rest ?? parent.rest;
    parent.most = Math.min(parent.most, request.maxSize ?? Infinity);
    parent.over = request.over === undefined ? Infinity : parseDuration(request.over);
    parent.spent = 0;
    parent.since = core.now;
    parent.startedSec = core.clock.toEpochSeconds(core.now);
    this.#change(parent, "Working");
    this.#begin(parent);
  }

  #heard(feed: Feed): void {
    const core = this.#core, { index } = feed, desk = this.#desk;
    this.#learners[index]?.heard(feed, core.now, core.marks.growth[index]);
    const lots = this.#live.length > 0 ? tradedLots(feed) : 0, value = lots > 0 ? tradedValue(feed) : 0;
    for (let i = 0, live = this.#live; i < live.length; i++) {
      const parent = live[i];
      if (parent.done || (parent.instrument === index && this.#split(parent))) continue;
      const asked = parent.state === "Working" || parent.state === "Waiting";
      if (parent.instrument === index && parent.state !== "Waiting" && !(parent.algo instanceof Waiting)) {
        parent.marketLots += lots;
        parent.marketValue += value;
        const { mark2 } = feed.view;
        if (parent.arrival2 !== parent.arrival2 && Math.abs(mark2) < Infinity) {
          parent.arrival2 = mark2;
          if (asked && parent.placing) parent.algo.look(parent, desk);
        }
      }
      if (asked && !parent.done) parent.algo.heard?.(parent, desk, feed);
      this.#schedule(parent);
    }
    this.#sweep();
  }

  /** A child ended with `lots` filled: what follows from it. */
  #childEnded(parent: Parent, lots: number): void {
    if (parent.state === "Ending") return this.#finish(parent);
    if (parent.filled >= parent.wanted) {
      if (parent.open.length === 0) this.#close(parent, "Filled", 0);
      return;
    }
    if (parent.state !== "Working") return;
    if (parent.algo.ended) parent.algo.ended(parent, this.#desk, lots);
    else if (parent.placing) parent.algo.look(parent, this.#desk);
  }

  #end(parent: Parent, how: "Cancelled" | "Expired" | "Refused", code: number): void {
    if (parent.done) return;
    parent.ending = how;
    parent.code = code;
    if (parent.state !== "Ending") this.#change(parent, "Ending");
    this.#desk.clear(parent, how !== "Expired");
    this.#finish(parent);
    this.#schedule(parent);
  }

  /** With no child open any more: over, or the rest is sent. */
  #finish(parent: Parent): void {
    if (parent.done || parent.open.length > 0) return;
    const { filled, wanted, ending } = parent, code = parent.code;
    if (filled >= wanted) return this.#close(parent, "Filled", 0);
    if (ending !== "Expired" || parent.rest === "cancel" || parent.algo instanceof Waiting) {
      return this.#close(parent, ending!, code);
    }
    const gained = filled - parent.filledBefore;
    // What rested and ended otherwise than filled was not wanted there; what the market did not have it may not have again.
    if (parent.rest === "rest" ? gained < parent.restSent : gained === 0) return this.#close(parent, "Expired", code);
    parent.filledBefore = filled;
    parent.notBefore = -Infinity;
    parent.clearing = 0;
    parent.restSent = this.#sendRest(parent, wanted - filled);
    if (!parent.done && parent.open.length === 0) this.#close(parent, "Expired", code);
  }

  #sendRest(parent: Parent, lots: number): number {
    const desk = this.#desk, { instrument, side, limit } = parent;
    if (parent.rest === "market") {
      desk.take(parent, lots);
      return lots;
    }
    const price = limit === limit ? limit : desk.opposite(instrument, -side);
    return price - price === 0 ? desk.send(parent, { instrument, side, size: 0, price }, lots) : 0;
  }

  #close(parent: Parent, state: ParentState, code: number): void {
    const { clock, now } = this.#core;
    parent.code = code;
    parent.spent = parent.time(now);
    parent.since = NaN;
    parent.endedSec = clock.toEpochSeconds(now);
    this.#change(parent, state);
    this.#ended.push(parent.id);
    if (this.#ended.length > KEPT_MAX) this.#all.delete(this.#ended.shift()!);
  }

  /** Ends a parent whose instrument was split: ticks and lots are others now. */
  #split(parent: Parent): boolean {
    if (parent.done || parent.growth === this.#core.marks.growth[parent.instrument]) return false;
    if (parent.ending !== "Refused") this.#end(parent, "Refused", Code.CORPORATE_ACTION);
    return true;
  }

  /** Sets the timer for what comes next, its end or a look, where it is another than before. */
  #schedule(parent: Parent): void {
    const { services } = this.#host;
    const works = parent.state === "Working" || parent.state === "Waiting";
    const next = works ? Math.min(parent.over, parent.algo.next ?? Infinity) : Infinity;
    if (next === parent.timerAt) return;
    if (parent.timer !== 0) {
      services.clear(parent.timer);
      this.#timers.delete(parent.timer);
      parent.timer = 0;
    }
    parent.timerAt = next;
    if (next === Infinity) return;
    parent.timer = services.after(this, Math.max(0, next - parent.time(this.#core.now)));
    this.#timers.set(parent.timer, parent);
  }

  #change(parent: Parent, state: ParentState): void {
    parent.state = state;
    if (this.#host.tell === undefined || parent.untold) return;
    parent.untold = true;
    this.#untold.push(parent);
  }

  /** Tells of changes that the strategy's own call made once that call is over. */
  #tellSoon(): void {
    if (this.#untold.length > 0 && this.#teller === 0) this.#teller = this.#host.services.after(this, 0);
    if (this.#live.some((parent) => parent.done)) this.#forgetDone();
  }

  /** After a callback: lets go of those that are over, and tells the strategy what has changed. */
  #sweep(): void {
    if (this.#live.some((parent) => parent.done)) this.#forgetDone();
    if (this.#untold.length === 0) return;
    const changed = this.#untold;
    this.#untold = [];
    for (const parent of changed) {
      parent.untold = false;
      this.#host.tell!(viewOf(parent, this.#core));
    }
  }

  #forgetDone(): void {
    this.#live = this.#live.filter((parent) => !parent.done);
    this.#listen();
  }

  /** Hears the market as long as somebody needs it. */
  #listen(): void {
    const needed = this.#live.length > 0 || this.#learners.some((learner) => learner !== undefined);
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
