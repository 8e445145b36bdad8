import { Code } from "../../core/codes.ts";
import type { Core } from "../../core/core.ts";
import type { Service, Services } from "../../core/services.ts";
import { parseDuration } from "../../venue/latency.ts";
import type { Algo } from "./algo.ts";
import { Iceberg, Sniper } from "./by_book.ts";
import type { Desk } from "./desk.ts";
import type { Parent } from "./parent.ts";
import type { ParentState } from "./parent_view.ts";
import { thenOf } from "./parent_request.ts";
import { Pov } from "./pov.ts";
import { Slices } from "./slices.ts";
import { Waiting } from "./waiting.ts";

/** What the lives of parents need of those who keep them. */
export interface LivesHost {
  readonly core: Core;
  readonly services: Services;
  readonly desk: Desk;
  /** Whose timers they are. */
  readonly owner: Service;
  /** A parent begins that needs to know volume or volatility. */
  readonly learn: (instrument: number) => void;
  /** A parent's state has changed. */
  readonly changed: (parent: Parent) => void;
}

/**
 * The life of a parent: Waiting for its condition, Working, Paused; Ending, when children are cancelled and what is left is
 * done with as its rest policy says; then Filled, Cancelled, Expired or Refused.
 *
 * | call | cost |
 * |---|---|
 * | each | children of the parent, 32 at most, and what its algo does |
 */
export class Lives {
  readonly #timers = new Map<number, Parent>();

  constructor(private readonly host: LivesHost) {}

  /** It waits for its condition, or begins at once. */
  start(parent: Parent): void {
    if (parent.request.when === undefined) this.#begin(parent);
    else {
      parent.state = "Waiting";
      parent.algo = this.algoOf(parent, true);
      parent.algo.look(parent, this.host.desk);
    }
    this.schedule(parent);
  }

  /** Stops its own time, and cancels its children. */
  pause(parent: Parent): void {
    parent.spent = parent.time(this.host.core.now);
    parent.since = NaN;
    this.#change(parent, "Paused");
    this.host.desk.clear(parent, true);
    this.schedule(parent);
  }

  /** Goes on where it was paused. */
  resume(parent: Parent): void {
    parent.since = this.host.core.now;
    this.#change(parent, parent.algo instanceof Waiting ? "Waiting" : "Working");
    parent.algo.look(parent, this.host.desk);
    this.schedule(parent);
  }

  /** Settles how it ends, and cancels what is open: with "Expired" what rests, else all. */
  end(parent: Parent, how: "Cancelled" | "Expired" | "Refused", code: number): void {
    if (parent.done) return;
    parent.ending = how;
    parent.code = code;
    if (parent.state !== "Ending") this.#change(parent, "Ending");
    this.host.desk.clear(parent, how !== "Expired");
    this.#finish(parent);
    this.schedule(parent);
  }

  /** Its size, limit or length was amended; with `plan` what is left is planned anew. */
  amended(parent: Parent, plan: boolean): void {
    const { desk } = this.host;
    if (plan) {
      parent.target = parent.overdue = Math.min(
        parent.wanted,
        parent.filled + parent.outstanding(this.host.core.orders),
      );
      parent.algo.plan?.(parent, desk);
    }
    if (parent.filled >= parent.wanted && parent.open.length === 0) this.#close(parent, "Filled", 0);
    else if (parent.state !== "Paused") parent.algo.look(parent, desk);
    this.schedule(parent);
  }

  /** A child ended with `lots` filled in all, for a reason of `code`: what follows from it. */
  childEnded(parent: Parent, lots: number, code: number): void {
    if (code !== 0) parent.code = code;
    if (code % 1000 >= 200) this.end(parent, "Refused", code);
    else if (parent.state === "Ending") this.#finish(parent);
    else if (parent.filled >= parent.wanted) {
      if (parent.open.length === 0) this.#close(parent, "Filled", 0);
    } else if (parent.state === "Working") {
      if (parent.algo.ended) parent.algo.ended(parent, this.host.desk, lots);
      else if (parent.placing) parent.algo.look(parent, this.host.desk);
    }
    this.schedule(parent);
  }

  /** A timer is due. */
  timer(number: number): void {
    const parent = this.#timers.get(number);
    this.#timers.delete(number);
    if (parent === undefined || parent.timer !== number) return;
    parent.timer = 0;
    parent.timerAt = Infinity;
    if (this.split(parent)) return;
    if (parent.time(this.host.core.now) >= parent.over) this.end(parent, "Expired", Code.TIME_UP);
    else parent.algo.look(parent, this.host.desk);
    this.schedule(parent);
  }

  /** Ends a parent whose instrument was split: ticks and lots are others now. */
  split(parent: Parent): boolean {
    if (parent.done || parent.growth === this.host.core.marks.growth[parent.instrument]) return false;
    if (parent.ending !== "Refused") this.end(parent, "Refused", Code.CORPORATE_ACTION);
    return true;
  }

  /** Sets its timer for what comes next, its end or a look, where that is another than before. */
  schedule(parent: Parent): void {
    const { services, owner, core } = this.host;
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
    parent.timer = services.after(owner, Math.max(0, next - parent.time(core.now)));
    this.#timers.set(parent.timer, parent);
  }

  /** The algo of a parent, just made; one that waits for its condition where `waiting`. */
  algoOf(parent: Parent, waiting: boolean): Algo {
    const { id, request: { algo, when } } = parent, { desk } = this.host;
    if (waiting) return new Waiting(when!, parent, desk, (each) => this.#triggered(each));
    if (algo === "pov") return new Pov();
    if (algo === "sniper") return new Sniper();
    const random = desk.random.child(`${id}`);
    return algo === "iceberg" ? new Iceberg(random) : new Slices(random);
  }

  /** A parent is there again, from a snapshot. */
  restored(parent: Parent): void {
    if (parent.timer !== 0) this.#timers.set(parent.timer, parent);
  }

  /** Begins to work by the algo of its request. */
  #begin(parent: Parent): void {
    const { core, desk } = this.host;
    const { mark2 } = core.feeds[parent.instrument].view;
    if (Math.abs(mark2) < Infinity) parent.arrival2 = mark2;
    const { algo, curve, volatility } = parent.request;
    if ((algo === "vwap" && curve === undefined) || (algo === "is" && volatility === undefined)) {
      this.host.learn(parent.instrument);
    }
    parent.algo = this.algoOf(parent, false);
    parent.algo.plan?.(parent, desk);
    parent.algo.look(parent, desk);
  }

  /** Its condition holds: its time, and what it is held against, begin here. */
  #triggered(parent: Parent): void {
    const { core } = this.host, request = parent.request = thenOf(parent.request);
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

  /** With no child open any more: over, or the rest is sent. */
  #finish(parent: Parent): void {
    if (parent.done || parent.open.length > 0) return;
    const { filled, wanted, ending, code } = parent;
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
    const { desk } = this.host, { instrument, side, limit } = parent;
    if (parent.rest === "market") return desk.take(parent, lots);
    const price = limit === limit ? limit : desk.opposite(instrument, -side);
    return price - price === 0 ? desk.send(parent, { instrument, side, size: 0, price }, lots) : 0;
  }

  #close(parent: Parent, state: ParentState, code: number): void {
    const { clock, now } = this.host.core;
    parent.code = code;
    parent.spent = parent.time(now);
    parent.since = NaN;
    parent.endedSec = clock.toEpochSeconds(now);
    this.#change(parent, state);
  }

  #change(parent: Parent, state: ParentState): void {
    parent.state = state;
    this.host.changed(parent);
  }
}
