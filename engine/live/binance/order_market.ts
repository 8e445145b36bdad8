import { minus } from "../decimals.ts";
import type { NewOrder, OrderChange } from "../order_entry.ts";
import { type Params, spotOrder, spotReplacement, usdmChange, usdmOrder } from "./order_params.ts";

/** What differs between Binance's markets in how orders travel. Weights are what the exchange counts for a request. */
export interface BinanceOrderMarket {
  readonly venue: string;
  /** Of the WebSocket API, below `endpoints.orders`. */
  readonly socketPath: string;
  /** Of requests, below `endpoints.rest`. */
  readonly path: {
    readonly time: string;
    readonly test: string;
    readonly order: string;
    readonly open: string;
    readonly cancelAll: string;
    readonly trades: string;
    readonly account: string;
  };
  readonly weight: { readonly minute: number; readonly order: number; readonly open: number; readonly trades: number };
  /** The longest time that one question for trades may span, in ms. */
  readonly tradesSpanMs: number;
  place(order: NewOrder): Params;
  /** The method that changes an order, and what it takes. */
  amend(change: OrderChange): { readonly method: string; readonly params: Params };
  /** Whether a changed order is another order, with another name. */
  readonly replaces: boolean;
  /** Whether reports come over the connection of orders; else over a stream of their own, with a listen key. */
  readonly reportsOverOrders: boolean;
}

const DAY_MS = 86_400_000;

/** Binance spot: an amend is a cancel and a new order in one request. */
export const SPOT: BinanceOrderMarket = {
  venue: "binance-spot",
  socketPath: "/ws-api/v3",
  path: {
    time: "/api/v3/time",
    test: "/api/v3/order/test",
    order: "/api/v3/order",
    open: "/api/v3/openOrders",
    cancelAll: "/api/v3/openOrders",
    trades: "/api/v3/myTrades",
    account: "/api/v3/account",
  },
  weight: { minute: 6000, order: 4, open: 6, trades: 20 },
  tradesSpanMs: DAY_MS,
  place: spotOrder,
  amend: (change) => ({
    method: "order.cancelReplace",
    params: spotReplacement(change, minus(change.size, change.filled)),
  }),
  replaces: true,
  reportsOverOrders: true,
};

/** Binance USD-M futures: an amend keeps the order and its name. */
export const USDM: BinanceOrderMarket = {
  venue: "binance-usdm",
  socketPath: "/ws-fapi/v1",
  path: {
    time: "/fapi/v1/time",
    test: "/fapi/v1/order/test",
    order: "/fapi/v1/order",
    open: "/fapi/v1/openOrders",
    cancelAll: "/fapi/v1/allOpenOrders",
    trades: "/fapi/v1/userTrades",
    account: "/fapi/v3/account",
  },
  weight: { minute: 2400, order: 1, open: 1, trades: 5 },
  tradesSpanMs: 7 * DAY_MS,
  place: usdmOrder,
  amend: (change) => ({ method: "order.modify", params: usdmChange(change) }),
  replaces: false,
  reportsOverOrders: false,
};
