/**
 * The life of our orders, as far as we know: a table of (state, event), and the columns that hold them.
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
export type { ParentChange, ParentRequest, ThenRequest } from "./parents/parent_request.ts";
export type { Condition } from "./parents/condition.ts";
export type { LearnOptions, ParentOrders } from "./parents/parent_orders.ts";
export type { ParentView, Slippage } from "./parents/parent_view.ts";
export { ConsolidatedBook } from "./consolidated_book.ts";
export { Router } from "./routing/router.ts";
export type { RoutePolicy, RouteRequest, RouterSettings, VenueSettings } from "./routing/route_request.ts";
export type { RouteChild, RouteLevel, RouteState, RouteVenue, RouteView } from "./routing/route.ts";
export type { VenueState } from "./routing/venue_health.ts";
