import type { ParentChange, ParentRequest } from "./parent_request.ts";
import type { ParentView } from "./parent_view.ts";

/** What a volume curve is learnt over. */
export interface LearnOptions {
  /** After which the market is taken to repeat itself; "1d" (of UTC) unless said. */
  readonly period?: string;
  /** Parts of it, which divide it; "5m" unless said. */
  readonly bin?: string;
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
 * - A strategy may cancel or amend children as any order; what it adds to one by an amend, the parent sends that much less.
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
export interface ParentOrders {
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
  start(request: ParentRequest): number;
  /** Cancels its children and stops its time; false where it is unknown, paused, ending or over. */
  pause(id: number): boolean;
  /** Goes on where it was paused; false where it is not paused. */
  resume(id: number): boolean;
  /** Changes size or length in all, or the limit; false where it is unknown, ending or over. Throws as `start`. */
  amend(id: number, change: ParentChange): boolean;
  /** Ends it: cancels its children, and leaves undone what is left; false where it is unknown or over. */
  cancel(id: number): boolean;
  /** A copy of a parent as it stands; undefined where there is none, or it is not kept any more. */
  view(id: number): ParentView | undefined;
  /** Copies of all parents that live or are kept, oldest first. */
  list(): ParentView[];
  /** The parent of an order; 0 where it has none, or is not kept any more. */
  parentOf(order: number): number;
  /**
   * Hears an instrument's market from now on, so that a vwap can follow its volume, and an is its volatility. Best called in
   * `onStart`: what was before is not known. Asked again with another period or bin it begins anew. Throws RangeError where
   * there is no such instrument, or the bin does not divide the period.
   */
  learn(instrument?: number, options?: LearnOptions): void;
}
