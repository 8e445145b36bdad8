import type { Alert } from "./alerts.ts";
import type { Core } from "./core.ts";
import type { CoreListener } from "./core_options.ts";
import type { SessionContext } from "./context.ts";
import type { Feed } from "./feed.ts";
import type { ParentView } from "../oms/parents/parent_view.ts";
import type { Recorder } from "./recorder.ts";
import { Services } from "./services.ts";
import type { BarView, Strategy } from "./strategy.ts";

/** Alerts within each other's `onAlert` that are told; one more is a loop. */
const ALERTS_DEEP = 8;

/** An error that a strategy threw, with where and when. */
export class StrategyError extends Error {
  constructor(callback: string, at: bigint, cause: unknown) {
    super(
      `Cannot go on: the strategy threw in ${callback} at ${at} ns: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
    this.name = "StrategyError";
  }
}

/**
 * Tells the session's services and its strategy what happened in the core, in this order: a strategy that acts on what it
 * is told finds the services up to date. It knows at every moment which callback of the strategy runs.
 *
 * Callbacks that nobody has cost nothing.
 */
export class Caller implements CoreListener {
  readonly services: Services;
  /** One of several bars in a row: a closure, because it is called for each. */
  bar: (bar: BarView) => void = () => {};
  /** Tells the strategy of a parent order; absent where it does not listen. */
  tell: ((view: ParentView) => void) | undefined;
  #inside = "";
  /** `onAlert` calls that are not over. */
  #alerts = 0;
  readonly #core: Core;
  readonly #context: SessionContext;
  #strategy!: Strategy;
  readonly #recorder: Recorder;
  /** Every tape is one of bars. */
  readonly #onBars: boolean;
  readonly #trade = { instrument: 0, price: 0, size: 0, side: 0 };
  readonly #fill = { order: 0, instrument: 0, side: 0, price: 0, size: 0, maker: false };

  constructor(core: Core, context: SessionContext, strategy: Strategy, recorder: Recorder, onBars: boolean) {
    this.services = new Services(core);
    this.#core = core;
    this.#context = context;
    this.#recorder = recorder;
    this.#onBars = onBars;
    this.use(strategy);
  }

  /** Calls this strategy from now on. */
  use(strategy: Strategy): void {
    const context = this.#context;
    this.#strategy = strategy;
    this.bar = strategy.onBar ? (bar) => strategy.onBar!(context, bar) : () => {};
    this.tell = strategy.onParent && ((view) => this.#parent(view));
    this.#core.alerts.onAlert = strategy.onAlert && ((alert) => this.#alert(alert));
  }

  /** The strategy's callback that runs, "" where none does: to risk each is a sign of life. */
  get inside(): string {
    return this.#inside;
  }

  set inside(callback: string) {
    this.#inside = callback;
    this.#core.risk.called(callback !== "");
  }

  /** Calls a callback without arguments of its own. */
  call(name: "onStart" | "onStop"): void {
    this.inside = name;
    this.#strategy[name]?.(this.#context);
    this.inside = "";
  }

  order(slot: number, event: number, code: number): void {
    this.services.order(slot, event, code);
    if (!this.#strategy.onOrder) return;
    this.inside = "onOrder";
    this.#strategy.onOrder(this.#context, this.#context.view(slot, code));
    this.inside = "";
  }

  fill(slot: number, price: number, lots: number, liquidity: number): void {
    this.services.fill(slot, price, lots, liquidity);
    if (!this.#strategy.onFill) return;
    const fill = this.#fill, { orders } = this.#core;
    fill.order = orders.id[slot];
    fill.instrument = orders.instrument[slot];
    fill.side = orders.side[slot];
    fill.price = price;
    fill.size = lots;
    fill.maker = liquidity === 0;
    this.inside = "onFill";
    this.#strategy.onFill(this.#context, fill);
    this.inside = "";
  }

  timer(number: number): void {
    if (this.services.timer(number) || !this.#strategy.onTimer) return;
    this.inside = "onTimer";
    this.#strategy.onTimer(this.#context, number);
    this.inside = "";
  }

  message(feed: Feed): void {
    this.#recorder.heard?.(feed);
    this.services.message(feed);
    const { pending } = feed.view;
    if (pending.bar) {
      if (this.#onBars) this.#sampleBar(feed);
      this.inside = "onBar";
      this.#strategy.onBar?.(this.#context, pending.bar);
      this.inside = "";
      return;
    }
    if (this.#strategy.onTrade) this.#trades(feed);
    if (this.#strategy.onBook && pending.touched) {
      this.inside = "onBook";
      this.#strategy.onBook(this.#context, feed.index);
    }
    this.inside = "";
  }

  sample(): void {
    const core = this.#core, { feeds } = core;
    this.#recorder.progress?.(feeds.reduce((rows, feed) => rows + feed.row, 0));
    core.marks.refresh(feeds);
    this.services.sample();
    if (core.marks.known) this.#recorder.sample?.(core.now, this.#context.equity());
  }

  signal(name: string, values: Readonly<Record<string, number>>): void {
    this.#recorder.signal?.(this.#core.now, name, values);
  }

  rebase(shift: number): void {
    this.services.rebase(shift);
  }

  /** An alert can be raised within another callback: that goes on behind it. Throws RangeError for a loop of them. */
  #alert(alert: Alert): void {
    if (this.#alerts >= ALERTS_DEEP) {
      throw new RangeError(
        `Cannot tell onAlert of ${alert.code}: it is ${ALERTS_DEEP} calls deep in itself, as what it does raises an alert each ` +
          `time, and so on without end; let it act on alerts it has not caused, or act later, in onTimer (ctx.after)`,
      );
    }
    const { inside } = this;
    this.#alerts++;
    this.inside = "onAlert";
    try {
      this.#strategy.onAlert!(this.#context, alert);
    } finally {
      this.#alerts--;
    }
    this.inside = inside;
  }

  #parent(view: ParentView): void {
    this.inside = "onParent";
    this.#strategy.onParent!(this.#context, view);
    this.inside = "";
  }

  #trades(feed: Feed): void {
    const { pending } = feed.view, trade = this.#trade;
    this.inside = "onTrade";
    for (let i = 0; i < pending.trades; i++) {
      trade.instrument = feed.index;
      trade.price = pending.prices[i];
      trade.size = pending.sizes[i];
      trade.side = pending.sides[i];
      this.#strategy.onTrade!(this.#context, trade);
    }
  }

  /** Samples the account at a bar, once all bars of the time are known; the end of the tape has a sample of its own. */
  #sampleBar(feed: Feed): void {
    const core = this.#core;
    if (!this.#recorder.sample) return;
    let over = feed.seen;
    for (const other of core.feeds) {
      if (other === feed) continue;
      if (other.localTime === core.now || other.view.mark2 !== other.view.mark2) return;
      over &&= other.seen;
    }
    if (!over) this.#recorder.sample(core.now, this.#context.equity(0));
  }
}
