import { BinanceError, refusal } from "./binance_error.ts";
import type { Desk } from "./desk.ts";
import { type Answering, type Endpoints, marketOf } from "./endpoint.ts";
import { ORDER_PARAMS, orderWish, type ResponseType, responseType } from "./order_request.ts";
import type { Params } from "./params.ts";
import type { SpotOrder } from "./spot_order.ts";
import type { SpotSymbol } from "./spot_symbol.ts";

const ORDER = ["symbol", "orderId", "origClientOrderId"];
const REPLACE_PARAMS = [
  ...ORDER_PARAMS,
  "cancelReplaceMode",
  "cancelNewClientOrderId",
  "cancelOrigClientOrderId",
  "cancelOrderId",
  "cancelRestrictions",
  "orderRateLimitExceededMode",
];

const SIGNED = { security: "signed" } as const;

/** What the owner of the account may do with orders. */
export function orderEndpoints(answering: Answering, desk: Desk): Endpoints {
  return { ...sending(answering, desk), ...telling(answering) };
}

/** What sends something to the exchange. */
function sending(answering: Answering, desk: Desk): Endpoints {
  const { exchange } = answering;
  const wished = (params: Params) => {
    const market = marketOf(exchange, params);
    return orderWish(market, params, openOf(answering, market.symbol).length);
  };
  return {
    place: {
      ...SIGNED,
      weight: 1,
      orders: 1,
      params: ORDER_PARAMS,
      async answer(params) {
        const wish = wished(params), how = responseType(params);
        return placed(await desk.place(wish), how);
      },
    },
    test: {
      ...SIGNED,
      weight: 1,
      params: [...ORDER_PARAMS, "computeCommissionRates"],
      answer: (params) => (wished(params), {}),
    },
    cancel: {
      ...SIGNED,
      weight: 1,
      params: [...ORDER, "newClientOrderId", "cancelRestrictions"],
      async answer(params) {
        const order = orderOf(answering, params, "orderId", "origClientOrderId"), status = statusWanted(params);
        if (order === undefined) throw refusal("CANCEL_REJECTED");
        restrict(order, status);
        return cancelled(await desk.cancel(order, params.name("newClientOrderId") ?? madeName()));
      },
    },
    cancelReplace: {
      ...SIGNED,
      weight: 1,
      orders: 1,
      params: REPLACE_PARAMS,
      answer: (params) => replaced(answering, desk, params, wished),
    },
    cancelOpen: {
      ...SIGNED,
      weight: 1,
      params: ["symbol"],
      async answer(params) {
        const open = openOf(answering, marketOf(exchange, params).symbol);
        if (open.length === 0) throw refusal("CANCEL_REJECTED");
        const ends = await Promise.allSettled(open.map((order) => desk.cancel(order, madeName())));
        return ends.flatMap((end) => end.status === "fulfilled" ? [cancelled(end.value)] : []);
      },
    },
  };
}

/** What tells of orders. */
function telling(answering: Answering): Endpoints {
  const { exchange } = answering;
  return {
    query: {
      ...SIGNED,
      weight: 4,
      params: ORDER,
      answer(params) {
        const order = orderOf(answering, params, "orderId", "origClientOrderId");
        if (!order?.working) throw refusal("NO_SUCH_ORDER");
        return order.json;
      },
    },
    open: {
      ...SIGNED,
      weight: (params) => params.has("symbol") ? 6 : 80,
      params: ["symbol"],
      answer: (params) =>
        openOf(answering, params.has("symbol") ? marketOf(exchange, params).symbol : undefined).map(({ json }) => json),
    },
    all: {
      ...SIGNED,
      weight: 20,
      params: ["symbol", "orderId", "startTime", "endTime", "limit"],
      answer(params) {
        const { symbol } = marketOf(exchange, params), from = params.whole("orderId");
        const within = exchange.orders.all.filter((order) =>
          order.symbol === symbol && !(order.id < from) && isWithin(order.time, params)
        );
        const limit = params.count("limit", 500, 1000), first = from >= 0 || params.has("startTime");
        return (first ? within.slice(0, limit) : within.slice(-limit)).map(({ json }) => json);
      },
    },
  };
}

/** Open orders, of a symbol where one is given. */
function openOf({ exchange: { orders } }: Answering, symbol: SpotSymbol | undefined): readonly SpotOrder[] {
  return orders.open.filter((each) => !symbol || each.symbol === symbol);
}

/** Whether a time lies between `startTime` and `endTime`, as far as they are given. */
export function isWithin(time: number, params: Params): boolean {
  return !(time < params.whole("startTime")) && !(time > params.whole("endTime"));
}

/** The order that a request names by its number or its owner's name; undefined where there is none. */
function orderOf({ exchange }: Answering, params: Params, idName: string, ownName: string): SpotOrder | undefined {
  const { symbol } = marketOf(exchange, params), id = params.whole(idName), name = params.optional(ownName);
  if (Number.isNaN(id) && name === undefined) {
    throw new BinanceError(-1102, `Param '${ownName}' or '${idName}' must be sent, but both were empty/null!`);
  }
  const order = Number.isNaN(id) ? exchange.orders.byName(symbol.name, name!) : exchange.orders.byId(id);
  if (order?.symbol !== symbol || (name !== undefined && order.clientId !== name)) return undefined;
  return order;
}

/** Orders of which status alone are to be cancelled, of all where undefined. Throws BinanceError for what is none. */
function statusWanted(params: Params): string | undefined {
  const asked = params.optional("cancelRestrictions");
  if (asked === undefined) return undefined;
  if (asked === "ONLY_NEW") return "NEW";
  if (asked === "ONLY_PARTIALLY_FILLED") return "PARTIALLY_FILLED";
  throw refusal("BAD_CANCEL_RESTRICTIONS");
}

/** Throws BinanceError where an order that is open has another status than it may be cancelled in. */
function restrict(order: SpotOrder, status: string | undefined): void {
  if (status !== undefined && !order.over && order.status !== status) throw refusal("CANCEL_RESTRICTED");
}

/** Cancels an order and places another: `STOP_ON_FAILURE` does not place it where the first could not be cancelled. */
async function replaced(
  answering: Answering,
  desk: Desk,
  params: Params,
  wished: (params: Params) => ReturnType<typeof orderWish>,
) {
  const mode = params.text("cancelReplaceMode"), how = responseType(params);
  if (mode !== "STOP_ON_FAILURE" && mode !== "ALLOW_FAILURE") throw refusal("BAD_COMBINATION");
  const old = orderOf(answering, params, "cancelOrderId", "cancelOrigClientOrderId"), wish = wished(params);
  const status = statusWanted(params);
  const cancelResponse = await outcome(async () => {
    if (old === undefined) throw refusal("CANCEL_REJECTED");
    restrict(old, status);
    return cancelled(await desk.cancel(old, params.name("cancelNewClientOrderId") ?? madeName()));
  });
  const cancelResult = resultOf(cancelResponse);
  if (cancelResult === "FAILURE" && mode === "STOP_ON_FAILURE") {
    const data = { cancelResult, newOrderResult: "NOT_ATTEMPTED", cancelResponse, newOrderResponse: null };
    throw new BinanceError(-2022, "Order cancel-replace failed.", 400, { data });
  }
  const newOrderResponse = await outcome(async () => placed(await desk.place(wish), how));
  const newOrderResult = resultOf(newOrderResponse);
  const data = { cancelResult, newOrderResult, cancelResponse, newOrderResponse };
  if (cancelResult === "SUCCESS" && newOrderResult === "SUCCESS") return data;
  if (cancelResult === newOrderResult) throw new BinanceError(-2022, "Order cancel-replace failed.", 400, { data });
  throw new BinanceError(-2021, "Order cancel-replace partially failed.", 409, { data });
}

/** What came of it, or with what it was refused. */
async function outcome(
  work: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BinanceError) return error.body;
    throw error;
  }
}

function resultOf(outcome: Readonly<Record<string, unknown>>): "SUCCESS" | "FAILURE" {
  return "code" in outcome ? "FAILURE" : "SUCCESS";
}

/** A new order, as it is answered. */
function placed(order: SpotOrder, how: ResponseType): Readonly<Record<string, unknown>> {
  const { symbol, id, clientId, updated } = order;
  const ack = { symbol: symbol.name, orderId: id, orderListId: -1, clientOrderId: clientId, transactTime: updated };
  if (how === "ACK") return ack;
  const result = { ...ack, ...order.numbers, workingTime: order.workingTime, selfTradePreventionMode: "NONE" };
  if (how === "RESULT") return result;
  const fills = order.fills.map(({ id, price, lots, commission }) => ({
    price: symbol.price(price),
    qty: symbol.size(lots),
    commission: commission.amount,
    commissionAsset: commission.asset,
    tradeId: id,
  }));
  return { ...result, fills };
}

/** A cancelled order, as it is answered. */
function cancelled(order: SpotOrder): Readonly<Record<string, unknown>> {
  return {
    symbol: order.symbol.name,
    origClientOrderId: order.clientId,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.cancelId,
    transactTime: order.updated,
    ...order.numbers,
    selfTradePreventionMode: "NONE",
  };
}

/** What a request is called that its owner gave no name. */
function madeName(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 22);
}
