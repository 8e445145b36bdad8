import type { Feed } from "../../core/feed.ts";
import { parseDuration } from "../../venue/latency.ts";
import type { Algo } from "./algo.ts";
import { type Condition, MovingAverage } from "./condition.ts";
import type { Desk } from "./desk.ts";
import type { Parent } from "./parent.ts";

/** Waits until a condition holds (see {@linkcode Condition}); then `then` is called, once. */
export class Waiting implements Algo {
  next: number;
  readonly #instrument: number;
  readonly #average: MovingAverage | undefined;
  readonly #after: number;

  constructor(
    private readonly condition: Condition,
    parent: Parent,
    desk: Desk,
    private readonly then: (parent: Parent) => void,
  ) {
    const { value, period, after, at, instrument } = condition;
    this.#instrument = instrument ?? parent.instrument;
    this.#average = value === "sma" || value === "ema" ? new MovingAverage(value, period!) : undefined;
    this.#after = after === undefined ? 0 : parseDuration(after);
    const { clock, now } = desk.core;
    // Its own time stands still in a pause, and that of `at` does not: it looks again when it comes to it too early.
    this.next = Math.max(this.#after, at === undefined ? 0 : Math.max(0, clock.fromEpochNs(at) - now));
  }

  look(parent: Parent, desk: Desk): void {
    const { core } = desk, { at } = this.condition;
    const time = parent.time(core.now), left = at === undefined ? 0 : core.clock.fromEpochNs(at) - core.now;
    this.next = Math.max(this.#after, left > 0 ? time + left : 0);
    if (this.next > time) return;
    this.next = Infinity;
    if (this.#holds(desk)) this.then(parent);
  }

  heard(parent: Parent, desk: Desk, feed: Feed): void {
    if (feed.index === this.#instrument && this.#average !== undefined) {
      const { pending } = feed.view;
      if (pending.bar) this.#average.add(pending.bar.close);
      for (let i = 0; i < pending.trades; i++) this.#average.add(pending.prices[i]);
    }
    // A function may hang on any instrument.
    if (feed.index === this.#instrument || typeof this.condition.value === "function") this.look(parent, desk);
  }

  save(): unknown {
    return { next: this.next, average: this.#average && { ...this.#average } };
  }

  load(state: unknown): void {
    const { next, average } = state as { next: number; average: object | undefined };
    this.next = next;
    if (this.#average) Object.assign(this.#average, average);
  }

  #holds(desk: Desk): boolean {
    const { above, below } = this.condition;
    if (above === undefined && below === undefined) return true;
    const value = this.#value(desk);
    return (above === undefined || value >= above) && (below === undefined || value <= below) && value === value;
  }

  #value(desk: Desk): number {
    const { view } = desk.core.feeds[this.#instrument];
    const { value = "mid" } = this.condition;
    if (typeof value === "function") return value();
    if (value === "last") return view.lastPrice;
    // An empty side has no price: infinite, it would be above or below anything.
    if (value === "bid") return view.book.bestBid === -Infinity ? NaN : view.book.bestBid;
    if (value === "ask") return view.book.bestAsk === Infinity ? NaN : view.book.bestAsk;
    return value === "mid" ? view.mark2 / 2 : this.#average!.value;
  }
}
