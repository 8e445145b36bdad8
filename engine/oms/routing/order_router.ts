import type { RouteLevel, RouteVenue, RouteView } from "./route.ts";
import type { RouteRequest, RouterSettings } from "./route_request.ts";

/**
 * Sends one order to several venues of what is traded, child by child, by their books as we know them.
 *
 * Policies, of what is left in each round:
 * - sweep: the levels of all venues, best effective price (taker's fee included) first; equal ones by the latency that is
 *   expected on the way there, then by the fill ratio seen in this run, then by the venue's name. No child is worse than a
 *   level that could be reached and is left over.
 * - best_price: the first of those levels alone, round after round.
 * - pro_rata: each venue by what it shows, within the limit, or at its best price where there is none. What rounding to lots
 *   leaves goes to venues in the order of a sweep, a lot each first. A child may so be worse than a level elsewhere.
 * - explicit: each venue its part by weight, fixed at the start; what it cannot take is not moved to another. What rounding
 *   leaves goes to the weights in the order given.
 *
 * What is assumed:
 * - A decision knows what has reached us, and no more: with latency a level may be gone when a child arrives.
 * - Children fill at once (IOC) or not at all, each at its level's price as its limit. When all are over, what is left goes to
 *   the next round, `rounds` times at most. A route never has more out than is left of it.
 * - Lots sent to a level count as gone from it until the order is over, the venue has sent a message after that, and the level
 *   shows another size than it did, or `settle` has passed.
 * - Fees by the order or the fill cannot be spread over units: such venues count as free. So do those of a model of one's own
 *   without `rates`, unless `use` says what they charge.
 * - Latency decides between equal prices only. It is the model's middle, of which each venue has its own where it follows the
 *   feed's or `use` says so.
 * - The fill ratio forgets: each order that was to fill at once weighs 7/8 of the one after it.
 * - tif gtc or day: what is left once nothing can be taken rests at the limit, at the open venue with the lowest maker's fee
 *   (explicit: each part at its own). It stays there though another venue's market come to the limit. Where its venue can no
 *   longer be reached, it is cancelled, at the next of the looks that come every `watch`, and routed anew.
 * - A venue is left out while it is not "open" ({@linkcode VenueState} says when), and is back with the next decision after.
 * - What risk refuses at a venue is not tried there again by the same route; what the venue itself rejects is, where what is
 *   left may rest, as far as the venue's state and the rounds allow.
 *
 * @example
 * ```ts
 * import { BUY, strategy } from "../../../mod.ts";
 * export default strategy({
 *   name: "two_venues",
 *   about: "Buys half a unit wherever it is cheapest.",
 *   create: () => {
 *     let id = 0;
 *     return {
 *       onStart: (ctx) => ctx.router.use({ silence: "30s", venues: { okx: { taker: "0.0005" } } }),
 *       onBook(ctx) {
 *         if (id === 0) id = ctx.router.route({ symbol: "BTCUSDT", side: BUY, size: "0.5", limit: "61700" });
 *       },
 *       onStop: (ctx) => ctx.log(`at ${ctx.router.view(id)?.averagePrice}`),
 *     };
 *   },
 * });
 * ```
 */
export interface OrderRouter {
  /** Changes settings; those not named stay. Throws TypeError or RangeError for what is none. */
  use(settings: RouterSettings): void;
  /**
   * Starts a route; returns its id, above 0, or `-Code.OPEN_ROUTES`. A venue that cannot be reached, or a refusal, is told by
   * {@linkcode view}. Throws TypeError or RangeError for a request that makes no sense.
   */
  route(request: RouteRequest): number;
  /** How a route stands; undefined where there was none, or it ended long ago. */
  view(id: number): RouteView | undefined;
  /** Gives up what is left of a route, and asks to cancel what rests; false where it is over. */
  cancel(id: number): boolean;
  /** The best `n` levels that an order of `side` could reach now, best effective price first: BUY takes asks. */
  levels(symbol: string, side: number, n: number): RouteLevel[];
  /** How the venues of a symbol stand. */
  venues(symbol: string): RouteVenue[];
}
