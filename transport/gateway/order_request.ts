import { filterFailure, invalidData, missing, notRequired, refusal, tooPrecise } from "./binance_error.ts";
import type { OrderWish } from "./desk.ts";
import { filteredPrice, filteredSize, filterOpen, ORDER_TYPES } from "./exchange_info.ts";
import type { Params } from "./params.ts";
import type { SpotMarket } from "./spot_market.ts";
import { amountOf } from "./spot_symbol.ts";

/** Parameters of a new order. Those that change nothing here are read too: a strategy's number, how self-trades are prevented. */
export const ORDER_PARAMS: readonly string[] = [
  "symbol",
  "side",
  "type",
  "timeInForce",
  "quantity",
  "quoteOrderQty",
  "price",
  "newClientOrderId",
  "strategyId",
  "strategyType",
  "stopPrice",
  "icebergQty",
  "newOrderRespType",
  "selfTradePreventionMode",
];

/** What each type needs, and what the session calls it. */
const TYPES: Readonly<Record<string, { readonly type: string; readonly needs: readonly string[] }>> = {
  LIMIT: { type: "limit", needs: ["timeInForce", "quantity", "price"] },
  LIMIT_MAKER: { type: "limit", needs: ["quantity", "price"] },
  MARKET: { type: "market", needs: [] },
  STOP_LOSS: { type: "stop", needs: ["quantity", "stopPrice"] },
  STOP_LOSS_LIMIT: { type: "stop_limit", needs: ["timeInForce", "quantity", "price", "stopPrice"] },
  TAKE_PROFIT: { type: "market_if_touched", needs: ["quantity", "stopPrice"] },
};
const TIFS: Readonly<Record<string, string>> = { GTC: "gtc", IOC: "ioc", FOK: "fok" };
/** Levels that a market order of money looks at. */
const LEVELS = 1000;

/** How much of what became of a new order is told. */
export type ResponseType = "ACK" | "RESULT" | "FULL";

/**
 * The order that a request asks for, in ticks and lots; `open` orders of its symbol are there. Throws BinanceError for what is not
 * an order, and for what a filter does not let through.
 */
export function orderWish(market: SpotMarket, params: Params, open: number): OrderWish {
  const { symbol } = market, side = sideOf(params), kind = params.text("type");
  if (!ORDER_TYPES.includes(kind)) throw refusal("BAD_ORDER_TYPE");
  const { type, needs } = TYPES[kind];
  for (const name of needs) params.text(name);
  const optional = kind === "MARKET" ? ["quantity", "quoteOrderQty"] : kind === "LIMIT" ? ["icebergQty"] : [];
  for (const name of ["timeInForce", "quantity", "quoteOrderQty", "price", "stopPrice", "icebergQty"]) {
    if (params.has(name) && !needs.includes(name) && !optional.includes(name)) throw notRequired(name);
  }
  const tif = params.has("timeInForce") ? TIFS[params.text("timeInForce")] : undefined;
  if (params.has("timeInForce") && tif === undefined) throw refusal("BAD_TIF");
  if (params.has("selfTradePreventionMode") && params.text("selfTradePreventionMode") !== "NONE") {
    throw invalidData("selfTradePreventionMode");
  }
  filterOpen(open);
  const price = read(params, "price", (text) => filteredPrice(symbol, text));
  const trigger = read(params, "stopPrice", (text) => filteredPrice(symbol, text));
  const display = read(params, "icebergQty", (text) => filteredSize(symbol, text));
  const given = read(params, "quantity", (text) => filteredSize(symbol, text));
  const money = given === undefined ? moneyOf(params) : undefined;
  return {
    symbol,
    clientId: params.name("newClientOrderId"),
    quoteSize: money,
    fields: {
      side,
      size: given ?? lotsFor(market, side, money!),
      type: display === undefined ? type : "iceberg",
      ...(price === undefined ? {} : { price }),
      ...(tif === undefined || tif === "gtc" ? {} : { tif }),
      ...(trigger === undefined ? {} : { trigger }),
      ...(display === undefined ? {} : { display }),
      ...(kind === "LIMIT_MAKER" ? { postOnly: true } : {}),
    },
  };
}

/** How much is to be told. Throws BinanceError for what is none. */
export function responseType(params: Params): ResponseType {
  const asked = params.optional("newOrderRespType");
  if (asked === "ACK" || asked === "RESULT" || asked === "FULL") return asked;
  if (asked !== undefined) throw invalidData("newOrderRespType");
  return ["MARKET", "LIMIT"].includes(params.text("type")) ? "FULL" : "ACK";
}

function sideOf(params: Params): "buy" | "sell" {
  const side = params.text("side");
  if (side === "BUY") return "buy";
  if (side === "SELL") return "sell";
  throw refusal("BAD_SIDE");
}

function read(params: Params, name: string, filtered: (text: string) => number): number | undefined {
  const text = params.decimal(name);
  if (text === undefined) return undefined;
  if ((text.split(".")[1]?.replace(/0+$/, "").length ?? 0) > 8) throw tooPrecise(name);
  return filtered(text);
}

/** The money of an order that is of no size. */
function moneyOf(params: Params): bigint {
  const text = params.decimal("quoteOrderQty");
  if (text === undefined) throw missing("quantity");
  return amountOf(text);
}

/** Lots that so much money buys or is had for, level by level, as the book is now. */
function lotsFor(market: SpotMarket, side: "buy" | "sell", amount: bigint): number {
  const { symbol } = market, { bids, asks } = market.depth(LEVELS);
  let money = amount, lots = 0;
  for (const [price, there] of side === "buy" ? asks : bids) {
    const taken = Math.min(there, Number(money / symbol.worth(price, 1)));
    lots += taken;
    money -= symbol.worth(price, taken);
    if (taken < there) break;
  }
  if (lots === 0) throw filterFailure("LOT_SIZE");
  return lots;
}
