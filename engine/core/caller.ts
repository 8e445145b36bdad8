import { FILL } from "../oms/order_life.ts";
import type { Alert } from "./alerts.ts";
import type { Core } from "./core.ts";
import type { CoreListener } from "./core_options.ts";
import type { SessionContext } from "./context.ts";
import type { Feed } from "./feed.ts";
import type { ParentView } from "../oms/parents/parent_view.ts";
import type { Recorder } from "./recorder.ts";
import { Services } from "./services.ts";
import type { BarView, Strategy } from "./strategy.ts";

/** How often what news made the strategy do may make news; once more is a loop. */
const NEWS_DEEP = 8;

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
 * is told finds the services up to date, and done. It knows at every moment which callback of the strategy runs.
 *
 * Alerts, and what became of parent orders, come up in the midst of what core, services or the strategy itself do: they are
 * news, which the strategy is told at the end of the move ({@linkcode tellNews}). All that a strategy does it does so between
 * what the session does by itself, wherever it runs: in process or at the other end of a link.
 *
 * Callbacks that nobody has cost nothing.
 */
export class Caller implements CoreListener {
  readonly services: Services;
  /** One of several bars in a row: a closure, because it is called for each. */
  bar: (bar: BarView) => void = () => {};
  /** Tells the strategy of a parent order; absent where it does not listen. */
  tell: ((view: () => ParentView) => void) | undefined;
  #inside = "";
  news = false;
  /** What is to be told at the end of the move, in order. */
  #news: (() => void)[] = [];
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
    this.tell = strategy.onParent && ((view) =>
      this.#later("onParent", () => {
        const parent = view();
        this.#strategy.onParent?.(context, parent);
      }));
    const onAlert = (alert: Alert) => this.#later("onAlert", () => this.#strategy.onAlert?.(context, alert));
    this.#core.alerts.onAlert = strategy.onAlert && onAlert;
  }

  /**
   * Tells the strategy what has come up in this move, and what comes up by what it then does. Throws RangeError for a loop of
   * that.
   */
  tellNews(): void {
    for (let deep = 0; this.news; deep++) {
      if (deep >= NEWS_DEEP) {
        throw new RangeError(
          `Cannot tell the strategy what is new: that is so for the ${NEWS_DEEP}th time in one move, as what it does in onAlert or ` +
            `onParent raises an alert each time, and so on without end; let it act on alerts it has not caused, or act ` +
            `later, in onTimer (ctx.after)`,
        );
      }
      const told = this.#news;
      this.#news = [];
      this.news = false;
      for (const tell of told) tell();
    }
  }

  #later(callback: string, call: () => void): void {
    this.news = true;
    this.#news.push(() => {
      this.inside = callback;
      call();
      this.inside = "";
    });
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

  answered(slot: number, event: number, price: number, lots: number, liquidity: number, code: number): void {
    const { services } = this, core = this.#core;
    if (event === FILL) services.fill(slot, price, lots, liquidity);
    services.order(slot, event, code);
    if (event === FILL) {
      core.liquidation?.look();
      this.#tellFill(slot, price, lots, liquidity);
    }
    if (!this.#strategy.onOrder) return;
    this.inside = "onOrder";
    this.#strategy.onOrder(this.#context, this.#context.view(slot, code));
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

  #tellFill(slot: number, price: number, lots: number, liquidity: number): void {
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
