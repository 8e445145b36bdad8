import type { Alert } from "./alerts.ts";
import { closest } from "./closest.ts";
import type { Instrument } from "./instrument.ts";
import type { ParamSpecs, ParamValues } from "./params.ts";
import type { Random } from "./rng.ts";
import type { SessionGuards } from "../risk/session_guards.ts";
import type { Refusal } from "../risk/refusal.ts";
import type { LinkedOrders } from "../oms/link_request.ts";
import type { OrderRouter } from "../oms/routing/order_router.ts";
import type { ParentOrders } from "../oms/parents/parent_orders.ts";
import type { ParentView } from "../oms/parents/parent_view.ts";

/** A book as strategies see it: prices in ticks, sizes in lots. */
export interface BookView {
  /** -Infinity where there is no bid. */
  readonly bestBid: number;
  /** Infinity where there is no ask. */
  readonly bestAsk: number;
  /** Lots there; 0 where there is no bid. */
  readonly bestBidSize: number;
  /** Lots there; 0 where there is no ask. */
  readonly bestAskSize: number;
  /** Messages were lost; nothing here can be trusted before the next snapshot. */
  readonly stale: boolean;
  /** Lots at a price of `side` (BUY: bids), 0 where there is no level. */
  size(side: number, price: number): number;
  /** Orders at a price of `side`; only where the tape tells single orders. */
  orders?(side: number, price: number): number;
  /** Copies the best `n` levels of `side`, best first; returns how many there are. */
  top(side: number, n: number, prices: Float64Array, sizes: Float64Array): number;
}

/** A trade in the market. The object is used again for the next one. */
export interface MarketTrade {
  /** Index in `ctx.instruments`. */
  readonly instrument: number;
  /** Ticks. */
  readonly price: number;
  /** Lots. */
  readonly size: number;
  /** The aggressor: BUY, SELL, or NONE where the source does not say. */
  readonly side: number;
}

/** A bar that has closed: prices in ticks, volume in lots. The object is used again for the next one. */
export interface BarView {
  /** Index in `ctx.instruments`. */
  readonly instrument: number;
  /** First price. */
  readonly open: number;
  /** Highest price. */
  readonly high: number;
  /** Lowest price. */
  readonly low: number;
  /** Last price. */
  readonly close: number;
  /** Lots traded. */
  readonly volume: number;
}

/** An order of ours as far as we know. */
export interface OrderView {
  /** What `submit` returned. */
  readonly id: number;
  /** Index in `ctx.instruments`. */
  readonly instrument: number;
  /** BUY or SELL. */
  readonly side: number;
  /** Limit price in ticks, NaN for a market order. */
  readonly price: number;
  /** Lots in all. */
  readonly size: number;
  /** Lots filled. */
  readonly filled: number;
  /** "PendingNew", "New", "PartiallyFilled", … */
  readonly state: string;
  /** It works, and no cancel or amend is on its way. */
  readonly cancellable: boolean;
  /** Why it ended or was refused, a code of core/codes.ts; 0 where there is nothing to say. */
  readonly code: number;
}

/** A fill of ours. The object is used again for the next one. */
export interface FillView {
  /** Id of the order. */
  readonly order: number;
  /** Index in `ctx.instruments`. */
  readonly instrument: number;
  /** BUY or SELL, of the order. */
  readonly side: number;
  /** Ticks. */
  readonly price: number;
  /** Lots of this fill. */
  readonly size: number;
  /** Our order rested, and did not take. */
  readonly maker: boolean;
}

/** What a strategy asks for. Prices are whole ticks, sizes whole lots. */
export interface OrderRequest {
  /**
   * A name of one's own, of 1 to 100 characters. Submitted again, with the same contents, it is the order that has it already; with others it is
   * refused (see oms/client_ids.ts).
   */
  readonly clientId?: string;
  /** Index in `ctx.instruments`; 0 unless said. */
  readonly instrument?: number;
  /** BUY or SELL. */
  readonly side: number;
  /** Lots in all. */
  readonly size: number;
  /** "limit" where there is a price, else "market", unless said. */
  readonly type?: "market" | "limit" | "stop" | "stop_limit" | "market_if_touched" | "trailing_stop" | "iceberg";
  /** Limit price in ticks; absent for a market order. */
  readonly price?: number;
  /** Trigger price of stops and touches; the distance of a trailing stop. */
  readonly trigger?: number;
  /** Lots an iceberg shows. */
  readonly display?: number;
  /** "gtc" unless said. */
  readonly tif?: "gtc" | "ioc" | "fok" | "gtd" | "day";
  /** For "gtd": ns since 1970-01-01 UTC. */
  readonly expires?: bigint;
  /** Ends rather than take. */
  readonly postOnly?: boolean;
  /** Never trades more than the position that it reduces. */
  readonly reduceOnly?: boolean;
  /**
   * Market orders on linear instruments: money to spend at the fill price beside `size`, in whole currency. The venue adds
   * as many whole lots as it buys; `size` may be 0 or, then, below 0.
   */
  readonly quote?: number;
}

/** What a strategy can see and do. */
export interface Context {
  /** The session's instruments, in order of symbol. */
  readonly instruments: readonly Instrument[];
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly now: bigint;
  /** The strategy's own generator: a child of the run's seed. */
  readonly random: Random;
  /**
   * The index of an instrument by symbol, or by "symbol@venue" where several venues trade it; throws RangeError with the
   * nearest where there is none, or several.
   */
  instrument(name: string): number;
  /** The book of an instrument as we know it now; the first's unless said. */
  book(instrument?: number): BookView;
  /** Net position in lots. */
  position(instrument?: number): number;
  /** Cash of an instrument's currency, after fees, in whole currency: a float for sizing, exact in the account. */
  cash(instrument?: number): number;
  /** Cash and the value of all positions at the last marks. */
  equity(instrument?: number): number;
  /** Sends an order. Returns its id, above 0, or a refusal's code below 0 (`-Code.POSITION`). */
  submit(order: OrderRequest): number;
  /** Why risk refused the last order or amend that it did: check, limit, observed value, and all of it in words. */
  readonly lastRefusal: Refusal;
  /** A sign of life, for the limit `heartbeatAgeMs`: each callback is one by itself. */
  heartbeat(): void;
  /** Asks to cancel an order; false where it is done, unknown, or a request is on its way. */
  cancel(id: number): boolean;
  /** Asks to cancel all open orders (of one instrument), but for those that a command has sent. */
  cancelAll(instrument?: number): void;
  /** Asks to change price and size (in all). Fewer lots keep the place in the queue. */
  amend(id: number, change: { readonly price?: number; readonly size?: number }): boolean;
  /** Open orders, oldest first, but for those that a command has sent: a copy of each as it stands. */
  openOrders(instrument?: number): OrderView[];
  /** Calls `onTimer` every `interval` ("100ms"), first one interval from now; returns the timer's number. */
  every(interval: string): number;
  /** Calls `onTimer` once, after `delay`. */
  after(delay: string): number;
  /** Large orders that are worked by small ones. */
  readonly parents: ParentOrders;
  /** Orders that depend on each other: OCO, OUO, OTO and brackets. */
  readonly links: LinkedOrders;
  /** One order over several venues of what it trades. */
  readonly router: OrderRouter;
  /** The kill switch, and what a guard or a command holds. */
  readonly guards: SessionGuards;
  /**
   * Publishes numbers by name for whoever watches the session, as `ctx.signal("pair", { spread, zscore, hedge })`. They are part
   * of no digest, and cost nothing where nobody watches. Throws TypeError for what is no number.
   */
  signal(name: string, values: Readonly<Record<string, number>>): void;
  /** Adds a line to the run's notes (the first hundred are kept). */
  log(text: string): void;
}

/** A strategy: one object with the callbacks it needs. Callbacks it does not have cost nothing. */
export interface Strategy {
  /** The session starts: the clock stands at the first row. */
  onStart?(ctx: Context): void;
  /** After a message that changed the book of `instrument`, all of it applied. */
  onBook?(ctx: Context, instrument: number): void;
  /** For each trade of a message, after all of it is applied. */
  onTrade?(ctx: Context, trade: MarketTrade): void;
  /** A bar has closed. */
  onBar?(ctx: Context, bar: BarView): void;
  /** An order of ours changed its state. */
  onOrder?(ctx: Context, order: OrderView): void;
  /** An order of ours was filled, in whole or in part. */
  onFill?(ctx: Context, fill: FillView): void;
  /** A timer is due, by the number that `every` or `after` returned. */
  onTimer?(ctx: Context, timer: number): void;
  /** A parent order of ours changed its state after it was started: a copy of it as it stands at the end of the move. */
  onParent?(ctx: Context, parent: ParentView): void;
  /** A threshold was crossed, of the guards that the run was given or of the kill switch: at the end of the move. */
  onAlert?(ctx: Context, alert: Alert): void;
  /** The session has ended: orders are refused by now (code CLOSED). */
  onStop?(ctx: Context): void;
  /**
   * What a snapshot keeps of it: plain data; `null` where it knows nothing. Without it, its own fields are kept, and one
   * whose callbacks are closures is refused, as nobody sees what these know (see plain_state.ts).
   */
  save?(): unknown;
  /** Takes back what `save` returned, on one just made; `onStart` is not called again. */
  load?(state: unknown): void;
}

/** What a strategy file exports: its parameters, and how to make one. */
export interface StrategyDefinition<P extends ParamSpecs = ParamSpecs> {
  /** As results, journals and reports call it. */
  readonly name: string;
  /** One line for people. */
  readonly about: string;
  /** Its parameters; none where absent. */
  readonly params?: P;
  /** What its tapes must hold, where it can do nothing with others. */
  readonly needs?: "book" | "bars";
  /** Data flows this long before orders are accepted, "5m". */
  readonly warmup?: string;
  /** Cash at the start in every currency where the run does not say, as a decimal. */
  readonly cash?: string;
  /** What the run does with a position that is open at the end of the tape; "mark" unless said. */
  readonly finish?: Finish;
  /** Makes the strategy of a run. */
  create(params: ParamValues<P>): Strategy;
}

/**
 * What happens to a position that is open when the tape ends. mark: it stays, valued at the last mark. open, close: it is
 * closed at the last bar's open or close, in hindsight, without slippage.
 */
export type Finish = "mark" | "open" | "close";

/**
 * Declares a strategy; `params` gives `create` its types.
 *
 * @example
 * ```ts
 * import { param } from "./params.ts";
 * import { strategy } from "./strategy.ts";
 * export default strategy({
 *   name: "quiet",
 *   about: "Looks on.",
 *   params: { patience: param.int(1, "how much") },
 *   create: ({ patience }) => ({ onStart: (ctx) => ctx.log(`patience ${patience}`) }),
 * });
 * ```
 */
export function strategy<P extends ParamSpecs = Record<never, never>>(
  definition: StrategyDefinition<P>,
): StrategyDefinition<P> {
  return definition;
}

const CALLBACKS: Readonly<Record<Exclude<keyof Strategy, "save" | "load">, true>> = {
  onStart: true,
  onBook: true,
  onTrade: true,
  onBar: true,
  onOrder: true,
  onFill: true,
  onTimer: true,
  onParent: true,
  onAlert: true,
  onStop: true,
};

const { toString } = Object.prototype;
/** Functions that are not done when they return. */
const LATE = /^\[object (Async|Generator|AsyncGenerator)Function\]$/;

/**
 * What a strategy's `create` returned, if it can be run. Throws TypeError where it is no object, has a callback that
 * nothing would call, as `onTimr`, or one that is async: what stands behind its `await` would run when the machine comes to
 * it, and no two runs would be alike.
 */
export function checkedStrategy(name: string, made: unknown): Strategy {
  if (typeof made !== "object" || made === null) {
    throw new TypeError(
      `Cannot use strategy ${name}: create returned ${made === null ? "null" : typeof made}, no object`,
    );
  }
  const stray = Object.keys(made).find((key) => /^on[A-Z]/.test(key) && !Object.hasOwn(CALLBACKS, key));
  if (stray !== undefined) {
    throw new TypeError(
      `Cannot use strategy ${name}: nothing would call ${stray}; ${closest(stray, Object.keys(CALLBACKS))}`,
    );
  }
  const late = Object.keys(CALLBACKS).find((key) => LATE.test(toString.call((made as Record<string, unknown>)[key])));
  if (late === undefined) return made;
  throw new TypeError(
    `Cannot use strategy ${name}: ${late} is async or a generator; a callback is a plain function, done when it returns`,
  );
}
