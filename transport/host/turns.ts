import type {
  Context,
  FillView,
  MarketTrade,
  OrderView,
  Strategy,
  StrategyDefinition,
} from "../../engine/core/strategy.ts";

/** Callbacks that a remote strategy can have. */
export const CALLS = [
  "onStart",
  "onBook",
  "onTrade",
  "onBar",
  "onOrder",
  "onFill",
  "onTimer",
  "onParent",
  "onAlert",
  "onStop",
] as const;
type CallName = typeof CALLS[number];

/** One callback, as it is told to whoever drives the session. */
export interface Call {
  readonly [field: string]: unknown;
  readonly call: CallName;
}

/** A market as a remote strategy finds it. */
export interface TurnMarket {
  readonly bid: number | null;
  readonly bidSize: number;
  readonly ask: number | null;
  readonly askSize: number;
  readonly position: number;
}

/**
 * The callbacks of a session's moves, kept for whoever drives it from outside: it answers with commands where a strategy in
 * process would act, before the next move.
 *
 * A move is one message, one answer or one timer, and a strategy's calls come at its end, after all that the session does by
 * itself, so that what is done in between two moves is what would have been done in them. What that brings up, an alert or a
 * parent's change, is one more turn before the next move.
 */
export class Turns {
  #hears: ReadonlySet<string> = new Set();
  #calls: Call[] = [];
  #context: Context | undefined;

  /** Sets what is to be heard of from now on. Throws RangeError for a callback that there is not. */
  hear(names: readonly string[]): void {
    const stray = names.find((name) => !(CALLS as readonly string[]).includes(name));
    if (stray !== undefined) throw new RangeError(`Cannot hear ${stray}: it is one of ${CALLS.join(", ")}`);
    this.#hears = new Set(names);
  }

  /** Whether there is something to answer. */
  get waiting(): boolean {
    return this.#calls.length > 0;
  }

  /** Takes what there is to answer. */
  take(): Call[] {
    const calls = this.#calls.filter(({ call }) => this.#hears.has(call));
    this.#calls = [];
    return calls;
  }

  /** The markets as they are now, by instrument. */
  markets(): TurnMarket[] {
    const context = this.#context!;
    return context.instruments.map((_, i) => {
      const { bestBid, bestAsk, bestBidSize, bestAskSize } = context.book(i), position = context.position(i);
      const bid = Number.isFinite(bestBid), ask = Number.isFinite(bestAsk);
      return {
        bid: bid ? bestBid : null,
        bidSize: bid ? bestBidSize : 0,
        ask: ask ? bestAsk : null,
        askSize: ask ? bestAskSize : 0,
        position,
      };
    });
  }

  /** A strategy that does what this one does, and has its callbacks kept here. */
  around(definition: StrategyDefinition): StrategyDefinition {
    return { ...definition, create: (params) => this.#listening(definition.create(params)) };
  }

  #listening(made: Strategy): Strategy {
    const keep = (call: Call) => {
      if (this.#hears.has(call.call) || call.call === "onStart") this.#calls.push(call);
    };
    return {
      ...made,
      save: () => made.save?.() ?? null,
      load: (state) => made.load?.(state),
      onStart: (ctx) => {
        this.#context = ctx;
        made.onStart?.(ctx);
        keep({ call: "onStart" });
      },
      onBook: (ctx, instrument) => {
        made.onBook?.(ctx, instrument);
        keep({ call: "onBook", instrument });
      },
      onTrade: (ctx, trade) => {
        made.onTrade?.(ctx, trade);
        keep({ call: "onTrade", ...plainTrade(trade) });
      },
      onBar: (ctx, bar) => {
        made.onBar?.(ctx, bar);
        const { instrument, open, high, low, close, volume } = bar;
        keep({ call: "onBar", instrument, open, high, low, price: close, size: volume });
      },
      onOrder: (ctx, order) => {
        made.onOrder?.(ctx, order);
        keep({ call: "onOrder", ...plainOrder(order) });
      },
      onFill: (ctx, fill) => {
        made.onFill?.(ctx, fill);
        keep({ call: "onFill", ...plainFill(fill) });
      },
      onTimer: (ctx, timer) => {
        made.onTimer?.(ctx, timer);
        keep({ call: "onTimer", timer });
      },
      onParent: (ctx, parent) => {
        made.onParent?.(ctx, parent);
        keep({ call: "onParent", view: { ...parent } });
      },
      onAlert: (ctx, alert) => {
        made.onAlert?.(ctx, alert);
        keep({ call: "onAlert", view: { ...alert } });
      },
      onStop: (ctx) => {
        made.onStop?.(ctx);
        keep({ call: "onStop" });
      },
    };
  }
}

// What strategies are given is used again for the next call.
function plainTrade({ instrument, price, size, side }: MarketTrade) {
  return { instrument, price, size, side };
}

function plainFill({ order, instrument, side, price, size, maker }: FillView) {
  return { order, instrument, side, price, size, maker };
}

function plainOrder({ id, instrument, side, price, size, filled, state, code }: OrderView) {
  return { order: id, instrument, side, ...(Number.isNaN(price) ? {} : { price }), size, filled, state, code };
}
