/**
 * The life of our orders, as far as we know: a table of (state, event) in `order_life.ts`, and the columns that hold them in
 * `order_table.ts`; `client_ids.ts` and `executions.ts` take what is said twice once.
 *
 * On top of it stand what makes orders of its own: `links.ts` (orders that depend on each other), `parents/` (large orders
 * worked by small ones, one file for each way of slicing; read `parents.ts`, then `lives.ts`) and `routing/` (one order over
 * several venues; read `router.ts`, then `route_plan.ts`), over `consolidated_book.ts`. Each is a service of the session, and
 * sends its orders as a strategy does.
 *
 * @module
 */
export { isFinal, nextState, STATE_NAMES } from "./order_life.ts";
export type {
  BracketRequest,
  ExitRequest,
  FollowingRequest,
  LinkChange,
  LinkedOrders,
  LinkOptions,
  LinkView,
  Move,
  OtoRequest,
  PeersRequest,
} from "./link_request.ts";
export { OrderTable } from "./order_table.ts";
export type { AlgoName, ParentChange, ParentRequest, RestPolicy, ThenRequest } from "./parents/parent_request.ts";
export type { Condition, ConditionValue } from "./parents/condition.ts";
export type { LearnOptions, ParentOrders } from "./parents/parent_orders.ts";
export type { ParentState, ParentView, Slippage } from "./parents/parent_view.ts";
export { ConsolidatedBook } from "./consolidated_book.ts";
export type { OrderRouter } from "./routing/order_router.ts";
export { Router } from "./routing/router.ts";
export type { RoutePolicy, RouteRequest, RouterSettings, VenueSettings } from "./routing/route_request.ts";
export type { RouteChild, RouteLevel, RouteState, RouteVenue, RouteView } from "./routing/route.ts";
export type { VenueState } from "./routing/venue_health.ts";
