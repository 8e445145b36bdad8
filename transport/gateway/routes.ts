import { accountEndpoints } from "./account_endpoints.ts";
import type { Desk } from "./desk.ts";
import type { Answering, Endpoint, Endpoints } from "./endpoint.ts";
import { marketEndpoints } from "./market_endpoints.ts";
import { orderEndpoints } from "./order_endpoints.ts";
import type { UserStreams } from "./user_streams.ts";
import { walletEndpoints } from "./wallet_endpoints.ts";

/** Where an endpoint is found over HTTP, and by which method of the WebSocket API; none of either where it is undefined. */
type Route = readonly [rest: string | undefined, method: string | undefined];

const MARKET: Readonly<Record<string, Route>> = {
  ping: ["GET /api/v3/ping", "ping"],
  time: ["GET /api/v3/time", "time"],
  exchangeInfo: ["GET /api/v3/exchangeInfo", "exchangeInfo"],
  depth: ["GET /api/v3/depth", "depth"],
  trades: ["GET /api/v3/trades", "trades.recent"],
  historicalTrades: ["GET /api/v3/historicalTrades", "trades.historical"],
  aggTrades: ["GET /api/v3/aggTrades", "trades.aggregate"],
  klines: ["GET /api/v3/klines", "klines"],
  avgPrice: ["GET /api/v3/avgPrice", "avgPrice"],
  dayTicker: ["GET /api/v3/ticker/24hr", "ticker.24hr"],
  price: ["GET /api/v3/ticker/price", "ticker.price"],
  bookTicker: ["GET /api/v3/ticker/bookTicker", "ticker.book"],
};

const ORDERS: Readonly<Record<string, Route>> = {
  place: ["POST /api/v3/order", "order.place"],
  test: ["POST /api/v3/order/test", "order.test"],
  query: ["GET /api/v3/order", "order.status"],
  cancel: ["DELETE /api/v3/order", "order.cancel"],
  cancelReplace: ["POST /api/v3/order/cancelReplace", "order.cancelReplace"],
  open: ["GET /api/v3/openOrders", "openOrders.status"],
  cancelOpen: ["DELETE /api/v3/openOrders", "openOrders.cancelAll"],
  all: ["GET /api/v3/allOrders", "allOrders"],
};

const ACCOUNT: Readonly<Record<string, Route>> = {
  account: ["GET /api/v3/account", "account.status"],
  commission: ["GET /api/v3/account/commission", "account.commission"],
  trades: ["GET /api/v3/myTrades", "myTrades"],
  orderRates: ["GET /api/v3/rateLimit/order", "account.rateLimits.orders"],
};

const WALLET: Readonly<Record<string, Route>> = {
  systemStatus: ["GET /sapi/v1/system/status", undefined],
  assets: ["GET /sapi/v1/capital/config/getall", undefined],
  fees: ["GET /sapi/v1/asset/tradeFee", undefined],
  restrictions: ["GET /sapi/v1/account/apiRestrictions", undefined],
  noPairs: ["GET /sapi/v1/margin/allPairs", undefined],
  noIsolatedPairs: ["GET /sapi/v1/margin/isolated/allPairs", undefined],
  linear: ["GET /fapi/v1/exchangeInfo", undefined],
  inverse: ["GET /dapi/v1/exchangeInfo", undefined],
  linearTime: ["GET /fapi/v1/time", undefined],
  inverseTime: ["GET /dapi/v1/time", undefined],
};

/** All that can be asked, by REST's method and path, and by the WebSocket API's method. */
export function routes(
  answering: Answering,
  desk: Desk,
  users: UserStreams,
): { readonly rest: Endpoints; readonly methods: Endpoints } {
  const rest: Record<string, Endpoint> = {}, methods: Record<string, Endpoint> = {};
  const families: readonly (readonly [Readonly<Record<string, Route>>, Endpoints])[] = [
    [MARKET, marketEndpoints(answering)],
    [ORDERS, orderEndpoints(answering, desk)],
    [ACCOUNT, accountEndpoints(answering)],
    [WALLET, walletEndpoints(answering)],
    [LISTEN_KEY, listenKeys(users)],
  ];
  for (const [table, endpoints] of families) {
    for (const [name, [path, method]] of Object.entries(table)) {
      if (path !== undefined) rest[path] = endpoints[name];
      if (method !== undefined) methods[method] = endpoints[name];
    }
  }
  // As klines, for charts.
  rest["GET /api/v3/uiKlines"] = methods["uiKlines"] = methods["klines"];
  return { rest, methods };
}

const LISTEN_KEY: Readonly<Record<string, Route>> = {
  open: ["POST /api/v3/userDataStream", "userDataStream.start"],
  keep: ["PUT /api/v3/userDataStream", "userDataStream.ping"],
  end: ["DELETE /api/v3/userDataStream", "userDataStream.stop"],
};

function listenKeys(users: UserStreams): Endpoints {
  const common = { security: "key", weight: 2, params: ["listenKey"] } as const;
  return {
    open: { ...common, params: [], answer: () => ({ listenKey: users.open() }) },
    keep: { ...common, answer: (params) => (users.keep(params.text("listenKey")), {}) },
    end: { ...common, answer: (params) => (users.end(params.text("listenKey")), {}) },
  };
}
