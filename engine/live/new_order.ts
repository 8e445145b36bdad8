import { BUY } from "../core/event.ts";
import type { Instrument } from "../core/instrument.ts";
import {
  FOK,
  GTC,
  IOC,
  LIMIT,
  MARKET,
  type OrderTable,
  POST_ONLY,
  REDUCE_ONLY,
  STOP,
  STOP_LIMIT,
} from "../oms/order_table.ts";
import { priceText, sizeText } from "./grid_text.ts";
import type { NewOrder } from "./order_entry.ts";

const TYPES: Readonly<Record<number, NewOrder["type"]>> = {
  [MARKET]: "market",
  [LIMIT]: "limit",
  [STOP]: "stop",
  [STOP_LIMIT]: "stop_limit",
};
const TIFS: Readonly<Record<number, NewOrder["tif"]>> = { [GTC]: "gtc", [IOC]: "ioc", [FOK]: "fok" };

/** A session's order as it goes to an exchange; undefined for a form that no exchange takes from us. */
export function newOrder(
  orders: OrderTable,
  slot: number,
  instrument: Instrument,
  clientId: string,
): NewOrder | undefined {
  const type = TYPES[orders.type[slot]], tif = TIFS[orders.tif[slot]], flags = orders.flags[slot];
  if (type === undefined || tif === undefined || orders.quote[slot] !== 0) return undefined;
  return {
    clientId,
    symbol: instrument.symbol,
    side: orders.side[slot] === BUY ? "buy" : "sell",
    type,
    size: sizeText(instrument, orders.size[slot]),
    ...(type === "limit" || type === "stop_limit" ? { price: priceText(instrument, orders.price[slot]) } : {}),
    ...(type === "stop" || type === "stop_limit" ? { trigger: priceText(instrument, orders.trigger[slot]) } : {}),
    tif,
    postOnly: (flags & POST_ONLY) !== 0,
    reduceOnly: (flags & REDUCE_ONLY) !== 0,
  };
}

/** Whether an order may stand in a book, or wait for its trigger. */
export function mayRest({ type, tif }: Pick<NewOrder, "type" | "tif">): boolean {
  return type !== "market" && (type !== "limit" || tif === "gtc");
}
