import type { Valuation } from "../account/valuation.ts";
import type { OrderTable } from "../oms/order_table.ts";
import type { LimitTable } from "./limit_table.ts";
import type { OpenOrders } from "./open_orders.ts";
import type { Refusals } from "./refusals.ts";
import type { RiskView } from "./risk_view.ts";
import type { Worth } from "./worth.ts";

/** What the checks of an order look at, and what refuses it for them. */
export interface CheckContext {
  readonly orders: OrderTable;
  readonly view: RiskView;
  readonly valuation: Valuation;
  readonly limits: LimitTable;
  readonly open: OpenOrders;
  readonly worth: Worth;
  readonly refusals: Refusals;
}
