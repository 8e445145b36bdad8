import type { NewOrder, OrderChange } from "../order_entry.ts";

/** Parameters of a request; sent in this order, signed as each interface wants. */
export type Params = Readonly<Record<string, string | number | boolean>>;

/** Parameters of an order at Binance spot. */
export function spotOrder(order: NewOrder): Params {
  const { symbol, clientId, size } = order;
  const limit = order.type === "limit" || order.type === "stop_limit";
  const maker = order.postOnly && order.type === "limit";
  return {
    symbol,
    side: order.side === "buy" ? "BUY" : "SELL",
    type: maker ? "LIMIT_MAKER" : SPOT_TYPES[order.type],
    ...(limit && !maker ? { timeInForce: order.tif.toUpperCase() } : {}),
    quantity: size,
    ...(limit ? { price: order.price! } : {}),
    ...(order.trigger === undefined ? {} : { stopPrice: order.trigger }),
    newClientOrderId: clientId,
    newOrderRespType: "ACK",
  };
}

const SPOT_TYPES = { market: "MARKET", limit: "LIMIT", stop: "STOP_LOSS", stop_limit: "STOP_LOSS_LIMIT" } as const;

/**
 * Parameters of another order in the place of one that works, at Binance spot. It is not placed where the old one could not be
 * cancelled; and where nothing was filled as far as we know, the old one is only cancelled if that is so, because the new one
 * would be too large otherwise.
 */
export function spotReplacement(change: OrderChange, rest: string): Params {
  return {
    symbol: change.symbol,
    cancelReplaceMode: "STOP_ON_FAILURE",
    cancelOrigClientOrderId: change.clientId,
    ...(change.filled === "0" ? { cancelRestrictions: "ONLY_NEW" } : {}),
    side: change.side === "buy" ? "BUY" : "SELL",
    type: change.postOnly ? "LIMIT_MAKER" : "LIMIT",
    ...(change.postOnly ? {} : { timeInForce: "GTC" }),
    quantity: rest,
    price: change.price,
    newClientOrderId: change.nextClientId,
    newOrderRespType: "ACK",
  };
}

/** Parameters of an order at Binance USD-M, which has stops elsewhere (`stopsElsewhere`). */
export function usdmOrder(order: NewOrder): Params {
  const limit = order.type === "limit";
  return {
    symbol: order.symbol,
    side: order.side === "buy" ? "BUY" : "SELL",
    type: limit ? "LIMIT" : "MARKET",
    ...(limit ? { timeInForce: order.postOnly ? "GTX" : order.tif.toUpperCase(), price: order.price! } : {}),
    quantity: order.size,
    ...(order.reduceOnly ? { reduceOnly: "true" } : {}),
    newClientOrderId: order.clientId,
    newOrderRespType: "ACK",
  };
}

/** Parameters of another price and size of an order at Binance USD-M, which keeps its name. */
export function usdmChange({ symbol, clientId, side, size, price }: OrderChange): Params {
  return {
    symbol,
    origClientOrderId: clientId,
    side: side === "buy" ? "BUY" : "SELL",
    quantity: size,
    price,
  };
}

/** Parameters as a query: percent-encoded, in their order. */
export function query(params: Params): string {
  return Object.entries(params).map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
}

/** Parameters as the WebSocket API signs them: sorted by name, as they are. */
export function sorted(params: Params): string {
  return Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
}
